"""Plane maps of pictures and points, in fractions of the picture (0–1, origin top left). Draws nothing at random."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

__all__ = ["affine", "homography", "moved", "warp"]


def homography(start: Tensor, end: Tensor) -> Tensor:
    """The (3, 3) map that takes four points `start` (4, 2) to `end` (4, 2)."""
    rows, right = [], []
    for (x, y), (u, v) in zip(start.double().tolist(), end.double().tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    solved = torch.linalg.solve(torch.tensor(rows, dtype=torch.float64), torch.tensor(right, dtype=torch.float64))
    return torch.cat((solved, torch.ones(1, dtype=torch.float64))).view(3, 3)


def affine(*, angle: float, scale: float, across: float, down: float, aspect: float) -> Tensor:
    """Turn by `angle` (radians, clockwise) and scale about the middle, then shift; `aspect` is width / height."""
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = torch.tensor([[cos, -sin / aspect], [sin * aspect, cos]], dtype=torch.float64)
    middle = torch.full((2,), 0.5, dtype=torch.float64)
    shift = middle - turn @ middle + torch.tensor([across, down], dtype=torch.float64)
    last = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    return torch.cat((torch.cat((turn, shift[:, None]), dim=1), last))


def moved(points: Tensor, matrix: Tensor) -> Tensor:
    """Points (n, 2) after the map."""
    ones = torch.ones(len(points), 1, dtype=torch.float64)
    mapped = torch.cat((points.double(), ones), dim=1) @ matrix.T
    return (mapped[:, :2] / mapped[:, 2:]).float()


def warp(image: Tensor, matrix: Tensor, *, fill: float) -> Tensor:
    """The picture (3, H, W) after the map, bilinear; `fill` where it was not covered."""
    _, height, width = image.shape
    # float32 is exact to 1e-4 of a pixel here, and twice as fast as the map itself would be in float64
    x = (torch.arange(width) + 0.5) / width
    y = (torch.arange(height) + 0.5) / height
    back = torch.linalg.inv(matrix).float()
    across, down = torch.meshgrid(x, y, indexing="xy")
    homogeneous = [back[i, 0] * across + back[i, 1] * down + back[i, 2] for i in range(3)]
    grid = torch.stack((homogeneous[0], homogeneous[1]), dim=-1) / homogeneous[2][..., None]
    # grid_sample counts from -1 to 1 between the outer edges
    sampled = F.grid_sample((image - fill)[None], (2 * grid - 1)[None], align_corners=False, padding_mode="zeros")
    return sampled[0] + fill
