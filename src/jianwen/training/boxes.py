"""Rendered lock boxes as samples for the ball counter: rendered as large as photographs are, then shrunk.

Seeds of the sets are far apart, so no picture that is judged was ever learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwen.billiards import box_sample
from jianwen.counting import Sample, fit_picture

if TYPE_CHECKING:
    from jianwen.billiards import Split

__all__ = ["RENDERED_PX", "SEEDS", "Boxes", "Set"]

RENDERED_PX = 640  # side of a picture before it is shrunk: noise and compression are a camera's, so they shrink too
RECIPE = 3  # larger after any change of what is drawn, so that boxes kept before are not taken for these
_WIDE_EVERY = 2  # so many boxes to learn from, one is of the wider world
Set = Literal["train", "held-out", "calibration", "test", "shifted"]
SEEDS: dict[Set, int] = {
    "train": 0,
    "held-out": 10_000_000,
    "calibration": 20_000_000,
    "test": 30_000_000,
    "shifted": 40_000_000,  # boxes, light and cameras that are in none of the others
}


@dataclass(frozen=True, slots=True)
class Boxes:
    """The box of a number, as a list of one sample: a maker for `Kept`."""

    of: Set
    size_px: int = 448  # side of the picture, at most `RENDERED_PX`

    @property
    def name(self) -> str:
        """For the folder that keeps them."""
        return f"boxes-{self.of}-{self.size_px}px-{RECIPE}"

    def __call__(self, number: int) -> list[Sample]:
        return [self.one(number)]

    def one(self, number: int) -> Sample:
        """The box of a number."""
        split: Split = "shifted" if self.of == "shifted" else "train"
        if self.of == "train" and number % _WIDE_EVERY == 0:  # what is learned from is wider than what is judged
            split = "wide"
        made = box_sample(SEEDS[self.of] + number, size=RENDERED_PX, split=split)
        small = fit_picture(made.image, height_px=self.size_px, width_px=self.size_px, fit="stretch")
        return Sample(small.image, made.middles, made.visible_share, made.classes, made.boxes)
