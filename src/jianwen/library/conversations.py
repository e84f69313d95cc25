"""Conversations and their messages, kept while they are written."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jianwen.errors import NotFound
from jianwen.library.sources import utc_now
from jianwen.library.words import storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from jianwen.library.database import Database

__all__ = ["Conversation", "ConversationRow", "Conversations", "MessageState", "StoredMessage"]

MessageState = Literal["done", "writing", "stopped", "failed"]
TITLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as a list shows it."""

    id: str
    title: str
    updated_at: str
    messages: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One turn of one side.

    Attributes:
        answer: the checked answer as JSON, for the assistant's finished messages.
        hits: ids and scores of the passages that were found, best first; None where that was not kept.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    state: MessageState
    answer: dict[str, Any] | None
    hits: tuple[tuple[str, float], ...] | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole conversation, oldest message first."""

    id: str
    title: str
    messages: tuple[StoredMessage, ...]


class Conversations:
    """Rows of the tables `conversations` and `messages`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[ConversationRow]:
        """All conversations, the last used first."""
        rows = self._database.rows(
            "SELECT c.*, (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id) AS messages"
            " FROM conversations c ORDER BY c.updated_at DESC, c.id"
        )
        return [ConversationRow(row["id"], row["title"], row["updated_at"], row["messages"]) for row in rows]

    def get(self, conversation_id: str) -> Conversation:
        """One conversation.

        Raises:
            NotFound: there is none.
        """
        with self._database.snapshot():
            row = self._database.row("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
            messages = self._database.rows(
                "SELECT * FROM messages WHERE conversation_id = ? ORDER BY number", (conversation_id,)
            )
        if row is None:
            raise NotFound(what="conversation", id=conversation_id)
        return Conversation(row["id"], row["title"], tuple(_stored(message) for message in messages))

    def begin(self, conversation_id: str | None, question: str) -> tuple[str, str, str]:
        """Keep a question and open an answer in state "writing".

        Returns:
            The conversation's id, its title, and the id of the answer's message.

        Raises:
            NotFound: there is no such conversation.
        """
        question = storable(question)
        message_id = uuid.uuid4().hex
        with self._database.transaction() as connection:
            if conversation_id is None:
                conversation_id, title = uuid.uuid4().hex, " ".join(question.split())[:TITLE_CHARACTERS]
                connection.execute("INSERT INTO conversations VALUES (?, ?, '')", (conversation_id, title))
            row = connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = ? RETURNING title",
                (utc_now().isoformat(), conversation_id),
            ).fetchone()
            if row is None:
                raise NotFound(what="conversation", id=conversation_id)
            connection.executemany(
                "INSERT INTO messages (id, conversation_id, role, text, state) VALUES (?, ?, ?, ?, ?)",
                [
                    (uuid.uuid4().hex, conversation_id, "user", question, "done"),
                    (message_id, conversation_id, "assistant", "", "writing"),
                ],
            )
        return conversation_id, row["title"], message_id

    def save(
        self,
        message_id: str,
        text: str,
        *,
        state: MessageState,
        answer: Mapping[str, Any] | None = None,
        hits: Sequence[tuple[str, float]] | None = None,
    ) -> None:
        """Keep what is written so far. Nothing happens when the conversation was deleted meanwhile."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE messages SET text = ?, state = ?, answer = ?, hits = ? WHERE id = ?",
                (
                    storable(text),
                    state,
                    _json(answer) if answer else None,
                    None if hits is None else _json(hits),
                    message_id,
                ),
            )

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation and all its messages.

        Raises:
            NotFound: there is none.
        """
        with self._database.transaction() as connection:
            if not connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount:
                raise NotFound(what="conversation", id=conversation_id)

    def settle(self) -> None:
        """Mark answers that a crash cut short as stopped. For the one process that serves."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE messages SET state = 'stopped' WHERE state = 'writing'")


def _stored(row: sqlite3.Row) -> StoredMessage:
    hits = None if row["hits"] is None else tuple((hit[0], hit[1]) for hit in json.loads(row["hits"]))
    answer = json.loads(row["answer"]) if row["answer"] else None
    return StoredMessage(row["id"], row["role"], row["text"], row["state"], answer, hits)


def _json(content: object) -> str:
    return storable(json.dumps(content, ensure_ascii=False))
