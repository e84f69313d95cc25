"""`jianwen eval counter`: how often the counter is right, on rendered boxes or on a venue's own counted photographs.

Rendered boxes have seeds that no training has seen; half of them are of families of boxes, light and cameras that no
training has seen either ("shifted").
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from jianwen.bench.report import Report
from jianwen.counting import Counter, read_counts, wilson_interval
from jianwen.errors import BadRequest, JianwenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from jianwen.counting import Photo, Sample

__all__ = ["eval_counter", "eval_ladder"]

BOXES = 1000
_LARGE_PX = 960  # the side of the source's counter


@dataclass(slots=True)
class _Judged:
    """What the counter said of some pictures, against what is in them."""

    errors: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)  # errors where it did not abstain
    milliseconds: list[float] = field(default_factory=list)

    @property
    def exact(self) -> float:
        return self.errors.count(0) / max(1, len(self.errors))

    @property
    def mae(self) -> float:
        return sum(map(abs, self.errors)) / max(1, len(self.errors))

    @property
    def coverage(self) -> float:
        return len(self.answered) / max(1, len(self.errors))

    @property
    def exact_at_coverage(self) -> float:
        return self.answered.count(0) / max(1, len(self.answered))

    def row(self, name: str) -> list[object]:
        return [
            name,
            len(self.errors),
            self.exact,
            _interval(self.errors.count(0), len(self.errors)),
            self.mae,
            self.coverage,
            self.exact_at_coverage,
            _interval(self.answered.count(0), len(self.answered)),
        ]

    def figures(self) -> dict[str, Any]:
        """By the names that scripts rely on."""
        return {
            "exact_match": self.exact,
            "exact_match_95": wilson_interval(self.errors.count(0), len(self.errors)),
            "mae": self.mae,
            "coverage": self.coverage,
            "exact_match_at_coverage": self.exact_at_coverage,
            "exact_match_at_coverage_95": wilson_interval(self.answered.count(0), len(self.answered)),
        }


def eval_counter(*, model: Path | None = None, data: Path | None = None, boxes: int = BOXES) -> Report:
    """Judge a model file, the shipped one by default.

    Args:
        model: a counter's ONNX file.
        data: a CSV `image,count` of photographs; None for rendered boxes. What cannot be read is named and left out.
        boxes: how many of each kind are rendered.

    Raises:
        BadRequest: the model file or the CSV cannot be used, or none of the photographs can be read.
    """
    counter = Counter(model)
    if data is not None:
        return _on_photographs(counter, read_counts(data))
    from jianwen.training import RENDERED_PX, Boxes  # noqa: PLC0415 - OpenCV, which only the renderer needs

    seen = _judge(counter, (Boxes("test", RENDERED_PX).one(number) for number in range(boxes)))
    shifted = _judge(counter, (Boxes("shifted", RENDERED_PX).one(number) for number in range(boxes)))
    rows = [seen.row("boxes as in training"), shifted.row("other boxes, light and cameras")]
    report = _report("Counter on rendered boxes never trained on", rows, seen, shifted)
    if not counter.takes_any_size:
        return report
    large_ms = median(_judge(Counter(model, size_px=_LARGE_PX), [Boxes("test", RENDERED_PX).one(0)] * 15).milliseconds)
    return replace(
        report,
        figures={**report.figures, f"image_{_LARGE_PX}_ms": round(large_ms, 1)},
        notes=[*report.notes, f"{large_ms:.0f} ms a picture at {_LARGE_PX} px a side"],
    )


def eval_ladder(folder: Path, *, boxes: int = BOXES) -> Report:
    """Judge what `jianwen train counter --preset` kept in the folders of `folder`, one a preset, on the same boxes.

    Raises:
        BadRequest: no preset has been trained there.
    """
    from jianwen.training import CHANGES, Boxes, judge_preset  # noqa: PLC0415 - torch and OpenCV

    trained = [preset for preset in CHANGES if (folder / preset / "best.pt").is_file()]
    if not trained:
        raise BadRequest(
            detail=f"{folder} holds no training: jianwen train counter --preset source --out {folder}/source",
            detail_zh=f"{folder} 中没有训练结果：jianwen train counter --preset source --out {folder}/source",
        )
    seen = [Boxes("test").one(number) for number in range(boxes)]
    shifted = [Boxes("shifted").one(number) for number in range(boxes)]
    counter = Counter()
    changes = {preset: CHANGES[preset] for preset in trained} | {
        "shipped": "trained to the end, mirror images looked at too"
    }
    rows: list[list[object]] = []
    figures: dict[str, object] = {}
    for name, change in changes.items():
        own, other = (
            judge_preset(name, folder / name, samples) if name in CHANGES else _judge(counter, samples).figures()
            for samples in (seen, shifted)
        )
        interval = _interval(round(own["exact_match"] * boxes), boxes)
        rows.append([name, change, own["exact_match"], interval, own["mae"], other["exact_match"], other["mae"]])
        figures[name] = {"exact_match": own["exact_match"], "mae": own["mae"], "shifted": other["exact_match"]}
    columns = ["preset", "what is changed from the one above", "exact", "95 %", "mae", "exact, shifted", "mae, shifted"]
    return Report(f"From the source's counter to ours, {boxes} rendered boxes of each kind", columns, rows, figures)


def _interval(right: int, of: int) -> str:
    low, high = wilson_interval(right, of)
    return f"{low:.3f}–{high:.3f}"


def _on_photographs(counter: Counter, photos: Sequence[Photo]) -> Report:
    left_out: list[tuple[str, str]] = []
    own = _judge(counter, _readable(photos, left_out))
    if not own.errors:
        why, why_zh = left_out[0]
        raise BadRequest(
            detail=f"None of the {len(photos)} photographs can be read. The first: {why}",
            detail_zh=f"{len(photos)} 张照片都无法读取。第一张：{why_zh}",
        )
    report = _report(f"Counter on {len(own.errors)} photographs", [own.row("photographs")], own, None)
    return replace(
        report,
        figures={**report.figures, "left_out": len(left_out)},
        notes=[*report.notes, *(f"left out: {why}" for why, _ in left_out)],
    )


def _readable(photos: Iterable[Photo], left_out: list[tuple[str, str]]) -> Iterator[Sample]:
    """The photographs that can be read; why others cannot goes to `left_out`, in English and Chinese."""
    for photo in photos:
        try:
            sample = photo.sample()
        except JianwenError as error:
            left_out.append((error.text("en"), error.text("zh")))  # an error itself would keep the file's bytes
            continue
        yield sample


def _judge(counter: Counter, samples: Iterable[Sample]) -> _Judged:
    judged = _Judged()
    for sample in samples:
        started_s = time.perf_counter()
        said = counter.count(sample.image)
        judged.milliseconds.append((time.perf_counter() - started_s) * 1e3)
        judged.errors.append(said.number - sample.count)
        if not said.abstained:
            judged.answered.append(judged.errors[-1])
    return judged


def _report(title: str, rows: list[list[object]], judged: _Judged, shifted: _Judged | None) -> Report:
    return Report(
        title,
        ["pictures", "n", "exact", "95 %", "mae", "coverage", "exact at coverage", "95 %"],
        rows,
        {
            **judged.figures(),
            **({f"shifted_{name}": value for name, value in shifted.figures().items()} if shifted else {}),
            "image_ms": round(median(judged.milliseconds), 1) if judged.milliseconds else None,
        },
        [f"{median(judged.milliseconds):.0f} ms a picture"] if judged.milliseconds else [],
    )
