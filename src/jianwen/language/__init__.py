"""Messages in, text out piece by piece: llama.cpp in process, any OpenAI-compatible server, or the scripted fake.

Does not know what it is asked about: composing prompts and checking answers is the guide's work.
"""

from __future__ import annotations

from jianwen.language.base import LanguageModel, Message
from jianwen.language.registry import open_language
from jianwen.language.reply import Reply, Usage
from jianwen.language.scripted import Scripted

__all__ = [
    "LanguageModel",
    "Message",
    "Reply",
    "Scripted",
    "Usage",
    "open_language",
]
