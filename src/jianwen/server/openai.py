"""The same answers and vectors for programs that speak OpenAI's protocol. Nothing of it is kept as a conversation."""

from __future__ import annotations

import base64
import time
import uuid
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from jianwen.errors import BadRequest, InternalError, JianwenError, ModelFailed
from jianwen.guide import Delta, Finished, Turn, answer_to_json
from jianwen.server.ask import TURNS, cleaned
from jianwen.server.desk import DeskDep, address_of
from jianwen.server.events import Bridge, EventStream, data
from jianwen.server.faults import log_fault
from jianwen.server.problems import openai_error
from jianwen.server.shapes import ChatAnswer, ChatQuestion, EmbeddingsAnswer, EmbeddingsQuestion, ModelsShape

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from jianwen.guide import Answer, Event
    from jianwen.server.shapes import ChatMessage

__all__ = ["router"]

MODEL = "jianwen"
MOST_TEXTS = 2_048
LONGEST_QUESTION = 4_000
_DONE = b"data: [DONE]\n\n"

router = APIRouter(prefix="/v1", tags=["openai"])


@router.get("/models", response_model=ModelsShape)
def models() -> JSONResponse:
    """The one model there is. Any other name is answered by it too."""
    return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}]})


@router.post(
    "/chat/completions",
    response_model=ChatAnswer,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def chat(body: ChatQuestion, request: Request, desk: DeskDep) -> JSONResponse | EventStream:
    """Answer the last user message. System messages have no effect: the rules of citing stay."""
    question, history = _conversation(body.messages)
    client = address_of(request)

    def replies(cancelled: threading.Event) -> Iterator[Event]:
        limit = body.max_completion_tokens or body.max_tokens
        with desk.queue.join(client) as ticket:
            for _ in ticket.waits(cancelled):
                continue
            if not cancelled.is_set():
                yield from desk.assistant.ask(question, history=history, cancelled=cancelled, max_tokens=limit)

    if not body.stream:
        return JSONResponse(
            await Bridge(lambda cancelled: _whole(body, replies(cancelled)), desk.streams).last(request.receive)
        )
    bridge = Bridge(lambda cancelled: _pieces(body, replies(cancelled)), desk.streams)
    await bridge.first(request.receive)
    return EventStream(bridge)


def _conversation(messages: Sequence[ChatMessage]) -> tuple[str, list[Turn]]:
    """The last user message, and the turns before it."""
    last = max((i for i, message in enumerate(messages) if message.role == "user"), default=None)
    if last is None:
        raise BadRequest(detail="There is no message with the role user.", detail_zh="没有 role 为 user 的消息。")
    question = cleaned(messages[last].plain)
    if len(question) > LONGEST_QUESTION:
        detail = f"The question has {len(question)} characters; at most {LONGEST_QUESTION} are read."
        raise BadRequest(detail=detail, detail_zh=f"问题有 {len(question)} 个字符，最多 {LONGEST_QUESTION} 个。")
    turns: list[Turn] = []
    asked = ""
    for message in messages[:last]:
        if message.role == "user":
            asked = message.plain
        elif message.role == "assistant":
            turns.append(Turn(asked, message.plain))
    return question, turns[-TURNS:]


def _whole(body: ChatQuestion, replies: Iterator[Event]) -> Iterator[dict[str, Any]]:
    answer = None
    for step in replies:
        if isinstance(step, Finished):
            answer = step.answer
    if answer is None:
        raise ModelFailed(detail="the server is stopping")
    message = {"role": "assistant", "content": answer.text}
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(body, answer)}
    yield _head(body, "chat.completion") | {
        "choices": [choice],
        "usage": _usage(answer),
        "citations": _citations(answer),
    }


def _pieces(body: ChatQuestion, replies: Iterator[Event]) -> Iterator[bytes]:
    """The chunks of a stream. What fails before the first one has a status; after it, an `error` chunk."""
    head = _head(body, "chat.completion.chunk")
    begun = False
    try:
        for chunk in _chunks(body, replies):
            yield data(head | chunk)
            begun = True
        yield _DONE
    except JianwenError as error:
        if not begun:
            raise
        yield data(openai_error(error))
    except Exception as error:
        if not begun:
            raise
        log_fault(error, where="an answer")
        yield data(openai_error(InternalError()))


def _chunks(body: ChatQuestion, replies: Iterator[Event]) -> Iterator[dict[str, Any]]:
    written = ""
    for step in replies:
        if isinstance(step, Delta):
            yield _delta({"content": step.text} if written else {"role": "assistant", "content": step.text})
            written += step.text
        elif isinstance(step, Finished):
            if rest := _rest(step.answer, written):
                yield _delta({"content": rest} if written else {"role": "assistant", "content": rest})
            yield _delta({}, _finish_reason(body, step.answer)) | {"citations": _citations(step.answer)}
            if body.stream_options and body.stream_options.include_usage:
                yield {"choices": [], "usage": _usage(step.answer)}


def _rest(answer: Answer, written: str) -> str:
    """What the stream still lacks: a refusal is not written word by word, and may follow words that failed."""
    if answer.text.startswith(written):
        return answer.text.removeprefix(written)
    return f"\n\n{answer.text}" if answer.refused else ""


def _head(body: ChatQuestion, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": body.model}


def _delta(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def _finish_reason(body: ChatQuestion, answer: Answer) -> str:
    limit = body.max_completion_tokens or body.max_tokens
    return "length" if limit is not None and answer.tokens.get("written", 0) >= limit else "stop"


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.tokens.get("read", 0) + answer.tokens.get("reused", 0), answer.tokens.get("written", 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _citations(answer: Answer) -> Any:
    return answer_to_json(answer)["citations"]


@router.post("/embeddings", response_model=EmbeddingsAnswer)
def embeddings(body: EmbeddingsQuestion, desk: DeskDep) -> JSONResponse:
    """Unit vectors of texts. `usage` is 0: the embedder does not count tokens."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    if not 1 <= len(texts) <= MOST_TEXTS or not all(texts):
        detail = f"input must be 1 to {MOST_TEXTS} texts, none of them empty."
        raise BadRequest(detail=detail, detail_zh=f"input 应为 1 到 {MOST_TEXTS} 段非空文字。")
    vectors = desk.assistant.embed(texts, body.input_type)
    if body.dimensions not in {None, vectors.shape[1]}:
        detail = f"dimensions must be {vectors.shape[1]}."
        raise BadRequest(detail=detail, detail_zh=f"dimensions 只能是 {vectors.shape[1]}。")
    encode = _base64 if body.encoding_format == "base64" else lambda vector: vector.tolist()
    rows = [{"object": "embedding", "index": i, "embedding": encode(vector)} for i, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return JSONResponse({"object": "list", "data": rows, "model": body.model, "usage": usage})


def _base64(vector: Any) -> str:
    """Little-endian float32, as OpenAI's clients unpack it."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
