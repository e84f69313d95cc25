"""Plane maps of pictures and points, in fractions of the picture (0–1, origin top left). Draws nothing at random."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

__all__ = ["affine", "bulge", "bulged", "homography", "moved", "warp"]

_FAR = 3.0  # pictures' sides from the middle, which is outside


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
    back = torch.linalg.inv(matrix).float()
    across, down = _centres(height, width)
    homogeneous = [back[i, 0] * across + back[i, 1] * down + back[i, 2] for i in range(3)]
    grid = torch.stack((homogeneous[0], homogeneous[1]), dim=-1) / homogeneous[2][..., None]
    return _sampled(image, grid, fill)


def bulged(points: Tensor, bend: float) -> Tensor:
    """Points (n, 2) after the map of `bulge`; what it pushes beyond its fold is put outside the picture."""
    away = points - 0.5
    reach = away.norm(dim=1, keepdim=True)
    fold = math.sqrt(-1 / (12 * bend)) if bend < 0 else _FAR
    # the picture is drawn by the way back, r' → r' · (1 + 4 · bend · r'²); a few steps of Newton undo it
    inward = reach.clamp(max=fold)
    for _ in range(12):
        slope = (1 + 12 * bend * inward**2).clamp_min(1e-3)
        inward = (inward - (inward + 4 * bend * inward**3 - reach) / slope).clamp(0, fold)
    inward = torch.where(reach > fold + 4 * bend * fold**3, torch.full_like(reach, _FAR), inward)
    goal: Tensor = 0.5 + away * inward / reach.clamp_min(1e-9)
    return goal


def bulge(image: Tensor, bend: float, *, fill: float) -> Tensor:
    """The picture (3, H, W) through another lens; `bend`, above −1/6, is how much further a side shows, as a share."""
    across, down = _centres(*image.shape[1:])
    away = torch.stack((across, down), dim=-1) - 0.5
    return _sampled(image, 0.5 + away * (1 + 4 * bend * (away**2).sum(dim=-1, keepdim=True)), fill)


def _centres(height: int, width: int) -> tuple[Tensor, ...]:
    x = (torch.arange(width) + 0.5) / width
    y = (torch.arange(height) + 0.5) / height
    return torch.meshgrid(x, y, indexing="xy")


def _sampled(image: Tensor, grid: Tensor, fill: float) -> Tensor:
    # grid_sample counts from -1 to 1 between the outer edges
    sampled = F.grid_sample((image - fill)[None], (2 * grid - 1)[None], align_corners=False, padding_mode="zeros")
    return sampled[0] + fill
