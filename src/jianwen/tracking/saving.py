"""A session's state in one file and back: JSON for what has names, raw arrays beside it. Nothing in it can run.

A file is trusted with nothing: its arrays must have the sizes that the network asks for.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwen.errors import BadRequest
from jianwen.places import Box
from jianwen.tracking.backdrop import Backdrop
from jianwen.tracking.bank import Bank, Limits, Memory
from jianwen.tracking.choosing import Chosen
from jianwen.tracking.imprint import Imprint
from jianwen.tracking.masklet import Drawing, Masklet
from jianwen.tracking.motion import Motion
from jianwen.tracking.piece import BINS, Piece
from jianwen.tracking.policies import POLICIES
from jianwen.tracking.prompt import Click, Prompt
from jianwen.tracking.regions import Region
from jianwen.tracking.stage import LONGER_PX, MOST, Stage
from jianwen.tracking.state import Seen, State

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.tracking.config import TrackerConfig

__all__ = ["read_state", "write_state"]

_KIND = "jianwen tracking session 3"
_TABLE = "table"  # the array that holds the JSON
_LARGEST = 4096  # side of a mask prompt
_FARTHEST = 1e6  # pixels, of anything in a frame
_STAGE = (("picture", np.uint8), ("surroundings", np.float32))
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    ArithmeticError,  # a whole number that is infinite
    RecursionError,  # JSON nested without end
    MemoryError,  # an array that says it is larger than the machine
    zipfile.BadZipFile,
    BadRequest,  # a prompt that makes no sense
)


class _Shelf:
    """Arrays by number, so that the JSON can name them."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self._names: dict[int, str] = {}  # by identity, while they are held

    def put(self, array: NDArray[Any] | None) -> str | None:
        """Its name; the same array keeps the one that it has."""
        if array is None:
            return None
        name = self._names.setdefault(id(array), f"a{len(self.arrays)}")
        self.arrays[name] = array
        return name

    def get(self, name: str, dtype: type, shape: tuple[int, ...]) -> NDArray[Any]:
        array = self.arrays[name]
        if array.dtype != dtype or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} {array.shape} instead of {shape}")
        return array

    def maybe(self, name: str | None, dtype: type, shape: tuple[int, ...]) -> NDArray[Any] | None:
        return None if name is None else self.get(name, dtype, shape)


def write_state(path: Path, state: State, config: TrackerConfig) -> None:
    """Whole or not at all: a crash leaves the old file."""
    shelf = _Shelf({})
    table = {
        "kind": _KIND,
        "network": _network(config),
        "limits": {name: getattr(state.limits, name) for name in Limits.__slots__},
        "policy": state.policy.name,
        "moves": state.moves,
        "frames": [{"frame": one.frame, "size": one.size, "picture": shelf.put(one.picture)} for one in state.frames],
        "masklets": [_masklet_out(masklet, shelf) for masklet in state.masklets],
        "backdrop": None if state.backdrop is None else _backdrop_out(state.backdrop, shelf),
        "stage": None if state.stage is None else _stage_out(state.stage, shelf),
    }
    arrays: dict[str, Any] = {_TABLE: np.frombuffer(json.dumps(table).encode(), np.uint8), **shelf.arrays}
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    fresh.replace(path)


