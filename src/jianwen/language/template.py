"""A conversation as tokens, by the chat template that the model file carries.

The template is rendered around placeholders, and only what the template itself wrote may become control tokens.
A message is tokenised apart, as plain text: `<|im_end|>` in a visitor's question or in a document stays plain letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.language.base import Message

__all__ = ["CHATML", "ChatTemplate", "Piece"]

# For files that carry no template: the turn markers most models have met.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)

_PLACEHOLDER = re.compile(r"(⟦message-\d+⟧)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt, tokenised apart from its neighbours.

    Attributes:
        tokens: at least one, unless it is an empty passage.
        is_passage: it was known beforehand, and may have been read already.
    """

    tokens: tuple[int, ...]
    is_passage: bool = False


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

    def pieces(self, messages: Sequence[Message], *, unended: bool = False) -> list[Piece]:
        """The prompt in order: each passage apart, and between them what the template and the other texts give.

        With `unended`, what the template writes behind the last message is left out.
        """
        texts, prompt = self._with_placeholders(messages)
        if unended:
            prompt = prompt[: [mark.end() for mark in _PLACEHOLDER.finditer(prompt)][-1]]
        pieces: list[Piece] = []
        plain: list[int] = []
        for part in filter(None, _PLACEHOLDER.split(prompt)):
            message = texts.get(part)
            for passage in message.passages if message else ():
                if plain:
                    pieces.append(Piece(tuple(plain)))
                pieces.append(Piece(tuple(self._tokenise(passage, False)), is_passage=True))
                plain = []
            plain += self._tokenise(message.text, False) if message else self._tokenise(part, True)
        return [*pieces, Piece(tuple(plain))] if plain else pieces

    def _with_placeholders(self, messages: Sequence[Message]) -> tuple[dict[str, Message], str]:
        try:
            return self._rendered([[message] for message in messages])
        except Exception:
            if len(messages) < 2 or messages[0].role != "system":
                raise
            # A template that refuses a system turn: its text in front of the first user's.
            return self._rendered([list(messages[:2]), *([message] for message in messages[2:])])

    def _rendered(self, turns: Sequence[Sequence[Message]]) -> tuple[dict[str, Message], str]:
        """Messages by their placeholders, and the prompt with those in it. A turn has the role of its last message."""
        texts: dict[str, Message] = {}
        rendered = []
        for turn in turns:
            marks = [f"⟦message-{len(texts) + n}⟧" for n in range(len(turn))]
            texts.update(zip(marks, turn, strict=True))
            rendered.append({"role": turn[-1].role, "content": "\n\n".join(marks)})
        return texts, self._render(rendered)
