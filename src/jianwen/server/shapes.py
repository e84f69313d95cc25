"""The JSON shapes of `docs/http.md` for the OpenAPI description. Tests hold the real answers against them.

Routes answer with plain dicts from the rooms; nothing is converted on the way out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "AskEvents",
    "ChatAnswer",
    "ChatQuestion",
    "ConversationShape",
    "ConversationsShape",
    "CountsShape",
    "DraftQuestion",
    "EmbeddingsAnswer",
    "EmbeddingsQuestion",
    "ErrorShape",
    "ModelsShape",
    "Nothing",
    "Question",
    "SourceEvents",
    "SourceShape",
    "SourcesShape",
    "SpeedsShape",
    "StatusShape",
    "UploadsShape",
    "ViewShape",
]

Where = dict[str, Any]
Text = Annotated[str, StringConstraints(max_length=4_000)]


class Shape(BaseModel):
    """Nothing beyond what the contract says."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Shape):
    type: str
    message: str
    message_zh: str


class ErrorShape(Shape):
    error: ErrorDetail


# Asking


class Question(BaseModel):
    question: Text
    conversation_id: str | None = Field(None, max_length=64)


class DraftQuestion(BaseModel):
    question: Text
    conversation: str | None = Field(None, max_length=64)


class Nothing(Shape):
    """`{}`."""


class HitShape(Shape):
    passage_id: str
    source: str
    source_id: str
    where: Where
    text: str
    score: float


class CitationShape(Shape):
    n: int
    source: str
    source_id: str
    passage_id: str
    where: Where
    quote: str


class UnsupportedShape(Shape):
    start: int
    end: int
    why: str
    why_zh: str


class AnswerShape(Shape):
    message_id: str
    answer: str
    refused: bool
    state: Literal["done", "stopped"]
    citations: list[CitationShape]
    unsupported: list[UnsupportedShape]
    nearest: list[HitShape] = Field(max_length=3)
    timings_s: dict[str, float]
    tokens: dict[str, int]


class Begun(Shape):
    id: str
    title: str
    message_id: str


class Ahead(Shape):
    ahead: int


class StageEvent(Shape):
    stage: Literal["searching", "reading"]
    passages: int
    tokens: int | None = None


class Hits(Shape):
    hits: list[HitShape]


class DeltaEvent(Shape):
    text: str


class AskEvents(Shape):
    """Server-sent events: each field is an event's name, its value the event's data."""

    conversation: Begun
    queue: Ahead | None = None
    stage: StageEvent | None = None
    hits: Hits | None = None
    delta: DeltaEvent | None = None
    answer: AnswerShape | None = None
    error: ErrorDetail | None = None


# Conversations


class ConversationRowShape(Shape):
    id: str
    title: str
    updated_at: str
    messages: int


class ConversationsShape(Shape):
    conversations: list[ConversationRowShape]


class MessageShape(Shape):
    id: str
    role: Literal["user", "assistant"]
    text: str
    state: Literal["done", "writing", "stopped", "failed"]
    answer: AnswerShape | None
    hits: list[HitShape] | None


class ConversationShape(Shape):
    id: str
    title: str
    messages: list[MessageShape]


# Sources


class StageShape(Shape):
    name: Literal["reading", "ocr", "embedding"]
    done: int
    total: int


class SourceShape(Shape):
    id: str
    name: str
    kind: Literal["pdf", "word", "sheet", "slides", "web", "text", "picture"]
    state: Literal["queued", "reading", "ready", "failed"]
    error: str | None
    error_zh: str | None
    passages: int
    pages: int
    ocr_pages: list[int]
    bytes: int
    added_at: str
    stage: StageShape | None


class SourcesShape(Shape):
    sources: list[SourceShape]
    total: int


class FailedUpload(Shape):
    name: str
    error: str
    error_zh: str


class UploadsShape(Shape):
    added: list[SourceShape]
    unchanged: list[SourceShape]
    failed: list[FailedUpload]


class PageShape(Shape):
    number: int
    of: int
    image: str
    width: int
    height: int


class RowShape(Shape):
    row: int
    cells: list[str]
    marked: bool


class TableShape(Shape):
    sheet: str
    header: list[str]
    rows: list[RowShape]


class TextShape(Shape):
    passage_id: str
    heading_path: list[str]
    text: str
    marked: bool


class ViewShape(Shape):
    source: SourceShape
    passage_id: str
    quote: str
    where: Where
    kind: Literal["page", "table", "text"]
    page: PageShape | None
    table: TableShape | None
    text: list[TextShape] | None


# Counting


class DensityShape(Shape):
    """Balls per cell over the picture, row by row from the top left; the sum is about their number."""

    width: int
    height: int
    values: list[float]


class CountShape(Shape):
    name: str
    count: int | None
    confidence: float | None
    abstained: bool
    density: DensityShape | None
    error: str | None
    error_zh: str | None


class CountsShape(Shape):
    """`count` is only a guess where `abstained` is true, and null where there is an error."""

    images: list[CountShape]


# Status


class Jobs(Shape):
    queued: int
    running: int
    failed: int


class ModelShape(Shape):
    name: str
    state: Literal["loading", "ready", "missing", "failed"]
    detail: str
    detail_zh: str


class ModelStates(Shape):
    language: ModelShape
    embedder: ModelShape
    ocr: ModelShape


class QueueShape(Shape):
    running: int
    waiting: int


class SpeedsShape(Shape):
    prefill_tok_s: float | None
    decode_tok_s: float | None
    search_ms: float | None


class StatusShape(Shape):
    version: str
    sources: int
    passages: int
    jobs: Jobs
    models: ModelStates
    memory_mb: float
    disk_mb: float
    disk_free_mb: float
    queue: QueueShape
    speeds: SpeedsShape


class Removed(Shape):
    id: str


class SourceEvents(Shape):
    """Server-sent events: each field is an event's name, its value the event's data."""

    source: SourceShape | None = None
    removed: Removed | None = None
    status: StatusShape | None = None


# OpenAI-compatible: fields of theirs that mean nothing here are accepted and have no effect.


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def plain(self) -> str:
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatQuestion(BaseModel):
    model: str = "jianwen"
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1, le=4_096)
    max_completion_tokens: int | None = Field(None, ge=1, le=4_096)
    n: Literal[1] | None = None


class ReplyMessage(Shape):
    role: Literal["assistant"]
    content: str


class Choice(Shape):
    index: int
    message: ReplyMessage
    finish_reason: Literal["stop", "length"]


class Usage(Shape):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatAnswer(Shape):
    """With `stream`, the same in pieces: `object` is "chat.completion.chunk", and the last one has the citations."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    citations: list[CitationShape]


class EmbeddingsQuestion(BaseModel):
    model: str = "jianwen"
    input: str | list[str]
    input_type: Literal["query", "passage"] = "passage"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


class EmbeddingShape(Shape):
    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(Shape):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(Shape):
    object: Literal["list"]
    data: list[EmbeddingShape]
    model: str
    usage: EmbeddingsUsage


class ModelCard(Shape):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsShape(Shape):
    object: Literal["list"]
    data: list[ModelCard]
