"""A network practises on short sequences as a session will use it: prompted once, then on its own memories.

The recipe of Ravi et al. 2024, section 4 and appendix D.2.2: the first frame is prompted by a mask, a click or a
box; now and then it is corrected by a click where it is wrong. Gradients flow through the memories. Knows no loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from jianwen.tracking.choosing import ABSENT
from jianwen.tracking.objectives import Weights, drawing_loss
from jianwen.tracking.pictures import DEVIATION, MEAN

if TYPE_CHECKING:
    from jianwen.tracking.network import TrackerNetwork

__all__ = ["Drill", "Practice", "practised"]

_HINT, _SURE = 32.0, 10.0  # as in the session: an earlier mask is cut to ±32, a drawn one enters as ±10
_ON, _OFF, _NONE, _FIRST_CORNER, _LAST_CORNER = 1.0, 0.0, -1.0, 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Practice:
    """The recipe."""

    mask_share: float = 0.5  # of steps whose first prompt is a mask
    click_share: float = 0.25  # … a click; the rest are boxes
    corrected_share: float = 0.3  # of steps in which the first mask is corrected by a click at once
    second_share: float = 0.5  # of steps in which a later frame is corrected too
    box_noise: float = 0.08  # a person's box is off by so much of its side, standard deviation
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True, eq=False)
class Drill:
    """Sequences of T regions for n objects."""

    pictures: Tensor  # (n, T, side, side, 3) uint8
    masks: Tensor  # (n, T, side, side) uint8 of 0 and 1
    present: Tensor  # (n, T) of 0 and 1; all are present in the first frame

    @property
    def length(self) -> int:
        return self.pictures.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """One frame's outcome for n objects."""

    masks: Tensor  # (n, p, s, s) the proposals that compete
    qualities: Tensor  # (n, p)
    chosen: Tensor  # (n, s, s) the best of them by its own word, absent objects blanked
    pointer: Tensor  # (n, width)
    presence: Tensor  # (n,)
    is_prompted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    frame: int
    map: Tensor
    pointer: Tensor
    is_prompted: bool


def practised(network: TrackerNetwork, drill: Drill, practice: Practice) -> tuple[Tensor, Tensor, Tensor]:
    """The mean loss of a frame, the chosen logits (n, T, s, s) and the presence logits (n, T).

    Chance (which prompt, where) comes from torch's generator, so that a seeded step repeats.
    """
    run = _Run(network, drill, practice)
    losses, said = [], []
    for frame in range(drill.length):
        loss, one = run.frame(frame)
        losses.append(loss)
        said.append(one)
    total = torch.stack([loss for loss in losses if loss is not None]).mean()
    return total, torch.stack([one.chosen for one in said], 1), torch.stack([one.presence for one in said], 1)


