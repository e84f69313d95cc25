"""`POST /api/ask`: a question in, the events of its answer out, and every second kept of what is written.

Does not answer: the assistant does. Runs in the stream's own thread, from the line to the last save.
`POST /api/ask/draft` takes what is not asked yet; of that nothing is kept.
"""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from jianwen.errors import BadRequest, InternalError, JianwenError, LibraryBusy
from jianwen.guide import Delta, Finished, Found, Reading, Searching, Turn, answer_to_json, hit_to_json
from jianwen.server.desk import Desk, DeskDep, address_of
from jianwen.server.events import Bridge, EventStream, error_event, event
from jianwen.server.faults import log_fault
from jianwen.server.shapes import AskEvents, DraftQuestion, Nothing, Question

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from jianwen.guide import Event
    from jianwen.library import Conversation, Conversations, MessageState

__all__ = ["cleaned", "router"]

SAVE_EVERY_S = 1.0
TURNS = 6  # of a conversation that the guide is shown

router = APIRouter(tags=["ask"])


@router.post("/api/ask", status_code=200, response_model=AskEvents, response_class=EventStream)
async def ask(body: Question, request: Request, desk: DeskDep) -> EventStream:
    """Server-sent events: conversation, queue while waiting, stage, hits, delta, then answer or error."""
    question = cleaned(body.question)
    client = body.conversation_id or address_of(request)
    desk.drafts.forget(client, question)
    bridge = Bridge(lambda cancelled: _events(desk, question, body.conversation_id, client, cancelled), desk.streams)
    await bridge.first(request.receive)
    return EventStream(bridge)


@router.post("/api/ask/draft", status_code=202, response_model=Nothing)
def draft(body: DraftQuestion, request: Request, desk: DeskDep) -> JSONResponse:
    """Get ready for a question that is being typed, if there is time. Nothing of it is kept, logged or answered."""
    question = cleaned(body.question)

    def prepare(cancelled: threading.Event) -> None:
        history: list[Turn] = []
        if body.conversation is not None:
            history = turns_before(None, desk.assistant.library.conversations.get(body.conversation))
        desk.assistant.prepare(question, history=history, cancelled=cancelled)

    desk.drafts.offer(body.conversation or address_of(request), prepare, question)
    return JSONResponse({}, 202)


def cleaned(question: str) -> str:
    """The question without control characters.

    Raises:
        BadRequest: nothing is left.
    """
    kept = (letter for letter in question if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"})
    text = "".join(kept).strip()
    if not text:
        raise BadRequest(detail="The question is empty.", detail_zh="问题是空的。")
    return text


@dataclass(slots=True)
class _Message:
    """The assistant's message while it is written."""

    conversations: Conversations
    message_id: str
    text: str = ""
    hits: list[tuple[str, float]] | None = None
    ended: bool = False
    saved_at_s: float = field(default_factory=time.monotonic)

    def add(self, text: str) -> None:
        self.text += text
        if time.monotonic() - self.saved_at_s >= SAVE_EVERY_S:
            self.saved_at_s = time.monotonic()
            try:
                self.conversations.save(self.message_id, self.text, state="writing", hits=self.hits)
            except LibraryBusy as error:  # the answer goes on: the next second or the end saves it
                log_fault(error, where="saving an answer")

    def end(self, state: MessageState, *, answer: dict[str, Any] | None = None) -> None:
        """Keep how it ended. Only the first call that succeeds counts."""
        if not self.ended:
            text = answer["answer"] if answer else self.text
            self.conversations.save(self.message_id, text, state=state, answer=answer, hits=self.hits)
            self.ended = True


def _events(
    desk: Desk, question: str, conversation_id: str | None, client: str, cancelled: threading.Event
) -> Iterator[bytes]:
    conversations = desk.assistant.library.conversations
    with desk.queue.join(client) as ticket:
        kept_in, title, message_id = conversations.begin(conversation_id, question)
        message = _Message(conversations, message_id)
        try:
            yield event("conversation", {"id": kept_in, "title": title, "message_id": message_id})
            for ahead in ticket.waits(cancelled):
                yield event("queue", {"ahead": ahead})
            if not cancelled.is_set():
                history = turns_before(message_id, conversations.get(kept_in))
                for step in desk.assistant.ask(question, history=history, cancelled=cancelled):
                    yield _told(step, message)
            message.end("stopped")
        except Exception as error:  # noqa: BLE001 - whatever breaks, the person is told and the text kept
            yield _failed(error, message)


def _told(step: Event, message: _Message) -> bytes:
    match step:
        case Searching(passages=passages):
            return event("stage", {"stage": "searching", "passages": passages})
        case Found(hits=hits):
            found = [hit_to_json(hit) for hit in hits]
            message.hits = [(hit["passage_id"], hit["score"]) for hit in found]
            return event("hits", {"hits": found})
        case Reading(passages=passages, tokens=tokens):
            return event("stage", {"stage": "reading", "passages": passages, "tokens": tokens})
        case Delta(text=text):
            message.add(text)
            return event("delta", {"text": text})
        case Finished(answer=answer):
            content = {"message_id": message.message_id, **answer_to_json(answer)}
            message.end("stopped" if answer.stopped else "done", answer=content)
            return event("answer", content)


def _failed(error: Exception, message: _Message) -> bytes:
    if not isinstance(error, JianwenError):
        log_fault(error, where="an answer")
        error = InternalError()
    try:
        message.end("failed")
    except LibraryBusy as busy:  # the next start of the server marks it as stopped
        log_fault(busy, where="saving an answer")
    return error_event(error)


def turns_before(message_id: str | None, conversation: Conversation) -> list[Turn]:
    """The last finished turns before a message, or the last ones there are."""
    turns: list[Turn] = []
    question = ""
    for message in conversation.messages:
        if message.id == message_id:
            break
        if message.role == "user":
            question = message.text
        elif message.text and message.state in {"done", "stopped"}:
            turns.append(Turn(question, message.text))
    return turns[-TURNS:]
