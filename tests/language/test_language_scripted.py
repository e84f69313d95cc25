"""The shipped fake: it quotes its prompt, deterministically."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from jianwen.errors import PromptTooLong
from jianwen.language import Message, Scripted, open_language

RULES = Message("system", "[9] Answer only from the passages.")
PASSAGES = (
    "[1] 《票务规定》第1页\n成人票每张120元，学生票60元。儿童免票。\n\n"
    "[2] The hall opens at 9 and closes at 17. The cafe is on the second floor.\n\n"
    "[12] 台球厅周一闭馆；会员可以预约球桌。\n\n"
)


def answer(question: str) -> str:
    return "".join(Scripted().reply([RULES, Message("user", PASSAGES + question)]))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("问题：学生票多少钱？", "成人票每张120元，学生票60元。 [1]"),
        ("问题：会员怎么预约？", "会员可以预约球桌。 [12]"),
        ("Question: When does the hall close, and when are its opening hours?", None),
        ("Question: On which floor is the cafe?", "The cafe is on the second floor. [2]"),
        ("问题：恐龙几岁？", "资料中没有提到。"),
        ("Question: Is photography allowed?", "The documents do not say."),
    ],
)
def test_it_quotes_the_nearest_sentence_with_its_number(question: str, text: str | None) -> None:
    """The answer is a sentence of a passage and that passage's number, or a refusal in the question's language."""
    expected = text or "The hall opens at 9 and closes at 17. [2]"
    assert answer(question) == expected


def test_without_passages_it_refuses() -> None:
    """A prompt with a question alone, or with nothing that is marked as one, is refused and breaks nothing."""
    assert "".join(Scripted().reply([Message("user", "问题：学生票多少钱？")])) == "资料中没有提到。"
    assert "".join(Scripted().reply([Message("user", "hello")])) == "The documents do not say."


def test_only_the_last_question_line_asks() -> None:
    """A passage that itself holds a question line does not change what is asked."""
    prompt = "[1] 常见问题\n问题：儿童免票吗？\n答：儿童免票。\n[2] 周一闭馆。\n问题：周一闭馆吗？"
    assert "".join(Scripted().reply([Message("user", prompt)])) == "周一闭馆。 [2]"


def test_it_comes_in_small_pieces_and_counts_them() -> None:
    """The answer arrives in pieces of a few characters; usage counts them and the prompt's estimate."""
    model = Scripted()
    messages = [Message("user", PASSAGES + "问题：学生票多少钱？")]
    reply = model.reply(messages)
    deltas = list(reply)
    assert len(deltas) > 3
    assert max(map(len, deltas)) <= 4
    assert reply.usage.written == len(deltas)
    assert reply.usage.read == model.count(messages) > 20


def test_it_stops_at_the_wanted_length() -> None:
    """With two tokens allowed, two pieces come and the finish says why."""
    reply = Scripted().reply([Message("user", PASSAGES + "问题：学生票多少钱？")], max_tokens=2)
    assert list(reply) == ["成人票每", "张120"]
    assert reply.finish == "length"


def test_it_can_be_slow_so_that_stopping_shows() -> None:
    """With a delay a piece, an event set in between ends the answer early."""
    cancelled = threading.Event()
    model = Scripted(delay_s=0.02)
    reply = model.reply([Message("user", PASSAGES + "问题：学生票多少钱？")], cancelled=cancelled)
    next(reply)
    cancelled.set()
    assert list(reply) == []
    assert reply.finish == "cancelled"
    assert reply.usage.first_token_s >= 0.02


def test_it_keeps_to_its_window() -> None:
    """A prompt that does not fit the window is refused, as with any other model."""
    model = open_language("scripted", model_path=None, context_tokens=64, threads=0)
    with pytest.raises(PromptTooLong):
        model.reply([Message("user", "字" * 100)], max_tokens=8)


def test_estimates_are_near_the_real_tokens_of_both_languages() -> None:
    """The estimate is within a third of what the Qwen vocabulary counts on prose."""
    count = Scripted().count_text
    assert count("") == 0
    # Counted with the vocabulary of qwen2.5-coder.
    chinese = "本馆每周二至周日开放，上午九点开始检票，下午四点半停止入馆，周一闭馆（法定节假日除外）。"
    english = "The museum is open from Tuesday to Sunday, and the last visitors are admitted at half past four."
    assert count(chinese) == pytest.approx(31, rel=0.34)
    assert count(english) == pytest.approx(20, rel=0.34)


def test_the_door_loads_nothing_heavy() -> None:
    """Importing the room and answering with the fake loads neither llama.cpp nor httpx nor numpy."""
    program = (
        "import sys; from jianwen.language import Message, Scripted; "
        "''.join(Scripted().reply([Message('user', 'x')])); "
        "print(sorted({'llama_cpp', 'httpx', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
