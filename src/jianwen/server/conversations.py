"""`/api/conversations`: what was asked and answered before."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from jianwen.server.desk import DeskDep  # noqa: TC001 - FastAPI evaluates annotations
from jianwen.server.shapes import ConversationShape, ConversationsShape

__all__ = ["router"]

router = APIRouter(prefix="/api/conversations", tags=["conversations"])
Id = Annotated[str, Path(max_length=64)]


@router.get("", response_model=ConversationsShape)
def list_conversations(desk: DeskDep) -> JSONResponse:
    """All conversations, the last used first."""
    return JSONResponse({"conversations": [asdict(row) for row in desk.assistant.library.conversations.list()]})


@router.get("/{id}", response_model=ConversationShape)
def get_conversation(id: Id, desk: DeskDep) -> JSONResponse:  # noqa: A002 - the contract's name of it
    """One conversation with its messages, oldest first."""
    return JSONResponse(asdict(desk.assistant.library.conversations.get(id)))


@router.delete("/{id}", status_code=204, response_class=Response)
def delete_conversation(id: Id, desk: DeskDep) -> Response:  # noqa: A002 - as above
    """Forget one conversation."""
    desk.assistant.library.conversations.delete(id)
    return Response(status_code=204)
