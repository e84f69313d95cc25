"""Frames and their labels: what is drawn, and that the labels say exactly that."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from billiards.scenes import BALLS, PLAIN, RADIUS_M, TABLE, lying, renderer
from jianwen.billiards import Camera, Label, Light, Person, eight_ball, nine_foot, oblique, overhead, random_look
from jianwen.billiards import Renderer as Painter

ABOVE = overhead(TABLE, 640, 360)
ASLANT = oblique(TABLE, 640, 360)


def silhouette(camera: Camera, centre_m: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """The box round a ball's outline in pixels, from the cone of rays that touch it."""
    to = np.subtract(centre_m, camera.position_m)
    far = float(np.linalg.norm(to))
    axis = to / far
    one = np.cross(axis, (0.3, 0.5, 0.8))
    one /= np.linalg.norm(one)
    other = np.cross(axis, one)
    open_rad = math.asin(RADIUS_M / far)
    turns = np.linspace(0, 2 * np.pi, 720)[:, None]
    touch = math.cos(open_rad) * axis + math.sin(open_rad) * (np.cos(turns) * one + np.sin(turns) * other)
    pixels, _ = camera.project(np.array(camera.position_m) + touch)
    return (*pixels.min(0), *pixels.max(0))


@pytest.mark.parametrize("camera", [ABOVE, ASLANT], ids=["above", "aslant"])
@pytest.mark.parametrize("place", [(0.0, 0.0), (0.9, 0.45), (-1.0, -0.3)])
def test_a_box_is_that_of_the_outline_in_true_perspective(camera: Camera, place: tuple[float, float]) -> None:
    """The labelled box of a resting ball lies within 0.6 pixels of its outline worked out by geometry."""
    (label,) = renderer(camera, 1).render(lying([place]), 0.0).labels
    assert label.box is not None
    found = np.array(label.box) * (640, 360, 640, 360)
    assert np.abs(found - silhouette(camera, (*place, RADIUS_M))).max() < 0.6
    assert label.visible == 1.0


def test_the_frame_shows_the_ball_where_the_owner_map_says() -> None:
    """A yellow ball on blue cloth: what is owned is yellow, what is two pixels outside is not."""
    rendered = renderer(ABOVE, 1, first=1).render(lying([(0.3, 0.1)]), 0.0)
    owned = rendered.owner == 1
    assert owned.sum() > 40
    warm = rendered.frame[..., 0].astype(int) - rendered.frame[..., 2]
    assert np.median(warm[owned]) > 40
    rows, columns = np.nonzero(owned)
    ring = np.zeros_like(owned)
    ring[rows.min() - 3 : rows.max() + 4, columns.min() - 3 : columns.max() + 4] = True
    ring[rows.min() - 2 : rows.max() + 3, columns.min() - 2 : columns.max() + 3] = False
    assert warm[ring].max() < 0


def test_the_print_turns_with_the_ball() -> None:
    """A ball's number is white on top when its axis points up, and away when it points down or aside."""
    close = Camera((0, 0, 0.5), (0, 0, 0), (0, 1, 0), 0.3, 128, 128)
    look = replace(PLAIN, light=Light(lamps=()))  # no highlights, which do not turn
    white = []
    half = math.sqrt(0.5)
    # The number sits on the body's x axis: turned about y it points up; unturned it lies on the equator.
    for turn in ((half, 0.0, -half, 0.0), (1.0, 0.0, 0.0, 0.0)):
        frame = renderer(close, 1, first=2, look=look).render(lying([(0.0, 0.0)], turn=turn), 0.0).frame
        white.append(int((frame[54:74, 54:74].min(-1) > 120).sum()))
    assert white[0] > 100
    assert white[1] < 20


def test_a_streak_is_as_long_as_speed_times_shutter() -> None:
    """From opening to closing the centre moves by speed x shutter, and the middle of it is the label's centre."""
    (label,) = renderer(ABOVE, 1).render(lying([(0.0, 0.0)], velocity_m_s=(6.0, 0.0)), 0.0).labels
    (start, end), pixels_a_metre = label.streak, ABOVE.focal_px / (6.0 - RADIUS_M)
    assert math.dist(start, end) == pytest.approx(6.0 * PLAIN.film.shutter_s * pixels_a_metre, rel=1e-6)
    assert label.centre == pytest.approx(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))


