"""The lock box: balls that do not overlap, labels that agree with what is drawn, two splits that share no family."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import cv2
import numpy as np
import pytest

from jianwen.billiards import (
    DOUBTFUL,
    SEEN_SHARE,
    Box,
    BoxLook,
    Camera,
    Film,
    Lens,
    Material,
    Split,
    View,
    box_sample,
    box_sheet,
    random_box,
    render_box,
)
from jianwen.billiards.boxsight import visible_shares
from jianwen.billiards.lens import bend, bent_points
from jianwen.billiards.packing import edges_of, settle
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path

RADIUS_M = 0.028575
WIDE = ((-0.2, -0.2), (0.2, -0.2), (0.2, 0.2), (-0.2, 0.2))
TRAY = Box("tray", WIDE, 0.02, slope=(0.05, 0.02))
GREY = Material("plastic", (120, 122, 126))
PLAIN = BoxLook(
    TRAY, GREY, GREY, GREY, GREY, view=View(elevation_rad=1.5), film=Film(noise=0, blur_px=0, vignette=0, jpeg=None)
)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """A sample made twice from one seed agrees to the last bit, and another seed does not."""
    one, two, other = (box_sample(seed, size=96) for seed in (3, 3, 4))
    assert one.image.tobytes() == two.image.tobytes()
    assert one.owner.tobytes() == two.owner.tobytes()
    assert one.visible_share.tobytes() == two.visible_share.tobytes()
    assert one.look == two.look
    assert one.image.tobytes() != other.image.tobytes()


@pytest.mark.parametrize("split", get_args(Split))
def test_labels_agree_with_the_owner_map(split: Split) -> None:
    """A ball that counts owns pixels inside of its box, a hidden one next to none; counts and arrays fit together."""
    for seed in range(25):
        picture = box_sample(seed, size=160, split=split)
        count = picture.count_in_box
        owned = np.bincount(picture.owner.reshape(-1), minlength=count + 1)
        assert len(owned) == count + 1
        assert picture.count_visible == picture.visible.sum() <= count
        assert (picture.visible == (picture.visible_share >= SEEN_SHARE)).all()
        assert picture.centres.shape == (count, 2)
        assert picture.boxes.shape == (count, 4)
        assert len(picture.kinds) == len(picture.numbers) == len(picture.classes) == count
        assert (owned[1:][picture.visible] >= 10).all()
        for ball in range(count):
            rows, columns = np.nonzero(picture.owner == ball + 1)
            if len(rows):
                found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 160
                assert np.allclose(picture.boxes[ball], found)
                assert np.allclose(picture.middles[ball] * 160, (columns.mean() + 0.5, rows.mean() + 0.5), atol=1e-3)
            else:
                assert (picture.middles[ball] == picture.centres[ball]).all()
            if picture.visible_share[ball] > 0.95:
                x, y = (picture.centres[ball] * 160).astype(int)
                assert picture.owner[y, x] == ball + 1


def test_what_is_seen_of_two_balls_lies_further_apart_than_their_centres() -> None:
    """In piles, where centres come closest, the middles of what is seen lie more than a small ball's radius apart."""
    centres, middles = [], []
    for seed in range(120):
        picture = box_sample(seed, size=160, split="shifted")
        if picture.look.box.layers > 1 and picture.count_visible > 1:
            centres.append(_closest(picture.centres[picture.visible]))
            middles.append(_closest(picture.middles[picture.visible]))
    assert len(centres) > 20
    assert min(centres) < 0.04 < min(middles)


def _closest(points: np.ndarray) -> float:
    apart = np.linalg.norm(points[None] - points[:, None], axis=2)
    return float(apart[~np.eye(len(points), dtype=bool)].min())


def test_no_ball_is_near_the_bound_of_what_counts() -> None:
    """In no picture does a ball show between 8 and 28 % of its disc."""
    shares = np.concatenate([box_sample(seed, size=64).visible_share for seed in range(40)])
    assert len(shares) > 200
    assert not ((shares > DOUBTFUL[0]) & (shares < DOUBTFUL[1])).any()


def test_counts_are_spread_evenly() -> None:
    """Of 460 seeds each number from 0 to 22 has its fair share, whatever the box's family: 20 in all, within chance."""
    counts, families = [], []
    for seed in range(460):
        rng = np.random.default_rng([seed, 31, 5])
        counts.append(int(rng.integers(23)))
        families.append(random_box(rng).box.family)
    seen = np.bincount(counts, minlength=23)
    assert ((seen - 20) ** 2 / 20).sum() < 41  # chi squared with 22 degrees of freedom, 1 %
    means = [np.mean([c for c, f in zip(counts, families, strict=True) if f == family]) for family in set(families)]
    assert all(abs(mean - 11) < 2.5 for mean in means)
    drawn = [box_sample(seed, size=32).count_visible for seed in range(60)]
    assert min(drawn) <= 2
    assert max(drawn) >= 19
    assert 8.5 < np.mean(drawn) < 13.5


