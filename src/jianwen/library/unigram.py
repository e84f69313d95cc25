"""Text to the ids that multilingual-e5-small was trained on: characters replaced, then cut into the likeliest pieces.

The cutting is SentencePiece's; the vocabulary and the replacements are the packaged file's. Adds no prefix and no ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwen.library.e5file import E5File

__all__ = ["Unigram", "vocabulary"]

_SPACE = "▁"  # U+2581 stands for a space in every piece
_UNIGRAM, _NORMAL, _UNKNOWN = 1, 1, 2  # TrainerSpec.ModelType and SentencePiece.Type of sentencepiece's protobuf


class Unigram:
    """Cuts text into ids.

    Args:
        model: what `vocabulary` made.
        replacements: `E5File.replacements`.
    """

    def __init__(self, model: bytes, replacements: Mapping[int, str]) -> None:
        from sentencepiece import SentencePieceProcessor  # noqa: PLC0415 - compiled library

        self._processor = SentencePieceProcessor(model_proto=model)
        self._replacements = replacements

    def ids(self, text: str) -> list[int]:
        text = re.sub(" {2,}", " ", text.translate(self._replacements))
        if not text.startswith(" "):
            text = " " + text
        return list(self._processor.encode(text.replace(" ", _SPACE)))


def vocabulary(file: E5File) -> bytes:
    """The packaged vocabulary as a SentencePiece model that replaces and adds nothing by itself."""
    from sentencepiece import sentencepiece_model_pb2  # noqa: PLC0415 - only when converting

    messages: Any = sentencepiece_model_pb2  # made when it is imported, so without types
    model = messages.ModelProto()
    for number, (piece, score) in enumerate(file.pieces()):
        # Even "<s>" is an ordinary piece: the packaged engine finds it in texts, too.
        model.pieces.add(piece=piece, score=score, type=_UNKNOWN if number == file.unknown else _NORMAL)
    model.trainer_spec.model_type = _UNIGRAM
    model.trainer_spec.unk_id = file.unknown
    model.trainer_spec.bos_id = model.trainer_spec.eos_id = model.trainer_spec.pad_id = -1
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = False
    return bytes(model.SerializeToString())
