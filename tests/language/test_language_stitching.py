"""Prompts put together from kept passages, with the small catalogue model when it is on this box."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwen.language import Message, States
from jianwen.language.engine import Work
from jianwen.language.llamacpp import LlamaCpp
from jianwen.language.lookup import Drafter
from jianwen.language.reply import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwen.language.compose import Compose

pytestmark = pytest.mark.slow

FILE = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
RULES = Message("system", "你是博物馆的导览员，只根据资料简短回答。")
PASSAGES = [
    f"资料：第{n}号展柜\n第{n}号展柜陈列{thing}，年代为{age}，出土于{place}，保管员的电话是 8{n * 371:03d}。\n\n"
    for n, thing, age, place in [
        (1, "青铜鼎", "商代晚期", "河南安阳"),
        (2, "彩陶盆", "新石器时代", "陕西西安"),
        (3, "白瓷枕", "北宋", "河北曲阳"),
        (4, "金缕玉衣", "西汉", "河北满城"),
        (5, "铜奔马", "东汉", "甘肃武威"),
        (6, "素纱单衣", "西汉", "湖南长沙"),
    ]
]


def opened(folder: Path, how: Compose = "stitched", *, drafts: bool = True, limit_bytes: int = 1 << 30) -> LlamaCpp:
    found = list(Path("~/.cache/jianwen").expanduser().glob(f"*/{FILE}"))
    if not found:
        pytest.skip(f"{FILE} is not on this box: run `jianwen models pull qwen2.5-coder-0.5b`")
    states = States(folder, limit_bytes, "the small one", how)
    return LlamaCpp(found[0], name="small", context_tokens=1024, states=states, drafts=drafts)


def ask(question: str, order: Sequence[int]) -> list[Message]:
    return [RULES, Message("user", f"问题：{question}\n用一句话回答。", tuple(PASSAGES[n] for n in order))]


def answered(model: LlamaCpp, question: str, order: Sequence[int], *, max_tokens: int = 40) -> tuple[str, int, int]:
    """The text, and the tokens read and reused."""
    with model.reply(ask(question, order), max_tokens=max_tokens) as reply:
        text = "".join(reply)
    return text, reply.usage.read, reply.usage.reused


def logits_behind(model: LlamaCpp, question: str, order: Sequence[int]) -> NDArray[np.float32]:
    look = Work("look", model._pieces(ask(question, order)), Run(1), reduce=np.copy)
    return np.asarray(next(model._submit(look).results()))


def test_passages_in_another_order_are_not_read_again(tmp_path: Path) -> None:
    """Once read, in whatever order, with whatever question, after a restart too: only the question is read."""
    with opened(tmp_path) as model:
        _, read, _ = answered(model, "铜奔马出土于哪里？", [0, 1, 4])
        assert read > 100
    with opened(tmp_path) as model:
        text, read, reused = answered(model, "铜奔马出土于哪里？", [1, 0, 4])
        assert "武威" in text
        assert read < 30
        assert read + reused == model.count(ask("铜奔马出土于哪里？", [1, 0, 4]))


@pytest.mark.parametrize("how", ["prefix", "stitched"])
def test_a_single_kept_passage_gives_what_reading_it_gives(tmp_path: Path, how: Compose) -> None:
    """Rules and first passage are an exact prefix: the numbers behind them are those of a prompt read in full.

    But for rounding, which differs with the number of tokens in a step.
    """
    with opened(tmp_path / "none", "full") as model:
        whole = logits_behind(model, "铜奔马出土于哪里？", [4])
    for _ in range(2):  # read and kept, then taken from what was kept
        with opened(tmp_path / "states", how) as model:
            kept = logits_behind(model, "铜奔马出土于哪里？", [4])
            assert np.abs(kept - whole).mean() < np.std(whole) / 20
            assert kept.argmax() == whole.argmax()


def test_prefix_reads_as_in_full(tmp_path: Path) -> None:
    """With "prefix" nothing but time is saved: the numbers are those of reading in full, in any order of asking."""
    asked = [("青铜鼎是什么年代的？", [0, 1, 2]), ("白瓷枕出土于哪里？", [0, 2, 1]), ("彩陶盆在几号展柜？", [0, 1, 2])]
    with opened(tmp_path / "none", "full") as model:
        whole = [logits_behind(model, *each) for each in asked]
    for _ in range(2):
        with opened(tmp_path / "states", "prefix") as model:
            for each, expected in zip(asked, whole, strict=True):
                assert np.abs(logits_behind(model, *each) - expected).mean() < np.std(expected) / 20


def test_drafts_change_no_answer(tmp_path: Path) -> None:
    """Greedy output is the same with look-up drafts and without, word for word, and takes fewer steps."""
    asked = [
        ("请把关于金缕玉衣的资料原样抄写一遍。", [0, 3]),
        ("请介绍铜奔马。", [4, 1]),
        ("这些展品各出土于哪里？", [0, 1, 2]),
    ]
    with opened(tmp_path, drafts=False) as model:
        plain = [answered(model, *each, max_tokens=60)[0] for each in asked]
    with opened(tmp_path) as model:
        assert [answered(model, *each, max_tokens=60)[0] for each in asked] == plain


def test_a_draft_cannot_end_an_answer_and_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt holds ends of turns, so a draft may: what stands behind one is never written."""
    asked = ("白瓷枕出土于哪里？", [2])
    with opened(tmp_path, drafts=False) as model:
        plain = answered(model, *asked, max_tokens=60)[0]
    with opened(tmp_path) as model:
        ends = model._llama.tokenise("<|im_end|>\n<|im_start|>assistant\n", True)
        assert model._llama.is_end(ends[0])
        monkeypatch.setattr(Drafter, "draft", lambda _self, most: ends[:most])
        assert answered(model, *asked, max_tokens=60)[0] == plain


