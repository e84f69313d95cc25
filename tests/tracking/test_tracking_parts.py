"""Small parts of the tracker, each against a plain way of computing the same."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from jianwen.places import Box  # noqa: E402 - after the check for torch
from jianwen.tracking import Click, Decoded, Prompt, built_in  # noqa: E402
from jianwen.tracking.choosing import chosen  # noqa: E402
from jianwen.tracking.hiera import _cut, _joined  # noqa: E402
from jianwen.tracking.learning import TrackerNetwork  # noqa: E402
from jianwen.tracking.pictures import Framed, enlarged, masked_logits, normalised, squared, squared_mask  # noqa: E402
from jianwen.tracking.rotary import halved, turned, turns  # noqa: E402

NANO = built_in("nano").at(64)


@pytest.fixture(scope="module")
def network() -> TrackerNetwork:
    torch.manual_seed(0)
    return TrackerNetwork(NANO).eval()


def decoded(first: float, *, quality: tuple[float, ...] = (0.9, 0.2, 0.8, 0.1), presence: float = 1.0) -> Decoded:
    """Four masks of 4 × 4, the first with all logits at `first` but half of them at 5."""
    masks = np.ones((1, 4, 4, 4), np.float32) * np.arange(4, dtype=np.float32)[None, :, None, None] + 1
    masks[0, 0, :2], masks[0, 0, 2:] = 5, first
    pointers = np.arange(8, dtype=np.float32).reshape(1, 4, 2)
    return Decoded(masks, np.array([quality], np.float32), pointers, np.array([presence], np.float32))


def test_a_doubtful_prompt_takes_the_best_of_three_masks() -> None:
    """With at most one click, and when following, the first mask is no candidate, however good it is said to be."""
    picked = chosen(decoded(-3), 0, several=True)
    assert picked.logits[0, 0] == 3
    assert picked.quality == pytest.approx(0.8)
    assert picked.pointer.tolist() == [4, 5]


def test_a_clear_prompt_takes_the_first_mask_unless_its_edge_is_unsteady() -> None:
    """If moving the edge by 0.05 changes the area, the best of three is drawn, yet the first one's pointer is kept."""
    steady, unsteady = (chosen(decoded(edge), 0, several=False) for edge in (-3, 0.01))
    assert steady.logits[0, 0] == 5
    assert unsteady.logits[0, 0] == 3
    assert steady.pointer.tolist() == unsteady.pointer.tolist() == [0, 1]


def test_an_absent_object_has_no_logit_above_the_floor() -> None:
    """Presence at or below zero empties the mask, whatever was drawn."""
    assert np.all(chosen(decoded(-3, presence=0.0), 0, several=True).logits == -1024)


def test_rivalry_is_the_share_that_another_proposal_would_add() -> None:
    """A second proposal that covers a far corner makes the joint box four times the mask's own."""
    masks = np.full((1, 4, 8, 8), -1, np.float32)
    masks[0, 1, :4, :4], masks[0, 2, 4:, 4:], masks[0, 3, :2, :2] = 1, 1, 1
    one = Decoded(
        masks, np.array([[0, 0.9, 0.2, 0.1]], np.float32), np.zeros((1, 4, 2), np.float32), np.ones(1, np.float32)
    )
    assert chosen(one, 0, several=True, weighs_rivals=True).rivalry == pytest.approx(0.75)
    assert chosen(one, 0, several=True).rivalry == 0


def test_a_box_is_two_points_that_come_first() -> None:
    """Corners are labelled 2 and 3, clicks 1 and 0, in pixels of the square picture."""
    places, labels = Prompt((Click(0.5, 0.25), Click(0, 1, is_on=False)), Box(0.1, 0.2, 0.3, 0.4)).points(100)
    assert labels.tolist() == [[2, 3, 1, 0]]
    assert places[0] == pytest.approx(np.array([[10, 20], [30, 40], [50, 25], [0, 100]]))


def test_no_point_is_a_token_of_its_own_wherever_it_lies(network: TrackerNetwork) -> None:
    """Label −1 gives the same token at any place, and one such token ends every prompt."""
    encoder = network.sam_prompt_encoder
    with torch.inference_mode():
        tokens = encoder.points(torch.tensor([[[3.0, 4.0], [60.0, 7.0]]]), torch.tensor([[-1.0, 1.0]]), 64)
    assert tokens.shape == (1, 3, NANO.width)
    assert torch.equal(tokens[0, 0], encoder.not_a_point_embed.weight[0])
    assert torch.equal(tokens[0, 2], encoder.not_a_point_embed.weight[0])
    assert not torch.equal(tokens[0, 1], tokens[0, 0])


