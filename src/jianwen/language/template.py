"""A conversation as tokens, by the chat template that the model file carries.

The template is rendered around placeholders, and only what the template itself wrote may become control tokens.
A message is tokenised apart, as plain text: `<|im_end|>` in a visitor's question or in a document stays plain letters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.language.base import Message

__all__ = ["CHATML", "ChatTemplate"]

# For files that carry no template: the turn markers most models have met.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)

_PLACEHOLDER = re.compile(r"(⟦message-\d+⟧)")


class ChatTemplate:
    """Renders messages, and tokenises them so that their text is never taken for the template's."""

    def __init__(
        self,
        render: Callable[[list[dict[str, str]]], str],
        tokenise: Callable[[str, bool], list[int]],
    ) -> None:
        """Take the two things that differ between models.

        Args:
            render: role and content of each message to the prompt's text; raises on an order it does not know.
            tokenise: a text, and whether control tokens are recognised in it, to tokens.
        """
        self._render = render
        self._tokenise = tokenise

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        texts, prompt = self._with_placeholders(messages)
        pieces = _PLACEHOLDER.split(prompt)
        tokens: list[int] = []
        for piece in filter(None, pieces):
            text = texts.get(piece)
            tokens += self._tokenise(piece, True) if text is None else self._tokenise(text, False)
        return tokens

    def _with_placeholders(self, messages: Sequence[Message]) -> tuple[dict[str, str], str]:
        try:
            return self._rendered(messages)
        except Exception:
            if len(messages) < 2 or messages[0].role != "system":
                raise
            return self._rendered(_without_system(messages))

    def _rendered(self, messages: Sequence[Message]) -> tuple[dict[str, str], str]:
        texts = {f"⟦message-{n}⟧": message.text for n, message in enumerate(messages)}
        roles = (message.role for message in messages)
        return texts, self._render([{"role": role, "content": mark} for role, mark in zip(roles, texts, strict=True)])


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """For templates that refuse a system turn: its text in front of the first user's."""
    system, first, *rest = messages
    return [replace(first, text=f"{system.text}\n\n{first.text}"), *rest]
