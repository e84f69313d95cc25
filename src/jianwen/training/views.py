"""Cameras and looks drawn for training: those of a broadcast, or anything that a venue may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jianwen.billiards import clips_camera, nine_foot, random_camera, random_look

if TYPE_CHECKING:
    import numpy as np

    from jianwen.billiards import Camera, Look

__all__ = ["random_view"]


def random_view(
    width: int, height: int, rng: np.random.Generator, *, broadcast: float
) -> tuple[Camera, Look, Literal["clips", "varied"]]:
    """For frames of a size in pixels, and the preset that was drawn; `broadcast` is the share of the first, 0–1."""
    if rng.random() < broadcast:
        view: Literal["overhead", "oblique"] = "overhead" if rng.random() < 0.5 else "oblique"
        return clips_camera(width, height, rng, view=view), random_look(rng, preset="clips", view=view), "clips"
    return random_camera(nine_foot(), width, height, rng), random_look(rng, preset="varied"), "varied"
