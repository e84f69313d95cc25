"""Which way of putting prompts together each model was found fit for, by `jianwen bench first-token`.

Does not measure.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from jianwen.errors import BadSetting
from jianwen.language.compose import Compose

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Verdict", "keep_way", "way_for"]

_SAFE: Compose = "prefix"  # the same answers as reading in full

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured.

    Attributes:
        how: the fastest way whose answers are as good as those of a prompt read in full, but for 2 points.
        loss_points: how many points of 100 its answers lose.
        questions: asked for it.
        measured_on: date, ISO 8601.
    """

    how: Compose
    loss_points: float
    questions: int
    measured_on: str


def way_for(identity: str, *, folder: Path, wanted: str = "auto") -> Compose:
    """How to read for a model.

    Args:
        identity: sha256 of the model's file.
        folder: of the states.
        wanted: "full", "prefix" or "stitched" as chosen by a person, or "auto" for what was measured.

    Raises:
        BadSetting: `wanted` is none of these.
    """
    if wanted in get_args(Compose):
        return cast("Compose", wanted)
    if wanted != "auto":
        raise BadSetting(name="compose", value=wanted, wanted="auto, " + ", ".join(get_args(Compose)))
    measured = _load(folder).get(identity)
    if isinstance(measured, dict) and measured.get("how") in get_args(Compose):
        return cast("Compose", measured["how"])
    return _SAFE


def keep_way(identity: str, verdict: Verdict, *, folder: Path) -> None:
    """Store what was measured; it holds from the model's next start on."""
    folder.mkdir(parents=True, exist_ok=True)
    ways = _load(folder) | {identity: asdict(verdict)}
    part = _file(folder).with_suffix(".part")
    part.write_text(json.dumps(ways, indent=1), encoding="utf-8")
    part.replace(_file(folder))


def _file(folder: Path) -> Path:
    return folder / "ways.json"


def _load(folder: Path) -> dict[str, Any]:
    try:
        ways = json.loads(_file(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        log.warning("%s cannot be read and is left out: %s", _file(folder), exc)
        return {}
    return ways if isinstance(ways, dict) else {}
