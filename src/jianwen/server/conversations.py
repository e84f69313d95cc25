"""`/api/conversations`: what was asked and answered before."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from jianwen.guide import Evidence, hit_to_json
from jianwen.library import Hit
from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.shapes import ConversationShape, ConversationsShape

if TYPE_CHECKING:
    from jianwen.library import Conversation, Library

__all__ = ["router"]

router = APIRouter(prefix="/api/conversations", tags=["conversations"])
Id = Annotated[str, Path(max_length=64)]


@router.get("", response_model=ConversationsShape)
def list_conversations(desk: DeskDep) -> JSONResponse:
    """All conversations, the last used first."""
    return JSONResponse({"conversations": [asdict(row) for row in desk.assistant.library.conversations.list()]})


@router.get("/{id}", response_model=ConversationShape)
def get_conversation(id: Id, desk: DeskDep) -> JSONResponse:  # noqa: A002 - the contract's name of it
    """One conversation with its messages, oldest first, and what was found for them as far as it is still there."""
    library = desk.assistant.library
    conversation = library.conversations.get(id)
    hits = _hits_of(conversation, library)
    messages = [asdict(message) | {"hits": hits.get(message.id)} for message in conversation.messages]
    return JSONResponse({"id": conversation.id, "title": conversation.title, "messages": messages})


@router.delete("/{id}", status_code=204, response_class=Response)
def delete_conversation(id: Id, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Forget one conversation."""
    desk.assistant.library.conversations.delete(id)
    return Response(status_code=204)


def _hits_of(conversation: Conversation, library: Library) -> dict[str, list[dict[str, Any]]]:
    """By message, the hits that were kept for it; those whose passage is gone are left out."""
    kept = {message.id: message.hits for message in conversation.messages if message.hits is not None}
    passages = library.texts.by_id(sorted({passage_id for hits in kept.values() for passage_id, _ in hits}))
    names = library.names(passage.source_id for passage in passages.values())

    def restored(passage_id: str, n: int, score: float) -> dict[str, Any]:
        passage = passages[passage_id]
        # What each leg of the search said is not kept, and not shown either.
        return hit_to_json(Evidence(n, names.get(passage.source_id, ""), Hit(passage, score, dense=0.0, keyword=0.0)))

    return {
        message_id: [restored(id_, n, score) for n, (id_, score) in enumerate(hits, 1) if id_ in passages]
        for message_id, hits in kept.items()
    }