def test_a_moving_ball_is_smeared_and_owns_what_it_covers_half_of_the_time() -> None:
    """A slow streak owns its core, a fast one at least the disc of the middle of the exposure."""
    camera = Camera((0, 0, 2.0), (0, 0, 0), (0, 1, 0), 0.5, 320, 180)
    still = renderer(camera, 1).render(lying([(0.0, 0.0)]), 0.0)
    area, width = int((still.owner == 1).sum()), 2 * still.labels[0].radius_px
    slow = renderer(camera, 1).render(lying([(0.0, 0.0)], velocity_m_s=(2.0, 0.0)), 0.0)
    fast = renderer(camera, 1).render(lying([(0.0, 0.0)], velocity_m_s=(15.0, 0.0)), 0.0)
    assert 0.5 * area < (slow.owner == 1).sum() < 1.4 * area
    assert (fast.owner == 1).sum() == pytest.approx(area, abs=0.08 * area)
    assert math.dist(*fast.labels[0].streak) > 1.3 * width
    smeared = np.abs(fast.frame.astype(int) - renderer(camera, 1).render(lying([(1.2, 0.6)]), 0.0).frame).max(-1) > 12
    columns = np.flatnonzero(smeared[85:95].any(0))
    assert columns[-1] - columns[0] > 1.6 * width


def test_a_hidden_ball_says_how_much_of_it_is_seen() -> None:
    """Of two balls in line with the camera the near one is whole, and the far one loses exactly the overlap."""
    camera = Camera((-3.0, 0, 0.5), (0, 0, 0), (0, 0, 1), 0.25, 640, 360)
    places = [(0.0, 0.0), (-0.06, 0.02)]
    both = renderer(camera, 2).render(lying(places), 0.0)
    alone = [renderer(camera, 1).render(lying([place]), 0.0).owner == 1 for place in places]
    overlap = (alone[0] & alone[1]).sum()
    assert overlap > 100
    assert both.labels[1].visible == 1.0
    assert both.labels[0].visible == pytest.approx(1 - overlap / alone[0].sum(), abs=1e-9)


def test_a_ball_behind_the_near_cushion_loses_its_lower_part() -> None:
    """From low behind a rail, a ball that lies at its cushion is cut by the nose; far from it, it is whole."""
    camera = oblique(TABLE, 640, 360, elevation_rad=0.3)
    at_rail = renderer(camera, 1).render(lying([(-1.27 + RADIUS_M, 0.0)]), 0.0).labels[0]
    inside = renderer(camera, 1).render(lying([(-0.6, 0.0)]), 0.0).labels[0]
    assert at_rail.visible < 0.9
    assert inside.visible == 1.0


def test_a_person_hides_what_is_under_the_arm() -> None:
    """Balls under a player are labelled as hidden, and the owner map has none of them."""
    look = replace(PLAIN, persons=(Person((0.0, 0.0), 0.0),))
    rendered = renderer(ABOVE, 2, look=look).render(lying([(-0.3, 0.03), (0.9, 0.4)]), 0.0)
    free = renderer(ABOVE, 2).render(lying([(-0.3, 0.03), (0.9, 0.4)]), 0.0)
    assert (rendered.owner == 1).sum() < (free.owner == 1).sum()
    assert rendered.labels[0].visible < 1.0
    assert rendered.labels[1].visible == 1.0


def test_a_potted_ball_is_neither_drawn_nor_labelled_as_seen() -> None:
    """Once a ball is off the table its label has no box, and no pixel belongs to it."""
    whole = lying([(0.0, 0.0), (0.4, 0.2)])(0.0)
    states = replace(whole, on_table=np.array([True, False]))
    rendered = renderer(ABOVE, 2).render(lambda _: states, 0.0)
    assert not (rendered.owner == 2).any()
    assert rendered.labels[1].box is None
    assert (rendered.labels[1].visible, rendered.labels[1].on_table) == (0.0, False)


