"""Where the table is: metres and places, and its corners found in rendered pictures."""

from __future__ import annotations

import numpy as np
import pytest

from jianwen.billiards import Camera, Renderer, eight_ball, lying, nine_foot, oblique, overhead, random_look, scattered
from jianwen.errors import BadRequest
from jianwen.tracking.tablefinder import find_table
from jianwen.tracking.tableview import TableView

TABLE = nine_foot()
VIEW = TableView(((0.3, 0.2), (0.7, 0.25), (0.85, 0.8), (0.1, 0.75)))


def noses(camera: Camera) -> np.ndarray:
    """(4, 2) fractions of the picture."""
    x, y, z = TABLE.length_m / 2, TABLE.width_m / 2, TABLE.cushion_height_m
    pixels = camera.project(np.array([(-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]))[0]
    return pixels / (camera.width, camera.height)


def test_metres_and_places_are_inverse() -> None:
    """A place in the picture comes back from the table, and corners are where they were said to be."""
    places = np.random.default_rng(0).uniform(0.2, 0.8, (20, 2))
    assert np.allclose(VIEW.places(VIEW.metres(places)), places)
    assert np.allclose(VIEW.metres(np.array(VIEW.corners))[:2], [(-1.27, -0.635), (1.27, -0.635)])


def test_the_slope_is_that_of_the_metres() -> None:
    """Metres a picture's width and height agree with two places close together."""
    place = np.array([0.4, 0.5])
    step = VIEW.metres(place + 1e-5 * np.eye(2)) - VIEW.metres(place)
    assert np.allclose(VIEW.slope(place), step.T / 1e-5, rtol=1e-3)


def test_pockets_are_where_the_table_has_them() -> None:
    """Six holes, within a centimetre of those of a nine-foot table."""
    apart = np.linalg.norm(VIEW.pockets_m - [pocket.centre_m for pocket in TABLE.pockets], axis=1)
    assert apart.max() < 0.01


@pytest.mark.parametrize("corners", [((0, 0), (1, 1), (0, 1), (1, 0)), ((0, 0), (0.5, 0.5), (1, 1), (0, 1))])
def test_corners_must_go_once_round(corners: tuple[tuple[float, float], ...]) -> None:
    """Crossed sides, and three corners on a line, are refused."""
    with pytest.raises(BadRequest):
        TableView((corners[0], corners[1], corners[2], corners[3]))


@pytest.mark.parametrize("camera", [overhead(TABLE, 640, 360), oblique(TABLE, 640, 360, elevation_rad=0.6)])
def test_a_table_is_found(camera: Camera) -> None:
    """Its corners, within a ball's width, the long side first; from above and from the side."""
    rng = np.random.default_rng(3)
    balls = eight_ball()
    states = lying(scattered(TABLE, len(balls), balls[0].radius_m, rng), balls[0].radius_m, rng)
    renderer = Renderer(TABLE, balls, camera, random_look(rng, preset="clips"), seed=3)
    view = find_table(renderer.render(lambda _: states, 0.0).frame)
    assert view is not None
    sides = [np.roll(noses(camera), turn, axis=0)[::way] for turn in range(4) for way in (1, -1)]
    near = min(sides, key=lambda side: float(np.abs(side - view.corners).max()))
    off_m = view.metres(near) - [(-1.27, -0.635), (1.27, -0.635), (1.27, 0.635), (-1.27, 0.635)]
    assert np.linalg.norm(off_m, axis=1).max() < 0.06


def test_no_table_is_not_found() -> None:
    """Noise, and a plain picture, hold none."""
    noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    assert find_table(noise) is None
    assert find_table(np.full((90, 160, 3), 90, np.uint8)) is None
