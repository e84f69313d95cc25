"""Pictures in which nothing can be seen, and the counter that is shipped on such and on others."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from jianwen.billiards import box_sample
from jianwen.counting import Counter
from jianwen.counting.detail import edges, shows_something

BLANK = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "dark noise": np.random.default_rng(0).integers(0, 30, (480, 640, 3), np.uint8),
    "noise": np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8),
    "a fade": np.broadcast_to(np.linspace(0, 255, 400, dtype=np.uint8)[None, :, None], (300, 400, 3)),
}


@pytest.fixture(scope="module")
def shipped() -> Counter:
    return Counter()


@pytest.mark.parametrize("name", BLANK)
def test_a_picture_of_nothing_cannot_be_told(name: str, shipped: Counter) -> None:
    """A covered lens or mere noise is not an empty box."""
    assert not shows_something(BLANK[name])
    said = shipped.count(BLANK[name])
    assert said.abstained
    assert said.confidence < 0.1


def test_a_box_out_of_focus_cannot_be_told(shipped: Counter) -> None:
    """Blurred by a ball's radius a full box looks like an empty one, so nothing is said of it."""
    made = box_sample(30_000_003, size=640)
    blurred = np.asarray(Image.fromarray(made.image).filter(ImageFilter.GaussianBlur(16)))
    assert shows_something(made.image)
    assert not shows_something(blurred)
    assert shipped.count(blurred).abstained


def test_dark_and_hazy_boxes_show_something() -> None:
    """Among boxes of all splits none is taken for a blank picture, empty ones neither."""
    for seed in range(12):
        for split in ("train", "wide", "shifted"):
            assert shows_something(box_sample(30_000_000 + seed, size=320, split=split).image)


def test_edges_do_not_depend_on_the_size_of_a_picture() -> None:
    """The same scene twice as large has edges nearly as strong; the smallest pictures can be looked at too."""
    image = Image.fromarray(box_sample(30_000_003, size=640).image)
    small = np.asarray(image.resize((320, 320), Image.Resampling.BOX))
    assert np.allclose(edges(np.asarray(image)), edges(small), rtol=0.15)
    assert edges(np.zeros((32, 32, 3), np.uint8)) == (0.0, 0.0)


def test_the_shipped_counter_counts_boxes_it_has_not_seen(shipped: Counter) -> None:
    """Of twelve boxes of the test's seeds at least ten are right, and none is wrong by more than two."""
    boxes = [box_sample(30_000_000 + seed, size=640) for seed in range(12)]
    errors = [shipped.count(box.image).number - box.count_visible for box in boxes]
    assert errors.count(0) >= 10
    assert max(map(abs, errors)) <= 2