def test_a_ball_out_of_the_picture_or_behind_the_camera_has_no_box() -> None:
    """What cannot be seen is said to be unseen, whichever side of the camera it is on."""
    camera = Camera((0.0, 0.0, 0.4), (0.6, 0.0, 0.0), (0, 0, 1), 0.4, 160, 90)
    rendered = renderer(camera, 2).render(lying([(-1.0, 0.0), (0.6, 0.6)]), 0.0)
    assert [label.box for label in rendered.labels] == [None, None]
    assert not rendered.owner.any()


@pytest.mark.parametrize("preset", ["varied", "clips"])
def test_the_same_seed_gives_the_same_bytes(preset: str) -> None:
    """A look, a renderer and a frame made twice from one seed agree to the last bit, in any order of frames."""
    made = []
    for order in ((0.0, 0.1), (0.1, 0.0)):
        look = random_look(np.random.default_rng(7), preset="clips" if preset == "clips" else "varied")
        painter = renderer(overhead(TABLE, 160, 90), 3, look=look, seed=3)
        states = lying([(0.0, 0.0), (0.3, 0.1), (0.6, -0.2)], velocity_m_s=(1.0, 0.5))
        frames = {time_s: painter.render(states, time_s) for time_s in order}
        made.append([(frames[t].frame.tobytes(), frames[t].owner.tobytes(), frames[t].labels) for t in (0.0, 0.1)])
    assert made[0] == made[1]
    assert made[0][0] != made[0][1]


@pytest.mark.parametrize(("width", "height"), [(16, 16), (33, 17), (101, 77)])
def test_tiny_and_odd_pictures_work(width: int, height: int) -> None:
    """The smallest picture and odd sides are rendered with every part of a look, and the labels stay in the picture."""
    look = random_look(np.random.default_rng(2), preset="clips")
    painter = Painter(nine_foot(), eight_ball(), overhead(TABLE, width, height), look, 1)
    places = [(-1.1 + 0.14 * k, 0.03 * (k % 7)) for k in range(16)]
    rendered = painter.render(lying(places, velocity_m_s=(3.0, 0.0)), 0.0)
    assert rendered.frame.shape == (height, width, 3)
    assert rendered.owner.shape == (height, width)
    for label in rendered.labels:
        if label.box is not None:
            assert 0 <= label.box[0] < label.box[2] <= 1
            assert 0 <= label.box[1] < label.box[3] <= 1


def test_a_label_comes_back_from_json() -> None:
    """Labels survive the trip through JSON, one of an unseen ball too."""
    seen = renderer(ABOVE, 1).render(lying([(0.1, 0.2)]), 0.0).labels[0]
    for label in (seen, replace(seen, box=None, visible=0.0)):
        assert Label.from_json(label.as_json()) == label


def test_random_looks_differ_and_can_all_be_rendered() -> None:
    """Twelve varied looks render, none is black or white, and no two are alike."""
    means = []
    for seed in range(12):
        look = random_look(np.random.default_rng(seed))
        frame = (
            renderer(overhead(TABLE, 96, 54), 16, look=look, seed=seed)
            .render(lying([(-1.1 + 0.14 * k, 0.06 * (k % 7)) for k in range(16)]), 0.0)
            .frame
        )
        means.append(float(frame.mean()))
    assert all(4 < mean < 250 for mean in means)
    assert len({round(mean, 2) for mean in means}) == 12


def test_a_resting_ball_casts_a_shadow_on_the_cloth() -> None:
    """Just beside a ball the cloth is darker than a hand's breadth away."""
    camera = Camera((0, 0, 1.0), (0, 0, 0), (0, 1, 0), 0.4, 200, 200)
    frame = renderer(camera, 1).render(lying([(0.0, 0.0)]), 0.0).frame.astype(int)
    edge = 100 + math.ceil(renderer(camera, 1).render(lying([(0.0, 0.0)]), 0.0).labels[0].radius_px) + 3
    assert frame[100, edge].sum() < 0.9 * frame[100, 195].sum()


def test_balls_are_those_the_renderer_was_given() -> None:
    """Kinds come back in the order of the balls."""
    rendered = renderer(ABOVE, 9).render(lying([(-0.8 + 0.2 * k, 0.0) for k in range(9)]), 0.0)
    assert [label.kind for label in rendered.labels] == [ball.kind for ball in BALLS[:9]]
