"""Our tracker and the official SAM 2 code on the same pictures with the same weights: how much faster, at equal masks.

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
    """Medians over the frames with a full bank."""

    picture_px: int
    objects: int
    ours_s: float
    official_s: float
    iou: float  # of all masks of all frames together

    @property
    def times_faster(self) -> float:
        return self.official_s / self.ours_s


def official_is_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("torch", "sam2"))


def side_by_side(pictures: Sequence[Picture], starts: Sequence[Start], *, picture_px: int, threads: int) -> SideBySide:
    """Hiera-T, the official code in torch and ours as a model folder, which is how each is used.

    Both take turns frame by frame, so that whatever else runs on the box slows both alike.
    """
    import torch  # noqa: PLC0415 - an extra

    from jianwen.tracking.learning import export_tracker  # noqa: PLC0415 - needs torch

    torch.set_num_threads(threads)
    config = built_in("tiny").at(picture_px)
    official, network = _pair(config)
    with tempfile.TemporaryDirectory() as folder:
        export_tracker(network, Path(folder) / "ours")
        session = Session.open(open_graphs(Path(folder) / "ours", threads=threads))
        theirs = _official_frames(official, Path(folder), pictures, starts)
        with torch.inference_mode():
            return _compared(session, theirs, pictures, starts, picture_px)


def _compared(
    session: Session,
    theirs: Iterator[list[NDArray[np.bool_]]],
    pictures: Sequence[Picture],
    starts: Sequence[Start],
    picture_px: int,
) -> SideBySide:
    ours_s: list[float] = []
    official_s: list[float] = []
    shared = either = 0
    for number, picture in enumerate(pictures):
        started_s = time.perf_counter()
        their_masks = next(theirs)
        between_s = time.perf_counter()
        tracks = session.step(picture)
        if number == 0:
            for name, start in enumerate(starts):
                session.add(Prompt(box=start.box), name=str(name))
            tracks = session.tracks()
        ended_s = time.perf_counter()
        if number >= FULL_FRAMES:
            official_s.append(between_s - started_s)
            ours_s.append(ended_s - between_s)
        for track, mask in zip(tracks, their_masks, strict=True):
            shared += int((track.mask & mask).sum())
            either += int((track.mask | mask).sum())
    return SideBySide(picture_px, len(starts), median(ours_s), median(official_s), shared / either if either else 0.0)


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
