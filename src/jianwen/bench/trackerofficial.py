"""Our tracker and the official SAM 2 code on the same pictures with the same weights: how much faster, how equal.

Needs `sam2` and torch in this environment; nothing of the project depends on them. The weights are random: time does
not depend on them, and that both draw the same masks shows that they do the same work.
"""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from jianwen.tracking import Prompt, Session, built_in, open_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jianwen.bench.trackerways import Picture, Start
    from jianwen.tracking import TrackerConfig
    from jianwen.tracking.learning import TrackerNetwork

__all__ = ["SideBySide", "official_is_installed", "side_by_side"]

FULL_FRAMES = 7  # from here on the bank is full, and every frame costs the same
PRESENT = 30.0  # added to the presence of objects, so that random weights see them


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Medians over the frames with a full bank, of ours in floats or in 8 bits."""

    is_int8: bool
    ours_s: float
    official_s: float
    iou: float  # of all masks of all frames together

    @property
    def times_faster(self) -> float:
        return self.official_s / self.ours_s


def official_is_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("torch", "sam2"))


def side_by_side(
    pictures: Sequence[Picture], starts: Sequence[Start], *, picture_px: int, threads: int
) -> list[SideBySide]:
    """Hiera-T, the official code in torch and ours as model folders, which is how each is used.

    All take turns frame by frame, so that whatever else runs on the box slows them alike.
    """
    import torch  # noqa: PLC0415 - an extra

    from jianwen.tracking.learning import export_tracker  # noqa: PLC0415 - needs torch

    torch.set_num_threads(threads)
    official, network = _pair(built_in("tiny").at(picture_px))
    with tempfile.TemporaryDirectory() as place:
        ours = []
        for is_int8 in (False, True):
            folder = Path(place) / f"ours-{is_int8}"
            export_tracker(network, folder, int8=is_int8)
            ours.append(_Ours(Session.open(open_graphs(folder, threads=threads)), starts, is_int8=is_int8))
        with torch.inference_mode():
            return _compared(ours, _official_frames(official, Path(place), pictures, starts), pictures)


def _compared(
    ours: list[_Ours], theirs: Iterator[list[NDArray[np.bool_]]], pictures: Sequence[Picture]
) -> list[SideBySide]:
    official_s: list[float] = []
    for number, picture in enumerate(pictures):
        started_s = time.perf_counter()
        masks = next(theirs)
        if number >= FULL_FRAMES:
            official_s.append(time.perf_counter() - started_s)
        for each in ours:
            each.step(number, picture, masks)
    return [each.beside(median(official_s)) for each in ours]


class _Ours:
    """One of our sessions, timed, and how its masks agree with others."""

    def __init__(self, session: Session, starts: Sequence[Start], *, is_int8: bool) -> None:
        self._session, self._starts, self._is_int8 = session, starts, is_int8
        self._seconds: list[float] = []
        self._shared = self._either = 0

    def step(self, number: int, picture: Picture, their_masks: list[NDArray[np.bool_]]) -> None:
        started_s = time.perf_counter()
        tracks = self._session.step(picture)
        if number == 0:
            for name, start in enumerate(self._starts):
                self._session.add(Prompt(box=start.box), name=str(name))
            tracks = self._session.tracks()
        if number >= FULL_FRAMES:
            self._seconds.append(time.perf_counter() - started_s)
        for track, mask in zip(tracks, their_masks, strict=True):
            self._shared += int((track.mask & mask).sum())
            self._either += int((track.mask | mask).sum())

    def beside(self, official_s: float) -> SideBySide:
        iou = self._shared / self._either if self._either else 0.0
        return SideBySide(self._is_int8, median(self._seconds), official_s, iou)


def _pair(config: TrackerConfig) -> tuple[Any, TrackerNetwork]:
    """The official predictor and our network with the same random weights."""
    import torch  # noqa: PLC0415 - as above

    from jianwen.tracking.learning import empty_network  # noqa: PLC0415 - as above

    torch.manual_seed(0)
    official = importlib.import_module("sam2.build_sam").build_sam2_video_predictor(
        "configs/sam2.1/sam2.1_hiera_t.yaml",
        ckpt_path=None,
        device="cpu",
        hydra_overrides_extra=[f"++model.image_size={config.picture_px}"],
    )
    with torch.inference_mode():
        official.sam_mask_decoder.pred_obj_score_head.layers[2].bias += PRESENT
    state = {name: value.detach().clone() for name, value in official.state_dict().items()}
    network = empty_network(config)
    network.load_state_dict(state, strict=True, assign=True)
    return official.eval(), network.eval()


def _official_frames(
    official: Any, folder: Path, pictures: Sequence[Picture], starts: Sequence[Start]
) -> Iterator[list[NDArray[np.bool_]]]:
    """Masks at the video's size, frame by frame. Its reading of files is not timed: pictures are put in as they are."""
    import torch  # noqa: PLC0415 - as above

    height, width = pictures[0].shape[:2]
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:05}.jpg")
    state = official.init_state(str(folder))
    state["images"] = torch.stack([_official_picture(picture, official.image_size) for picture in pictures])
    state["cached_features"].clear()
    for number, start in enumerate(starts):
        box = np.array([start.box.x0, start.box.y0, start.box.x1, start.box.y1]) * [width, height, width, height]
        official.add_new_points_or_box(state, 0, number, box=box.astype(np.float32))
    for _, _, masks in official.propagate_in_video(state, 0):
        yield [mask[0].numpy() > 0 for mask in masks]


def _official_picture(picture: Picture, side: int) -> Any:
    """As its own reader does it: (3, side, side), by ImageNet's mean and deviation."""
    import torch  # noqa: PLC0415 - as above

    square = np.asarray(Image.fromarray(picture).resize((side, side)), np.float32) / 255
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)
    return torch.from_numpy(((square - mean) / deviation).transpose(2, 0, 1).copy())
