"""What every back end gets from the base class, shown with one that recites fixed pieces."""

from __future__ import annotations

import gc
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jianwen import language
from jianwen.errors import BadRequest, ModelUnavailable, PromptTooLong
from jianwen.language import LanguageModel, Message, open_language

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from jianwen.language.reply import Run

ASK = [Message("user", "Say it")]


class Recital(LanguageModel):
    """Recites its pieces, and counts how many replies are open."""

    def __init__(self, *pieces: str, context_tokens: int = 1000, delay_s: float = 0.0) -> None:
        super().__init__()
        self.name = "recital"
        self.context_tokens = context_tokens
        self.pieces = pieces
        self.delay_s = delay_s
        self.open = 0
        self.freed = 0

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        self.open += 1
        try:
            run.read = self.count(messages)
            for piece in self.pieces:
                time.sleep(self.delay_s)
                run.written += 1
                yield piece
        finally:
            self.open -= 1

    def _count(self, messages: Sequence[Message]) -> int:
        return sum(len(message.text) for message in messages)

    def _count_text(self, text: str) -> int:
        return len(text)

    def _close(self) -> None:
        self.freed += 1


def test_the_door_lists_what_it_offers_sorted() -> None:
    """`__all__` of the room is sorted, and everything in it exists."""
    assert sorted(language.__all__) == language.__all__
    assert all(hasattr(language, name) for name in language.__all__)


def test_a_reply_tells_text_finish_and_usage() -> None:
    """The deltas join to the text, and once they end the usage is complete and does not change."""
    reply = Recital("Hel", "", "lo").reply(ASK)
    assert list(reply) == ["Hel", "lo"]
    assert reply.text == "Hello"
    assert reply.finish == "stop"
    assert (reply.usage.read, reply.usage.written) == (6, 3)
    assert 0 < reply.usage.first_token_s <= reply.usage.total_s
    assert reply.usage == reply.usage
    assert list(reply) == []


def test_speeds_leave_out_the_first_token() -> None:
    """Reading is measured up to the first token, writing after it."""
    reply = Recital("a", "b", "c", delay_s=0.02).reply(ASK)
    list(reply)
    assert reply.usage.prefill_tok_s == pytest.approx(6 / reply.usage.first_token_s)
    assert reply.usage.decode_tok_s == pytest.approx(2 / (reply.usage.total_s - reply.usage.first_token_s))


@pytest.mark.parametrize(
    ("pieces", "stop", "text"),
    [
        (["one STOP two"], ["STOP"], "one "),
        (["one S", "T", "OP two"], ["STOP"], "one "),
        (["one S", "T", "ART"], ["STOP"], "one START"),
        (["ends in ST"], ["STOP"], "ends in ST"),
        (["aab", "aac"], ["aac"], "aab"),
        (["a", "a", "a", "b"], ["aab"], "a"),
        (["first\n\nsecond X"], ["X", "\n\n"], "first"),
        (["回答。", "问", "题：下一个"], ["问题："], "回答。"),
        (["anything"], [""], "anything"),
    ],
)
def test_a_stop_string_never_shows(pieces: list[str], stop: list[str], text: str) -> None:
    """However a stop string is cut into pieces, neither it nor a part of it is shown; what only begins like it is."""
    with Recital(*pieces).reply(ASK, stop=stop) as reply:
        assert "".join(reply) == text
    assert reply.finish == "stop"


def test_text_that_may_become_a_stop_string_waits_no_longer_than_it_must() -> None:
    """Text is shown as soon as it can no longer be the beginning of a stop string."""
    reply = Recital("one S", "TA", "RT").reply(ASK, stop=["STOP"])
    assert list(reply) == ["one ", "STA", "RT"]


def test_nothing_to_answer_is_a_bad_request() -> None:
    """No messages, a blank question and a zero-length answer are refused before anything runs."""
    model = Recital("x")
    for messages in ([], [Message("user", " \n")]):
        with pytest.raises(BadRequest):
            model.reply(messages)
    with pytest.raises(BadRequest):
        model.reply(ASK, max_tokens=0)


def test_the_window_holds_prompt_and_answer() -> None:
    """Room is exact: a prompt that fits to the last token is taken, one more is refused with both figures."""
    model = Recital("x", context_tokens=20)
    assert model.room(ASK, max_tokens=14) == 0
    assert model.room(ASK, max_tokens=15) == -1
    assert "".join(model.reply(ASK, max_tokens=14)) == "x"
    with pytest.raises(PromptTooLong, match="6 tokens, and there is room for 5"):
        model.reply(ASK, max_tokens=15)


def test_closing_a_reply_ends_it_and_twice_is_fine() -> None:
    """A closed reply frees its back end, keeps its text, and yields nothing more."""
    model = Recital("a", "b", "c")
    reply = model.reply(ASK)
    assert next(reply) == "a"
    assert model.open == 1
    reply.close()
    reply.close()
    assert model.open == 0
    assert (reply.text, reply.finish, list(reply)) == ("a", "cancelled", [])


def test_closing_after_the_end_changes_nothing() -> None:
    """A reply that was read to its end stays complete when it is closed."""
    with Recital("a").reply(ASK) as reply:
        list(reply)
    assert reply.finish == "stop"


def test_a_forgotten_reply_frees_its_back_end() -> None:
    """A reply that nobody holds any more is closed by garbage collection."""
    model = Recital("a", "b")
    reply = model.reply(ASK)
    next(reply)
    del reply
    gc.collect()
    assert model.open == 0


def test_cancelling_ends_the_reply() -> None:
    """Once the event is set no further text comes, and text held back for a stop string is dropped."""
    cancelled = threading.Event()
    model = Recital("a", "b", "c")
    reply = model.reply(ASK, cancelled=cancelled)
    assert next(reply) == "a"
    cancelled.set()
    assert list(reply) == []
    assert reply.finish == "cancelled"
    assert model.open == 0


def test_closing_from_another_thread_ends_a_busy_reply() -> None:
    """`close` from another thread neither waits nor fails, and the generating thread ends soon after."""
    model = Recital(*["x"] * 1000, delay_s=0.01)
    reply = model.reply(ASK)
    reader = threading.Thread(target=lambda: list(reply))
    reader.start()
    while not reply.text:
        time.sleep(0.001)
    reply.close()
    reader.join(timeout=5)
    assert not reader.is_alive()
    assert reply.finish == "cancelled"
    assert model.open == 0
    assert len(reply.text) < 1000


def test_closing_the_model_closes_its_replies() -> None:
    """A closed model ends what it had begun, frees itself once, and refuses new questions."""
    with Recital("a", "b") as model:
        reply = model.reply(ASK)
        next(reply)
    model.close()
    assert (model.open, model.freed, reply.finish) == (0, 1, "cancelled")
    with pytest.raises(ModelUnavailable, match="closed"):
        model.reply(ASK)


def test_an_error_in_the_back_end_ends_the_reply() -> None:
    """A failing back end's error reaches the reader once; afterwards the reply is over."""

    class Failing(Recital):
        def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
            yield from super()._generate(messages, run)
            raise ModelUnavailable(name="failing", detail="why", remedy="", remedy_zh="")

    reply = Failing("a").reply(ASK)
    assert next(reply) == "a"
    with pytest.raises(ModelUnavailable, match="why"):
        next(reply)
    assert list(reply) == []


def test_a_model_name_without_a_file_is_unavailable() -> None:
    """Opening a llama.cpp model without a file says what to do instead of failing somewhere inside."""
    with pytest.raises(ModelUnavailable, match="models pull"):
        open_language("qwen2.5-coder-1.5b", model_path=None, context_tokens=512, threads=1)
