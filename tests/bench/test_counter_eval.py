"""A counter is judged on a venue's own photographs: on all that can be read, and the others are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counter_file import box_picture, make_counter
from jianwen.bench.counter import eval_counter
from jianwen.counting import Counter
from jianwen.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_counter(tmp_path_factory.mktemp("model") / "counter.onnx")


def photographs(folder: Path, counts: dict[str, int]) -> Path:
    """A table of them."""
    path = folder / "counts.csv"
    path.write_text("image,count\n" + "".join(f"{name},{n}\n" for name, n in counts.items()), encoding="utf-8")
    return path


def test_photographs_that_cannot_be_read_are_named_and_the_others_judged(tmp_path: Path, model: Path) -> None:
    """A cut and a tiny picture have a line each; figures are of the good ones alone, and say how many are left out."""
    (tmp_path / "right.png").write_bytes(box_picture(1))
    (tmp_path / "cut.png").write_bytes(box_picture(2)[:2000])
    (tmp_path / "tiny.png").write_bytes(box_picture(3, width=8, height=8))
    (tmp_path / "wrong.png").write_bytes(box_picture(4))
    counter = Counter(model)
    right, other = (counter.count(tmp_path / name).number for name in ("right.png", "wrong.png"))
    wrong = other - 1 if other else 1
    data = photographs(tmp_path, {"right.png": right, "cut.png": 3, "tiny.png": 4, "wrong.png": wrong})
    report = eval_counter(model=model, data=data)
    assert report.title == "Counter on 2 photographs"
    assert (report.figures["exact_match"], report.figures["mae"], report.figures["left_out"]) == (0.5, 0.5, 2)
    cut, tiny = (note for note in report.notes if note.startswith("left out: "))
    assert "cut.png" in cut
    assert "tiny.png" in tiny


def test_where_no_photograph_can_be_read_nothing_is_judged(tmp_path: Path, model: Path) -> None:
    """One line with the reason of the first, in both languages."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadRequest, match=r"None of the 2 .* a\.png") as caught:
        eval_counter(model=model, data=photographs(tmp_path, {"a.png": 1, "b.png": 2}))
    assert "a.png" in caught.value.text("zh")
