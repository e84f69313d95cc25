"""Passages in, hits out: one SQLite file, a queue worked by a process of its own, exact and keyword search.

Run a search: ``with Library(Settings.load()) as library: library.search("几点关门？")``.
"""

from jianwen.library.conversations import Conversation, ConversationRow, Conversations, MessageState, StoredMessage
from jianwen.library.embed import EMBEDDERS, Embedder, Role, open_embedder
from jianwen.library.library import Library, limits_of
from jianwen.library.rows import Enqueued, Hit, SourceRow, Stage, State, source_row_to_json
from jianwen.library.supervisor import Supervisor
from jianwen.library.words import fold, language_of, search_words, telling_words
from jianwen.library.worker import Worker

__all__ = [
    "EMBEDDERS",
    "Conversation",
    "ConversationRow",
    "Conversations",
    "Embedder",
    "Enqueued",
    "Hit",
    "Library",
    "MessageState",
    "Role",
    "SourceRow",
    "Stage",
    "State",
    "StoredMessage",
    "Supervisor",
    "Worker",
    "fold",
    "language_of",
    "limits_of",
    "open_embedder",
    "search_words",
    "source_row_to_json",
    "telling_words",
]