class _Run:
    """One pass over a drill."""

    def __init__(self, network: TrackerNetwork, drill: Drill, practice: Practice) -> None:
        self.network, self.practice, self.drill = network, practice, drill
        n, length = drill.present.shape
        encoded = network.encode(_normalised(drill.pictures.flatten(0, 1)))
        self.maps = [part.reshape(n, length, *part.shape[1:]) for part in encoded]
        self.masks = drill.masks.float()
        # half the side is fine enough: a share of a pixel tells where within it the edge is
        self.targets = F.avg_pool2d(self.masks, 2)
        self.memories: list[_Memory] = []
        draw = torch.rand(4).tolist()
        shares = practice.mask_share, practice.mask_share + practice.click_share
        self.first = "mask" if draw[0] < shares[0] else "click" if draw[0] < shares[1] else "box"
        self.is_corrected = draw[1] < practice.corrected_share
        self.second = 1 + int(draw[3] * (length - 1)) if draw[2] < practice.second_share and length > 1 else -1

    def frame(self, frame: int) -> tuple[Tensor | None, _Said]:
        losses: list[Tensor] = []
        if frame == 0:
            said = self._first(losses)
        else:
            seen = self.network.attend(self.maps[0][:, frame], *self._recalled(frame))
            said = self._decoded(frame, seen, *self._nothing(), several=True)
            losses.append(self._loss(frame, said))
            if frame == self.second:
                said = self._corrected(frame, seen, said, losses)
        self._memorise(frame, said)
        return (torch.stack(losses).mean() if losses else None), said

    def _first(self, losses: list[Tensor]) -> _Said:
        if self.first == "mask":
            return self._drawn_by_hand()
        seen = self.network.unremembered(self.maps[0][:, 0])
        places, labels = self._click(self.masks[:, 0]) if self.first == "click" else self._box()
        said = replace(self._decoded(0, seen, places, labels, several=self.first == "click"), is_prompted=True)
        losses.append(self._loss(0, said))
        return self._corrected(0, seen, said, losses, (places, labels)) if self.is_corrected else said

    def _corrected(
        self, frame: int, seen: Tensor, said: _Said, losses: list[Tensor], earlier: tuple[Tensor, Tensor] | None = None
    ) -> _Said:
        """One click more, where the mask is wrong."""
        more, kinds = self._error_click(frame, said)
        if earlier is not None:
            more, kinds = torch.cat((earlier[0], more), dim=1), torch.cat((earlier[1], kinds), dim=1)
        hint = said.chosen.detach().clamp(-_HINT, _HINT)[:, None]
        better = self._decoded(frame, seen, more, kinds, hint, several=more.shape[1] <= 1)
        losses.append(self._loss(frame, better))
        return replace(better, is_prompted=True)

    def _decoded(
        self, frame: int, seen: Tensor, places: Tensor, labels: Tensor, hint: Tensor | None = None, *, several: bool
    ) -> _Said:
        skips = self.maps[1][:, frame], self.maps[2][:, frame]
        drawn, pointers = self.network.decode(seen, skips, places, labels, hint)
        own = slice(1, 4) if several else slice(0, 1)
        masks, qualities = drawn.masks[:, own], drawn.qualities[:, own]
        best, rows = qualities.detach().argmax(dim=1), torch.arange(len(masks))
        presence = drawn.presence[:, 0]
        blank = torch.full_like(masks[:, 0], ABSENT)
        chosen = torch.where((presence > 0)[:, None, None], masks[rows, best], blank)
        return _Said(masks, qualities, chosen, pointers[:, own][rows, best], presence)

    def _drawn_by_hand(self) -> _Said:
        """The mask stands as it is; the decoder runs for the pointer alone."""
        hint = self.network.condense(self.masks[:, :1])
        cells, (places, labels) = self.maps[0][:, 0], self._nothing()
        said = self._decoded(0, cells, places, labels, hint, several=False)
        side = self.network.config.mask_px
        shrunk = F.interpolate(self.masks[:, :1], size=(side, side), mode="bilinear", antialias=True)[:, 0]
        presence = torch.full_like(said.presence, _SURE)
        return replace(said, chosen=shrunk * (2 * _SURE) - _SURE, presence=presence, is_prompted=True)

    def _loss(self, frame: int, said: _Said) -> Tensor:
        side = self.targets.shape[-1]
        logits = F.interpolate(said.masks, size=(side, side), mode="bilinear")
        present = self.drill.present[:, frame].float()
        weights = self.practice.weights
        mask = self.targets[:, frame]
        return drawing_loss(logits, said.qualities, said.presence, mask=mask, present=present, weights=weights)

    def _memorise(self, frame: int, said: _Said) -> None:
        n = len(said.chosen)
        prompted = torch.full((n,), said.is_prompted)
        map_ = self.network.memorise(self.maps[0][:, frame], said.chosen[:, None], prompted, said.presence[:, None])
        self.memories.append(_Memory(frame, map_, said.pointer, said.is_prompted))

    def _recalled(self, frame: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `Bank.recall` with the policy `recent`: maps, their rows, pointers, their times."""
        slots, n = self.network.config.recent_slots, len(self.drill.present)
        prompted = [one for one in self.memories if one.is_prompted]
        recent = [one for one in self.memories if not one.is_prompted and frame - one.frame <= slots]
        rows = [slots] * len(prompted) + [frame - one.frame - 1 for one in recent]
        maps = torch.stack([one.map for one in (*prompted, *recent)], dim=1)
        pointed = [*prompted, *reversed([one for one in self.memories if not one.is_prompted])]
        times = torch.tensor([float(frame - one.frame) for one in pointed]).expand(n, -1)
        return maps, torch.tensor(rows).expand(n, -1), torch.stack([one.pointer for one in pointed], 1), times

    def _nothing(self) -> tuple[Tensor, Tensor]:
        n = len(self.drill.present)
        return torch.zeros(n, 1, 2), torch.full((n, 1), _NONE)

    def _click(self, shares: Tensor) -> tuple[Tensor, Tensor]:
        """A random place on masks (n, side, side); where a mask is empty, no click."""
        flat = shares.flatten(1) > 0
        some = flat.any(dim=1)
        picked = torch.multinomial(flat.float() + (~some)[:, None].float(), 1)[:, 0]
        side = shares.shape[-1]
        places = torch.stack((picked % side + 0.5, picked // side + 0.5), dim=1)[:, None].float()
        labels = torch.where(some, _ON, _NONE)[:, None]
        return places * some[:, None, None], labels

    def _error_click(self, frame: int, said: _Said) -> tuple[Tensor, Tensor]:
        """On what was missed, or off what was taken wrongly, whichever is more."""
        side = self.masks.shape[-1]
        on = F.interpolate(said.chosen.detach()[:, None], size=(side, side), mode="bilinear")[:, 0] > 0
        true = self.masks[:, frame] > 0
        missed, extra = true & ~on, on & ~true
        is_extra = extra.sum(dim=(1, 2)) > missed.sum(dim=(1, 2))
        # nothing wrong: a click on the object, as a person who confirms
        wrong = torch.where(is_extra[:, None, None], extra, missed)
        wrong = torch.where(wrong.any(dim=(1, 2))[:, None, None], wrong, true)
        places, labels = self._click(wrong.float())
        return places, torch.where(is_extra[:, None] & (labels == _ON), _OFF, labels)

    def _box(self) -> tuple[Tensor, Tensor]:
        """Round the first masks, as a person draws it."""
        mask = self.masks[:, 0] > 0
        ends = []
        for dim in (1, 2):  # columns, then rows
            there = mask.any(dim=dim).float()
            first = there.argmax(dim=1)
            last = there.shape[1] - there.flip(1).argmax(dim=1)
            ends.append(torch.stack((first, last), dim=1).float())
        corners = torch.stack(ends, dim=2)  # (n, 2 corners, x and y)
        size = (corners[:, 1] - corners[:, 0])[:, None]
        noise = torch.randn_like(corners) * self.practice.box_noise * size
        labels = torch.tensor([[_FIRST_CORNER, _LAST_CORNER]]).expand(len(mask), -1)
        return corners + noise, labels


def _normalised(pictures: Tensor) -> Tensor:
    shares = pictures.permute(0, 3, 1, 2).float() / 255
    return (shares - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