@pytest.mark.parametrize("split", get_args(Split))
def test_balls_lie_in_their_box_and_not_in_each_other(split: Split) -> None:
    """In 40 boxes no two balls overlap by 0.5 % of a radius, none sticks in the floor or a wall, and all are held."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        box = random_box(rng, split=split).box
        radius = 0.02625  # the smaller of both games', so that it fits into every box
        centres = settle(box, 14, radius, rng)
        assert centres is not None
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(14)
        assert apart.min() > 2 * radius * (1 - 0.0025)
        assert centres[:, 2].min() > radius * 0.995
        if box.cells == (1, 1):
            normals, offsets = edges_of(box.outline_m)
            assert (centres[:, :2] @ normals.T - offsets).max() < -radius * 0.995
        above = centres[:, 2] > radius * 1.001
        touching = (apart < 2 * radius * 1.001).sum(1)
        assert (touching[above] >= 1).all()


def test_balls_roll_down_the_slope() -> None:
    """One ball in a tilted tray comes to rest in its lowest corner."""
    centres = settle(TRAY, 1, RADIUS_M, np.random.default_rng(0))
    assert centres is not None
    assert centres[0] == pytest.approx((0.2 - RADIUS_M, 0.2 - RADIUS_M, RADIUS_M))


def test_a_hidden_ball_does_not_count() -> None:
    """Of two balls in line with the camera the far one shows what geometry leaves of it: nothing, a bit, or half."""
    camera = Camera((0.0, 0.0, 20.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.01, 320, 320)
    for offset in (0.0, 0.3, 1.0, 1.5, 2.1):  # in radii; so far away the outlines are circles of one size
        centres = np.array([(0.0, 0.0, RADIUS_M), (offset * RADIUS_M, 0.0, 4 * RADIUS_M)])
        far, near = visible_shares(replace(TRAY, rim_m=0.01), camera, centres, RADIUS_M, lens=Lens())
        half = min(offset / 2, 1.0)
        overlap = (2 * math.acos(half) - 2 * half * math.sqrt(1 - half * half)) / math.pi
        assert near == pytest.approx(1.0, abs=0.02)
        assert far == pytest.approx(1 - overlap, abs=0.02)
        assert (far >= SEEN_SHARE) == (1 - overlap >= SEEN_SHARE)


def test_shifted_looks_never_occur_in_what_is_learned_from() -> None:
    """Boxes, materials, lights, cameras and lenses of the shifted split have other names than those to learn from."""
    splits: tuple[Split, ...] = get_args(Split)
    names = {
        split: {name for seed in range(150) for name in random_box(np.random.default_rng(seed), split=split).families}
        for split in splits
    }
    kinds = {"box", "material", "light", "camera", "lens"}
    assert not (names["train"] | names["wide"]) & names["shifted"]
    assert names["wide"] - names["train"] > {"box:octagon", "box:pit", "box:trough", "box:drawers"}
    assert all({name.split(":")[0] for name in found} == kinds for found in names.values())


@pytest.mark.parametrize("size", [64, 101, 960])
def test_sizes_from_64_to_960_work_and_keep_the_labels(size: int) -> None:
    """The same seed shows the same balls at any size."""
    small, other = box_sample(11, size=48), box_sample(11, size=size)
    assert other.image.shape == (size, size, 3)
    assert other.image.dtype == np.uint8
    assert other.owner.shape == (size, size)
    assert other.kinds == small.kinds
    assert (other.centres == small.centres).all()
    assert (other.visible_share == small.visible_share).all()


@pytest.mark.parametrize("count", [-1, 23, 1000])
def test_a_wrong_count_is_refused_in_one_line(count: int) -> None:
    """What does not fit is said in one line, in both languages."""
    with pytest.raises(BadRequest) as caught:
        render_box(PLAIN, count, np.random.default_rng(0), size=64)
    assert str(count) in str(caught.value)
    assert all("\n" not in caught.value.text(language) for language in ("en", "zh"))


def test_a_picture_shows_the_count_that_was_asked_for() -> None:
    """Every number of balls in a plain tray is all in sight, and none drawn means none owned."""
    for count in (0, 1, 9, 22):
        picture = render_box(PLAIN, count, np.random.default_rng(count), size=128)
        assert (picture.count_in_box, picture.count_visible) == (count, count)
        assert len(np.unique(picture.owner[picture.owner > 0])) == count
    drawn = render_box(PLAIN, None, np.random.default_rng(1), size=64)
    assert 0 <= drawn.count_in_box <= 22


@pytest.mark.parametrize("lens", [Lens("barrel", 0.2), Lens("fisheye", 0.8), Lens("pincushion", 0.12)])
def test_a_lens_moves_points_as_it_moves_the_picture(lens: Lens) -> None:
    """A spot in a bent picture is where its bent centre says, to half a pixel."""
    for x, y in ((0.5, 0.5), (0.3, 0.6), (0.8, 0.25)):
        straight = np.zeros((200, 200), np.float32)
        cv2.circle(straight, (round(x * 200 * 16) - 8, round(y * 200 * 16) - 8), 5 * 16, 1.0, -1, cv2.LINE_AA, 4)
        bent = bend(lens, straight)
        rows, columns = np.mgrid[:200, :200] + 0.5
        middle = np.array([(bent * columns).sum(), (bent * rows).sum()]) / bent.sum()
        assert middle == pytest.approx(bent_points(lens, np.array([(x, y)]))[0] * 200, abs=0.5)


def test_the_sheet_is_a_small_png(tmp_path: Path) -> None:
    """The sheet has its rows and columns, and takes few bytes."""
    path = tmp_path / "sheet.png"
    box_sheet(path, columns=3, rows=2, size=48)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (96, 144, 3)
    assert path.stat().st_size < 30_000
