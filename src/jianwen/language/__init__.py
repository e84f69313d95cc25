"""Messages in, text out piece by piece: llama.cpp in process, any OpenAI-compatible server, or the scripted fake.

Does not know what it is asked about: composing prompts and checking answers is the guide's work.
"""

from __future__ import annotations

from jianwen.language.base import LanguageModel, Message
from jianwen.language.compose import Compose
from jianwen.language.registry import open_language
from jianwen.language.reply import Reply, Usage
from jianwen.language.scripted import Scripted
from jianwen.language.states import States
from jianwen.language.ways import Verdict, keep_way, way_for

__all__ = [
    "Compose",
    "LanguageModel",
    "Message",
    "Reply",
    "Scripted",
    "States",
    "Usage",
    "Verdict",
    "keep_way",
    "open_language",
    "way_for",
]
