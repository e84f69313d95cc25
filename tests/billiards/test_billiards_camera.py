"""Cameras: points to pixels and back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jianwen.billiards import Camera, nine_foot, oblique, overhead, random_camera
from jianwen.errors import BadRequest

DOWN = Camera((0, 0, 2), (0, 0, 0), (0, 1, 0), 2 * math.atan(0.5), 400, 200)  # 200 px tall: focal length 200 px


def test_projection_agrees_with_numbers_worked_out_by_hand() -> None:
    """Two metres above the table, a metre is 100 pixels; x goes right, y goes up, and height brings things nearer."""
    pixels, depth = DOWN.project(np.array([(0, 0, 0), (1, 0, 0), (0, 0.5, 0), (0.5, 0, 1)], float))
    assert np.allclose(pixels, [(200, 100), (300, 100), (200, 50), (300, 100)])
    assert np.allclose(depth, [2, 2, 2, 1])


@pytest.mark.parametrize(("k1", "k2"), [(0.0, 0.0), (-0.12, 0.01), (0.05, 0.0)])
def test_a_ray_through_a_projected_point_meets_that_point(k1: float, k2: float) -> None:
    """Projecting and casting back are inverse to each other, with a distorting lens too."""
    camera = Camera((-1.5, 0.4, 1.6), (0.1, 0, 0), (0, 0, 1), 1.0, 640, 360, k1, k2)
    points = np.random.default_rng(1).uniform((-1, -0.6, 0), (1, 0.6, 0.1), (50, 3))
    pixels, _ = camera.project(points)
    seen = (pixels > 0).all(1) & (pixels < (640, 360)).all(1)
    towards = points - camera.position_m
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    assert seen.sum() > 20
    assert np.abs(camera.rays(pixels) - towards)[seen].max() < 1e-5


def test_the_built_in_cameras_see_the_whole_table() -> None:
    """From above and from any side, all four corners of the playing surface lie in the picture."""
    table = nine_foot()
    corners = np.array([(x, y, 0) for x in (-1.27, 1.27) for y in (-0.635, 0.635)])
    cameras = [overhead(table, 640, 360)]
    cameras += [oblique(table, 640, 360, azimuth_rad=turn) for turn in (0.0, 1.0, math.pi, 4.0)]
    for camera in cameras:
        pixels, depth = camera.project(corners)
        assert (depth > 0).all()
        assert ((pixels > 0) & (pixels < (640, 360))).all()


def test_a_wide_lens_shows_no_corner_that_its_bend_has_folded_back() -> None:
    """Beyond where the polynomial turns, points come nearer to the middle again: such a camera stands farther off."""
    table = nine_foot()
    x, y = table.length_m / 2 + table.rail_width_m, table.width_m / 2 + table.rail_width_m
    corners = np.array([(sx * x, sy * y, 0) for sx in (-1, 1) for sy in (-1, 1)], float)
    for turn in np.linspace(0, 6, 7):
        wide = oblique(
            table, 640, 360, azimuth_rad=float(turn), elevation_rad=0.7, field_of_view_rad=1.3, k1=-0.2, k2=0.0
        )
        assert not wide.folds(corners)
    assert Camera((0, 0, 0.4), (0, 0, 0), (0, 1, 0), 1.3, 640, 360, -0.2, 0.0).folds(corners)


def test_random_cameras_look_at_the_table_and_repeat() -> None:
    """Every random camera has the middle of the table near the middle of its picture; a seed gives it again."""
    for seed in range(20):
        camera = random_camera(nine_foot(), 320, 180, np.random.default_rng(seed))
        pixels, depth = camera.project(np.zeros((1, 3)))
        assert depth[0] > 0
        assert (np.abs(pixels[0] / (320, 180) - 0.5) < 0.25).all()
        assert camera == random_camera(nine_foot(), 320, 180, np.random.default_rng(seed))


def test_a_picture_too_small_to_show_anything_is_refused() -> None:
    """Fewer than 16 pixels a side is an error in one line that says what is taken."""
    with pytest.raises(BadRequest, match=r"15 x 100.*16 to 8192"):
        overhead(nine_foot(), 15, 100)
