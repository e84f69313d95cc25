"""What goes into each of the five graphs and what comes out: names and shapes, for whoever writes or opens a model.

Lengths that may vary have letters: n objects or regions, r features (1 or n), q earlier masks (1 or n), m memories,
p pointers, k points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwen.tracking.config import TrackerConfig

__all__ = ["GRAPHS", "Port", "Ports", "ports"]

GRAPHS = ("encode", "attend", "decode", "condense", "memorise")


@dataclass(frozen=True, slots=True)
class Port:
    name: str
    shape: tuple[str | int, ...]
    kind: str = "float"  # as ONNX names the numbers
    is_heard: bool = True  # what makes no difference is not in the graph


@dataclass(frozen=True, slots=True)
class Ports:
    takes: tuple[Port, ...]
    gives: tuple[Port, ...]


def ports(config: TrackerConfig) -> dict[str, Ports]:
    """By graph."""
    side, cells, mask = config.picture_px, config.cells, config.mask_px
    width, narrow = config.width, config.memory_width
    skip4, skip8 = (width // 8, mask, mask), (width // 4, 2 * cells, 2 * cells)
    features = Port("cells", ("r", width, cells, cells))
    seen = Port("cells", ("n", width, cells, cells))
    masks = Port("masks", ("n", 1, mask, mask))
    return {
        "encode": Ports(
            (Port("picture", ("n", 3, side, side)),),
            (seen, Port("skip4", ("n", *skip4)), Port("skip8", ("n", *skip8))),
        ),
        "attend": Ports(
            (
                features,
                Port("maps", ("n", "m", narrow, cells, cells)),
                Port("rows", ("n", "m"), "int64"),
                Port("pointers", ("n", "p", width)),
                Port("times", ("n", "p")),
            ),
            (Port("seen", seen.shape),),
        ),
        "decode": Ports(
            (
                seen,
                Port("skip4", ("r", *skip4)),
                Port("skip8", ("r", *skip8)),
                Port("places", ("n", "k", 2)),
                Port("labels", ("n", "k")),
                Port("mask", ("q", 1, mask, mask)),
                Port("has_mask", ("q",)),
            ),
            (
                Port("masks", ("n", 4, mask, mask)),
                Port("qualities", ("n", 4)),
                Port("pointers", ("n", 4, width)),
                Port("presence", ("n",)),
            ),
        ),
        "condense": Ports((Port("masks", ("n", 1, side, side)),), (Port("hints", masks.shape),)),
        "memorise": Ports(
            (features, masks, Port("is_prompted", ("n",), "bool"), Port("presence", ("n",), is_heard=config.is_21)),
            (Port("maps", ("n", narrow, cells, cells)),),
        ),
    }