def read_state(path: Path, config: TrackerConfig) -> State:
    """What `write_state` wrote.

    Raises:
        BadRequest: the file is missing, damaged, or of another network.
    """
    try:
        return _state_in(_Shelf(_arrays(path)), config)
    except _DAMAGE as exc:
        raise BadRequest(
            detail=f"The session {path.name} cannot be opened: it is missing, damaged, or of another network.",
            detail_zh=f"会话 {path.name} 打不开：文件缺失、已损坏，或属于另一个网络。",
        ) from exc


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(path) as file:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in file.infolist()):
            raise ValueError("packed, so its size says nothing")
    with np.load(path, allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


def _network(config: TrackerConfig) -> dict[str, Any]:
    """What two networks must share for one's memories to mean anything to the other."""
    shape = {"picture_px": config.picture_px, "object_share": config.object_share}
    return {"name": config.name, "version": config.version, **shape}


def _state_in(shelf: _Shelf, config: TrackerConfig) -> State:
    table = json.loads(shelf.arrays[_TABLE].tobytes())
    if table["kind"] != _KIND or table["network"] != _network(config):
        raise ValueError("of another network")
    limits = Limits(**{name: int(table["limits"][name]) for name in Limits.__slots__})
    slots = (config.recent_slots, config.pointer_slots)
    if (limits.recent_slots, limits.pointer_slots) != slots or limits.prompted < 1 or limits.reach < 0:
        raise ValueError("limits that no session has")
    policy = POLICIES[table["policy"]]
    frames = tuple(_seen_in(one, shelf, config) for one in table["frames"])
    masklets = tuple(_masklet_in(one, shelf, config, Bank(limits, policy)) for one in table["masklets"])
    backdrop = None if table["backdrop"] is None or not frames else _backdrop_in(table["backdrop"], shelf, frames[-1])
    names = {masklet.name for masklet in masklets}
    stage = None if table.get("stage") is None else _stage_in(table["stage"], shelf, names)  # older sessions have none
    return State(limits, policy, bool(table["moves"]), frames, masklets, backdrop, stage)


def _seen_in(table: dict[str, Any], shelf: _Shelf, config: TrackerConfig) -> Seen:
    size = _size(table["size"])
    shape = size if config.object_share else (config.picture_px, config.picture_px)
    return Seen(int(table["frame"]), shelf.get(table["picture"], np.uint8, (*shape, 3)), size)


def _backdrop_out(backdrop: Backdrop, shelf: _Shelf) -> dict[str, Any]:
    return {"picture": shelf.put(backdrop.picture), "objects": sorted(backdrop.objects), "guessed": backdrop.guessed}


def _backdrop_in(table: dict[str, Any], shelf: _Shelf, newest: Seen) -> Backdrop:
    picture = shelf.get(table["picture"], np.uint8, newest.picture.shape)
    guessed = tuple((float(x), float(y), float(radius)) for x, y, radius in table["guessed"])
    if not all(abs(number) < _FARTHEST for disc in guessed for number in disc):
        raise ValueError("no place")
    return Backdrop(picture, frozenset(str(name) for name in table["objects"]), guessed)


def _stage_out(stage: Stage, shelf: _Shelf) -> dict[str, Any]:
    pieces = [
        {name: getattr(piece, name) for name in ("name", "left", "top", "velocity", "visible", "unseen")}
        | {"outline": shelf.put(piece.outline), "colours": shelf.put(piece.colours)}
        for piece in stage.pieces
    ]
    arrays = {"picture": shelf.put(stage.picture), "surroundings": shelf.put(stage.surroundings)}
    return {**arrays, "size": stage.size, "pieces": pieces}


def _stage_in(table: dict[str, Any], shelf: _Shelf, names: set[str]) -> Stage:
    height, width = _size(table["size"])
    if max(height, width) > LONGER_PX:
        raise ValueError("no size of a stage")
    shape = height, width, 3
    picture, behind = (shelf.get(table[name], kind, shape) for name, kind in _STAGE)
    pieces = tuple(_piece_in(one, shelf) for one in table["pieces"])
    objects = [piece.name for piece in pieces if piece.name]
    if len(set(objects)) < len(objects) or not names.issuperset(objects) or len(pieces) > len(objects) + MOST:
        raise ValueError("pieces of nobody")
    return Stage(picture, _finite(behind), pieces)


def _piece_in(table: dict[str, Any], shelf: _Shelf) -> Piece:
    outline, left, top = shelf.arrays[table["outline"]], int(table["left"]), int(table["top"])
    if outline.dtype != np.float32 or outline.ndim != 2 or not 0 < max(outline.shape) <= LONGER_PX:
        raise ValueError("no outline")
    visible = float(table["visible"])
    if not ((outline >= 0) & (outline <= 1)).all() or not (outline > 0.5).any():  # also where it is not a number
        raise ValueError("no outline")
    if not 0 <= visible <= 1 or max(abs(left), abs(top)) > _FARTHEST:
        raise ValueError("no piece")
    return Piece(
        name=str(table["name"]),
        outline=outline,
        colours=_finite(shelf.get(table["colours"], np.float32, (BINS,))),
        left=left,
        top=top,
        velocity=_way_in(table["velocity"]),
        visible=visible,
        unseen=int(table["unseen"]),
    )


def _finite(array: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(array).all():
        raise ValueError("no numbers")
    return array


def _size(value: Any) -> tuple[int, int]:
    height, width = (int(side) for side in value)
    if min(height, width) < 1 or max(height, width) > 2**16:
        raise ValueError("no size of a picture")
    return height, width


def _masklet_out(masklet: Masklet, shelf: _Shelf) -> dict[str, Any]:
    drawing = masklet.drawing
    return {
        "name": masklet.name,
        "prompted": [_memory_out(memory, shelf) for memory in masklet.bank.prompted],
        "recent": [_memory_out(memory, shelf) for memory in masklet.bank.recent],
        "drawing": None if drawing is None else _drawing_out(drawing, shelf),
        "prompts": [[frame, _prompt_out(prompt, shelf)] for frame, prompt in masklet.prompts],
        "motion": None if masklet.motion is None else _motion_out(masklet.motion),
        "imprint": None if masklet.imprint is None else _imprint_out(masklet.imprint, shelf),
        "is_ball": masklet.is_ball,
        "rest": None if masklet.rest is None else _imprint_out(masklet.rest, shelf),
    }


def _masklet_in(table: dict[str, Any], shelf: _Shelf, config: TrackerConfig, empty: Bank) -> Masklet:
    prompted, recent = (tuple(_memory_in(one, shelf, config) for one in table[kind]) for kind in ("prompted", "recent"))
    if any(memory.map is None for memory in prompted):
        raise ValueError("a prompted frame without its map")
    return Masklet(
        name=str(table["name"]),
        bank=Bank(empty.limits, empty.policy, prompted, recent),
        drawing=None if table["drawing"] is None else _drawing_in(table["drawing"], shelf, config),
        prompts=tuple((int(frame), _prompt_in(one, shelf)) for frame, one in table["prompts"]),
        motion=None if table["motion"] is None else _motion_in(table["motion"]),
        imprint=None if table["imprint"] is None else _imprint_in(table["imprint"], shelf),
        is_ball=bool(table.get("is_ball")),  # sessions of before 2026-11-28 do not say
        rest=None if table.get("rest") is None else _imprint_in(table["rest"], shelf),  # … nor do they
    )


def _memory_out(memory: Memory, shelf: _Shelf) -> dict[str, Any]:
    return {
        "frame": memory.frame,
        "map": shelf.put(memory.map),
        "pointer": shelf.put(memory.pointer),
        "logits": shelf.put(memory.logits),
        "presence": memory.presence,
        "quality": memory.quality,
        "rivalry": memory.rivalry,
        "is_tracked": memory.is_tracked,
        "region": _region_out(memory.region),
    }


def _memory_in(table: dict[str, Any], shelf: _Shelf, config: TrackerConfig) -> Memory:
    return Memory(
        frame=int(table["frame"]),
        map=shelf.maybe(table["map"], np.uint16, (config.memory_width, config.cells, config.cells)),
        pointer=shelf.get(table["pointer"], np.float32, (config.width,)),
        logits=shelf.maybe(table["logits"], np.float32, (config.mask_px, config.mask_px)),
        presence=float(table["presence"]),
        quality=float(table["quality"]),
        rivalry=float(table["rivalry"]),
        is_tracked=bool(table["is_tracked"]),
        region=_region_in(table["region"]),
    )


def _drawing_out(drawing: Drawing, shelf: _Shelf) -> dict[str, Any]:
    return {
        "frame": drawing.frame,
        "is_prompted": drawing.is_prompted,
        "is_tracked": drawing.is_tracked,
        "logits": shelf.put(drawing.chosen.logits),
        "pointer": shelf.put(drawing.chosen.pointer),
        "quality": drawing.chosen.quality,
        "presence": drawing.chosen.presence,
        "rivalry": drawing.chosen.rivalry,
        "region": _region_out(drawing.region),
        "rested": drawing.rested,
        "doubts": drawing.doubts,
        "is_ball": drawing.is_ball,
        "is_oval": drawing.is_oval,
        "way": drawing.way,
    }


def _drawing_in(table: dict[str, Any], shelf: _Shelf, config: TrackerConfig) -> Drawing:
    chosen = Chosen(
        logits=shelf.get(table["logits"], np.float32, (config.mask_px, config.mask_px)),
        pointer=shelf.get(table["pointer"], np.float32, (config.width,)),
        quality=float(table["quality"]),
        presence=float(table["presence"]),
        rivalry=float(table["rivalry"]),
    )
    return Drawing(
        int(table["frame"]),
        chosen,
        is_prompted=bool(table["is_prompted"]),
        is_tracked=bool(table["is_tracked"]),
        region=_region_in(table["region"]),
        rested=int(table.get("rested", bool(table.get("is_held")))),  # sessions of before 2026-11-28 do not count
        doubts=int(table.get("doubts", 0)),
        is_ball=bool(table.get("is_ball")),
        is_oval=bool(table.get("is_oval")),  # sessions of before 2026-11-26 do not say
        way=_way_in(table.get("way", (0.0, 0.0))),  # … of before 2026-11-28
    )


def _region_out(region: Region | None) -> list[float] | None:
    return None if region is None else [region.left, region.top, region.side]


def _region_in(values: Any) -> Region | None:
    return None if values is None else _bounded(Region(*(float(value) for value in values)))


def _bounded(region: Region) -> Region:
    numbers = (region.left, region.top, region.side)
    if not all(abs(number) < _FARTHEST for number in numbers) or region.side <= 0:  # also where it is not a number
        raise ValueError("no region")
    return region


def _motion_out(motion: Motion) -> dict[str, Any]:
    return {name: getattr(motion, name) for name in Motion.__slots__}


def _motion_in(table: dict[str, Any]) -> Motion:
    numbers = {name: float(table[name]) for name in ("x", "y", "diameter", "doubt")}
    numbers["open_share"] = float(table.get("open_share", 0.0))  # sessions of before 2026-11-28 do not say
    if not all(abs(number) < _FARTHEST for number in numbers.values()) or numbers["diameter"] <= 0:
        raise ValueError("no motion")
    if not 0 <= numbers["open_share"] <= 1:
        raise ValueError("no share of a frame")
    return Motion(int(table["frame"]), velocity=_way_in(table["velocity"]), is_new=bool(table["is_new"]), **numbers)


def _way_in(values: Any) -> tuple[float, float]:
    across, down = (float(value) for value in values)
    if not all(abs(number) < _FARTHEST for number in (across, down)):  # also where it is not a number
        raise ValueError("no way")
    return across, down


def _imprint_out(imprint: Imprint, shelf: _Shelf) -> dict[str, Any]:
    numbers = {name: getattr(imprint, name) for name in ("x", "y", "diameter", "colour")}
    return {**numbers, "pixels": shelf.put(imprint.pixels)}


def _imprint_in(table: dict[str, Any], shelf: _Shelf) -> Imprint:
    x, y, diameter = (float(table[name]) for name in ("x", "y", "diameter"))
    light, red, yellow = (float(value) for value in table["colour"])
    pixels = shelf.arrays[table["pixels"]]
    if not all(abs(number) < _FARTHEST for number in (x, y, diameter, light, red, yellow)) or diameter <= 0:
        raise ValueError("no imprint")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("no pixels")
    return Imprint(x, y, diameter, pixels, (light, red, yellow))


def _prompt_out(prompt: Prompt, shelf: _Shelf) -> dict[str, Any]:
    box = prompt.box
    return {
        "clicks": [[click.x, click.y, click.is_on] for click in prompt.clicks],
        "box": None if box is None else [box.x0, box.y0, box.x1, box.y1],
        "mask": shelf.put(prompt.mask),
    }


def _prompt_in(table: dict[str, Any], shelf: _Shelf) -> Prompt:
    mask = None if table["mask"] is None else shelf.arrays[table["mask"]]
    if mask is not None and (mask.dtype != np.bool_ or max(mask.shape) > _LARGEST):
        raise ValueError("no mask")
    clicks = tuple(Click(float(x), float(y), bool(is_on)) for x, y, is_on in table["clicks"])
    return Prompt(clicks, None if table["box"] is None else Box(*map(float, table["box"])), mask)
