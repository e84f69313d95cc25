"""A venue's own counted photographs in a training of the counter: what is learned from, and what is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.counting import Mixed, Photos, Sample, fit_picture, read_counts

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.counting import CounterConfig, Photo, SourceConfig
    from jianwen.counting.learning import Samples

__all__ = ["Photographs", "photographs_of"]

_EVERY = 5  # so many photographs, one is held out: it stands for them, so it is looked at as often at most
_LEAST = 10  # of fewer none is held out: one would decide nothing
_MOST = 400  # are held out, as of boxes


@dataclass(frozen=True, slots=True)
class Photographs:
    """A venue's photographs, each decoded once already.

    Attributes:
        learned: what is trained on; read anew each time, as hundreds do not fit into memory.
        held_out: the others, fitted to the network's canvas.
        share: of photographs among all samples, 0–1.
    """

    learned: tuple[Photo, ...] = ()
    held_out: tuple[Sample, ...] = ()
    share: float = 0.0

    def mixed(self, rendered: Samples, seed: int) -> Samples:
        """The samples to train on."""
        return Mixed(rendered, Photos(self.learned, seed), self.share, seed) if self.learned else rendered

    def beside(self, boxes: list[Sample]) -> list[Sample]:
        """The boxes and the held-out photographs, these over and over as `train_counter` says."""
        if not self.held_out:
            return boxes
        wanted = len(boxes) * self.share / max(1 - self.share, 1e-9)
        times = min(_EVERY, max(1, round(wanted / len(self.held_out))))
        return boxes + list(self.held_out) * times


def photographs_of(csv: Path | None, share: float, config: SourceConfig | CounterConfig) -> Photographs:
    """Decode those of a CSV, one at a time, so that a damaged one is named now and not in an hour.

    Raises: as `read_counts` and `Photo.sample`.
    """
    photos = () if csv is None else read_counts(csv)
    learned: list[Photo] = []
    held_out: list[Sample] = []
    for place, photo in enumerate(photos, start=1):
        sample = photo.sample()
        if len(photos) >= _LEAST and place % _EVERY == 0 and len(held_out) < _MOST:
            held_out.append(_fitted(sample, config))
        else:
            learned.append(photo)
    return Photographs(tuple(learned), tuple(held_out), share)


def _fitted(sample: Sample, config: SourceConfig | CounterConfig) -> Sample:
    """What the network will see of a photograph, in a tenth of the memory."""
    small = fit_picture(sample.image, height_px=config.size_px, width_px=config.size_px, fit=config.fit)
    return Sample.counted(small.image, sample.count)