def test_a_damaged_state_is_made_anew(tmp_path: Path) -> None:
    """Files cut short, overwritten or swapped: the answer is the same, and the files are whole again."""
    with opened(tmp_path) as model:
        text = answered(model, "白瓷枕出土于哪里？", [0, 1, 2])[0]
    files = sorted(tmp_path.iterdir())
    assert len(files) == 4  # the rules and three passages
    contents = [file.read_bytes() for file in files]
    for n, file in enumerate(files):
        file.write_bytes([contents[n][: len(contents[n]) // 2], contents[n - 1], b"", bytes(len(contents[n]))][n])
    with opened(tmp_path) as model:
        again, read, _ = answered(model, "白瓷枕出土于哪里？", [0, 1, 2])
    assert again == text
    assert read > 100
    assert [file.read_bytes()[:48] for file in sorted(tmp_path.iterdir())] == [content[:48] for content in contents]


def test_a_state_that_fits_no_more_is_read_in_full(tmp_path: Path) -> None:
    """A whole file whose content llama.cpp refuses is no error either."""
    with opened(tmp_path) as model:
        text = answered(model, "白瓷枕出土于哪里？", [2])[0]
        store = model._engine._composer._states  # type: ignore[union-attr]
        assert store is not None
        for file in list(tmp_path.iterdir()):
            store.put(file.name, b"whole, but nothing of llama.cpp's")
    with opened(tmp_path) as model:
        assert answered(model, "白瓷枕出土于哪里？", [2])[0] == text


def test_without_room_on_disk_everything_still_works(tmp_path: Path) -> None:
    """Nothing can be kept, so everything is read; nothing fails."""
    with opened(tmp_path / "states", limit_bytes=10) as model:
        text, read, _ = answered(model, "金缕玉衣出土于哪里？", [0, 3])
        assert "满城" in text
        assert read > 60
    assert not (tmp_path / "states").exists() or not list((tmp_path / "states").iterdir())


def test_random_orders_give_what_a_clean_memory_gives(tmp_path: Path) -> None:
    """1,000 prompts of random passages in random orders: each finds exactly its own text in memory, nobody else's."""
    seeded = random.Random(7)
    orders = [tuple(seeded.sample(range(6), seeded.choice([1, 2, 2, 2]))) for _ in range(1000)]
    clean: dict[tuple[int, ...], NDArray[np.float32]] = {}
    with opened(tmp_path) as model:
        for order in sorted(set(orders)):
            model._engine._fail_all(ValueError("emptied for a test"))  # type: ignore[union-attr]
            clean[order] = logits_behind(model, "？", order)
        told_apart = min(np.abs(clean[a] - clean[b]).max() for a in clean for b in clean if a < b and len(a) == len(b))
        wrong = []

        def visit(part: Sequence[tuple[int, ...]]) -> None:
            for order in part:
                off = np.abs(logits_behind(model, "？", order) - clean[order]).max()
                if off > told_apart / 2:
                    wrong.append((order, off))

        visitors = [threading.Thread(target=visit, args=(orders[n::4],)) for n in range(4)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
    assert wrong == []


def test_passages_kept_in_the_background_are_there_for_the_first_question(tmp_path: Path) -> None:
    """Passages remembered beforehand cost the first visitor nothing; remembering them again does nothing."""
    with opened(tmp_path) as model:
        assert model.remember(ask("", [0, 1, 2])) == 3
        assert model.remember(ask("", [2, 1, 0])) == 0
        _, read, _ = answered(model, "青铜鼎出土于哪里？", [2, 0, 1])
        assert read < 30


def test_states_have_the_names_and_about_the_sizes_that_are_told(tmp_path: Path) -> None:
    """Before a passage is read it is known where it will be kept, and within a hundredth how large."""
    with opened(tmp_path) as model:
        told = model.states_of([RULES, Message("user", "？", tuple(PASSAGES[:2]))])
        assert len(told) == 2
        assert model.remember([RULES, Message("user", "？", tuple(PASSAGES[:2]))]) == 2
        for name, size in told.items():
            assert size * 0.99 - 5000 < (tmp_path / name).stat().st_size <= size


def test_pinned_passages_drive_others_out_and_are_read_anew_when_damaged(tmp_path: Path) -> None:
    """Where no passage is kept beforehand any more, a pinned one is; what is whole is not read again."""
    with opened(tmp_path) as model:
        size = max(model.states_of(ask("", [0])).values())
    with opened(tmp_path, limit_bytes=int(2.5 * size)) as model:
        assert model.remember(ask("", [0])) == 1
        assert model.remember(ask("", [1])) == 1
        assert model.remember(ask("", [2])) is None
        (name,) = model.states_of(ask("", [2]))
        (tmp_path / f"{name}.source.pinned").touch()
        assert model.remember(ask("", [2]), pinned=True) == 1
        assert model.remember(ask("", [2]), pinned=True) == 0
        (tmp_path / name).write_bytes(b"damaged")
        assert model.remember(ask("", [2]), pinned=True) == 1


def test_a_visitor_does_not_wait_for_the_background(tmp_path: Path) -> None:
    """Work in the background gives way in the middle of a step, and goes on afterwards."""
    long = "".join(PASSAGES) * 4
    with opened(tmp_path) as model:
        answered(model, "青铜鼎出土于哪里？", [0])
        kept: list[int | None] = []
        keeper = threading.Thread(target=lambda: kept.append(model.remember([RULES, Message("user", "？", (long,))])))
        keeper.start()
        text, _, _ = answered(model, "青铜鼎出土于哪里？", [0])
        assert keeper.is_alive()
        assert "安阳" in text
        keeper.join(timeout=120)
        assert kept == [1]


def test_what_was_looked_at_is_not_read_again(tmp_path: Path) -> None:
    """A question that was looked at while it was typed costs only its end when it is asked."""
    with opened(tmp_path) as model:
        model.odds(ask("青铜鼎出土", [1, 0]), yes=["是"], no=["否"])
        _, read, _ = answered(model, "青铜鼎出土于哪里？", [1, 0])
        assert read < 25


def test_four_visitors_get_the_answers_they_get_alone(tmp_path: Path) -> None:
    """Batched with strangers, each answer holds its own fact."""
    facts = {"青铜鼎": "安阳", "彩陶盆": "西安", "金缕玉衣": "满城", "铜奔马": "武威", "素纱单衣": "长沙"}
    texts: dict[str, str] = {}
    with opened(tmp_path) as model:

        def visit(thing: str) -> None:
            n = next(n for n, passage in enumerate(PASSAGES) if thing in passage)
            texts[thing] = answered(model, f"{thing}出土于哪里？", [n])[0]

        visitors = [threading.Thread(target=visit, args=(thing,)) for thing in facts]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
    assert {thing: fact in texts[thing] for thing, fact in facts.items()} == dict.fromkeys(facts, True)
