"""`jianwen eval detector`: average precision of the ball detector on annotated frames.

A data set is a folder of clips, each with `frames/NAME.png` and `bounding_boxes/NAME_bbox.txt`: x, y, width, height and
class a line, in pixels; 1 cue ball, 2 black, 3 solid, 4 stripe, others are no balls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwen.bench.report import Report
from jianwen.counting import CLASSES, Detector, average_precision, read_picture
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwen.counting import SeenBall

    FloatArray = NDArray[np.float32]

__all__ = ["annotated_boxes", "eval_detector"]

LEAST_SCORE = 0.02  # the curve is drawn down to here


def eval_detector(data: Path, *, model: Path | None = None) -> Report:
    """Judge a model file, the shipped one by default, on all annotated frames under `data`.

    Raises:
        BadRequest: there are no annotated frames, or the model file is missing.
    """
    annotations = sorted(data.rglob("bounding_boxes/*_bbox.txt"))
    if not annotations:
        raise BadRequest(
            detail=f"{data} has no bounding_boxes/*_bbox.txt. Give the folder of annotated clips.",
            detail_zh=f"{data} 中没有 bounding_boxes/*_bbox.txt。请给出带标注片段的文件夹。",
        )
    detector = Detector(model)
    found: list[list[SeenBall]] = []
    true: list[tuple[FloatArray, NDArray[np.int64]]] = []
    for path in annotations:
        picture = path.parent.parent / "frames" / (path.name.removesuffix("_bbox.txt") + ".png")
        image = read_picture(picture)
        found.append(detector.detect(image, at_least=LEAST_SCORE))
        true.append(annotated_boxes(path, width=image.shape[1], height=image.shape[0]))
    by_kind = {
        kind: average_precision(
            [_scored(balls, kind) for balls in found], [boxes[kinds == number] for boxes, kinds in true]
        )
        for number, kind in enumerate(CLASSES)
    }
    balls = average_precision([_scored(balls) for balls in found], [boxes for boxes, _ in true])
    mean = float(np.mean(list(by_kind.values())))
    rows: list[list[object]] = [["all balls as one", sum(len(boxes) for boxes, _ in true), balls]]
    rows += [[kind, sum(int((kinds == n).sum()) for _, kinds in true), by_kind[kind]] for n, kind in enumerate(CLASSES)]
    return Report(
        f"Ball detector on {len(annotations)} annotated frames, average precision at IoU 0.5",
        ["kind", "balls", "AP50"],
        rows,
        {"ap50": balls, "ap50_mean_of_kinds": mean, **{f"ap50_{kind}": value for kind, value in by_kind.items()}},
    )


def annotated_boxes(path: Path, *, width: int, height: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Boxes (n, 4) as fractions x0 y0 x1 y1, and their kinds as indices of `CLASSES`."""
    rows = np.array(
        [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()], np.float32
    )
    rows = rows.reshape(-1, 5)
    rows = rows[(rows[:, 4] >= 1) & (rows[:, 4] <= len(CLASSES))]
    corners = np.concatenate((rows[:, :2], rows[:, :2] + rows[:, 2:4]), axis=1)
    size = np.array([width, height, width, height], np.float32)
    return (corners / size).astype(np.float32), rows[:, 4].astype(np.int64) - 1


def _scored(balls: list[SeenBall], kind: str = "") -> tuple[FloatArray, FloatArray]:
    """Boxes and scores; with a kind, those taken for it, by how likely they are a ball of that kind."""
    chosen = [ball for ball in balls if kind in ("", ball.kind)]
    boxes = np.array([(b.box.x0, b.box.y0, b.box.x1, b.box.y1) for b in chosen], np.float32).reshape(-1, 4)
    return boxes, np.array([b.score * (b.kind_score if kind else 1.0) for b in chosen], np.float32)