def test_real_valued_turning_equals_the_complex_one() -> None:
    """Pairs of channels turn by x in the first half, by y in the second, alike in every remembered map."""
    side, channels, maps = 3, 8, 2
    tokens = torch.randn(1, maps * side * side, channels)
    speeds = 10_000.0 ** (-torch.arange(0, channels, 4) / channels)
    place = torch.arange(side * side)
    angles = torch.cat((torch.outer(place % side, speeds), torch.outer(place // side, speeds)), dim=1).repeat(maps, 1)
    pairs = torch.view_as_complex(tokens.reshape(1, -1, channels // 2, 2))
    wanted = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(2)
    same = torch.nn.Linear(channels, channels)
    same.load_state_dict({"weight": torch.eye(channels), "bias": torch.zeros(channels)})
    found = turned(halved(same, tokens), turns(channels, side, tokens))
    assert torch.allclose(found, halved(same, wanted), atol=1e-6)


def test_windows_cut_and_joined_give_the_map_back() -> None:
    """Maps that windows do not divide are padded, and come back whole."""
    cells = torch.randn(2, 10, 10, 3)
    windows = _cut(cells, 4)
    assert windows.shape == (2 * 3 * 3, 4, 4, 3)
    assert torch.equal(_joined(windows.flatten(1, 2), 4, 10), cells)


def test_pointers_are_timed_against_a_fixed_longest_time() -> None:
    """Fifteen frames ago is 1 whatever the length of the stream; version 2.0 gives pointers no time at all."""
    torch.manual_seed(0)
    new, old = TrackerNetwork(NANO), TrackerNetwork(built_in("tiny", version="2.0").at(64))
    with torch.inference_mode():
        early = new._pointer_positions(torch.tensor([[3.0]]))
        later = new._pointer_positions(torch.tensor([[15.0, 3.0]]))
        parts = NANO.width // NANO.memory_width
        assert torch.allclose(early, later[:, parts:], atol=1e-6)
        assert later.shape == (1, 2 * parts, NANO.memory_width)
        assert not old._pointer_positions(torch.tensor([[3.0]])).any()


def test_a_later_frame_sees_the_past_and_the_future_apart(network: TrackerNetwork) -> None:
    """The time of a pointer is signed: five frames ago is not five frames ahead."""
    with torch.inference_mode():
        times = network._pointer_positions(torch.tensor([[5.0, -5.0]]))
    parts = NANO.width // NANO.memory_width
    assert not torch.allclose(times[:, :parts], times[:, parts:])


def test_only_a_said_mask_enters_the_memory_black_and_white(network: TrackerNetwork) -> None:
    """Logits of 1 and of 9 are alike when a person said so, and differ when they were followed."""
    cells = torch.randn(1, NANO.width, 4, 4)
    faint, strong = torch.ones(1, 1, 16, 16), torch.full((1, 1, 16, 16), 9.0)
    there = torch.ones(1, 1)
    with torch.inference_mode():
        said = [network.memorise(cells, mask, torch.tensor([True]), there) for mask in (faint, strong)]
        seen = [network.memorise(cells, mask, torch.tensor([False]), there) for mask in (faint, strong)]
    assert torch.equal(*said)
    assert not torch.equal(*seen)


def test_absence_is_marked_in_space(network: TrackerNetwork) -> None:
    """In version 2.1 the memory of an absent object is shifted by one learned vector, everywhere alike."""
    cells, mask = torch.randn(1, NANO.width, 4, 4), torch.zeros(1, 1, 16, 16)
    with torch.inference_mode():
        there, gone = (network.memorise(cells, mask, torch.tensor([False]), torch.tensor([[p]])) for p in (1.0, -1.0))
        shift = network.no_obj_embed_spatial[:, :, None, None].expand_as(gone)
    assert torch.allclose(gone - there, shift, atol=1e-6)


def test_masks_shrink_with_every_pixel_counted() -> None:
    """Resizing is antialiased, as torch does it: a thin line fades instead of vanishing."""
    line = np.zeros((64, 64), np.float32)
    line[:, 31] = 1
    wanted = torch.nn.functional.interpolate(
        torch.from_numpy(line * 20 - 10)[None, None], size=(16, 16), mode="bilinear", antialias=True
    )[0, 0].numpy()
    found = masked_logits(line, 16)
    assert found == pytest.approx(wanted, abs=1e-4)
    assert found.max() > -10
    big = np.random.default_rng(0).random((90, 70)) > 0.5
    scaled = torch.nn.functional.interpolate(
        torch.from_numpy(big.astype(np.float32))[None, None], size=(64, 64), mode="bilinear", antialias=True
    )[0, 0].numpy()
    clear = np.abs(scaled - 0.5) > 1e-5
    assert np.array_equal(squared_mask(big, 64)[clear], (scaled >= 0.5)[clear])


@pytest.mark.parametrize("size", [(48, 64), (5, 7), (16, 16)])
def test_masks_grow_as_torch_grows_them_and_a_part_equals_the_part_of_the_whole(size: tuple[int, int]) -> None:
    """Bilinear, cell centres aligned, edges held."""
    logits = np.random.default_rng(1).standard_normal((16, 16)).astype(np.float32)
    wanted = torch.nn.functional.interpolate(torch.from_numpy(logits)[None, None], size=size, mode="bilinear")[0, 0]
    whole = enlarged(logits, Framed(0, 0, *size), slice(0, size[0]), slice(0, size[1]))
    assert whole == pytest.approx(wanted.numpy(), abs=1e-5)
    assert np.array_equal(enlarged(logits, Framed(0, 0, *size), slice(2, 5), slice(1, 4)), whole[2:5, 1:4])


def test_a_picture_is_normalised_by_imagenets_mean() -> None:
    """A picture of the mean colour comes out near nought, and shape is (1, 3, side, side)."""
    grey = np.full((30, 50, 3), (124, 116, 104), np.uint8)
    found = normalised(squared(grey, 64))
    assert found.shape == (1, 3, 64, 64)
    assert np.abs(found).max() < 0.01
