"""llama.cpp in this process: a GGUF file to text, token by token, reading no prefix twice.

Our own decode loop on its C interface: the longest common prefix with the previous prompt stays in memory,
the rest is read in chunks so that a stop is noticed, then the likeliest token is taken each time.
Does not fetch model files and does not sample. The only file that imports llama_cpp.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import threading
import warnings
from collections import deque
from typing import TYPE_CHECKING, Any

import llama_cpp
import numpy as np
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from jianwen.errors import ModelFailed, ModelUnavailable
from jianwen.language.base import LanguageModel, Message
from jianwen.language.reply import Run
from jianwen.language.template import CHATML, ChatTemplate

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


__all__ = ["LlamaCpp"]

_CHUNK_TOKENS = 128  # read between two looks at `cancelled`: about a second on two cores
_BATCH_TOKENS = 512
_PIECE_BYTES = 256  # longest token text of known vocabularies is about half of that
_TURN_POLL_S = 0.05
_SEQUENCE = 0
_LOG_ERROR = 3
_FLASH_ATTENTION_OFF = 0

_complaints: deque[str] = deque(maxlen=8)


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator,unused-ignore]
def _log(level: int, text: bytes, _user_data: Any) -> None:
    """Keep llama.cpp's errors for our own message, and drop the rest of its talk."""
    if level == _LOG_ERROR:
        _complaints.append(text.decode(errors="replace").strip())


class LlamaCpp(LanguageModel):
    """A GGUF chat model. It serves one reply at a time: the next one waits for its turn."""

    def __init__(self, path: Path, *, name: str, context_tokens: int, threads: int) -> None:
        """Load the file.

        Args:
            path: of the GGUF file.
            name: as people chose it.
            context_tokens: the window; at most the one the model was trained for.
            threads: 0 means one per core.

        Raises:
            ModelUnavailable: the file is damaged, of an unknown kind, or too large for this box.
        """
        super().__init__()
        self.name = name
        self._turn = threading.Lock()  # released by whichever thread ends the reply
        self._remembered: list[int] = []  # tokens in llama.cpp's memory, in order
        self._context: Any = None
        self._batch: Any = None
        self._model = self._load(path)
        try:
            self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
            trained = llama_cpp.llama_model_n_ctx_train(self._model)
            self.context_tokens = min(context_tokens, trained) if trained > 0 else context_tokens
            self._context = self._open(threads or _cores())
            self._memory = llama_cpp.llama_get_memory(self._context)
            self._template = ChatTemplate(self._renderer(), self._tokenise)
        except BaseException:
            self.close()
            raise
        self._vocabulary_size = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        self._batch = llama_cpp.llama_batch_init(_CHUNK_TOKENS, 0, 1)

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        tokens = self._prompt(messages)
        while not self._turn.acquire(timeout=_TURN_POLL_S):
            if run.is_cancelled:
                return
        try:
            if self._is_closed:
                raise ModelFailed(detail="the model was closed")
            self._read(tokens, run)
            if not run.is_cancelled:
                yield from self._write(run)
        finally:
            self._turn.release()

    def _odds(self, messages: Sequence[Message], yes: Sequence[str], no: Sequence[str]) -> float:
        with self._turn:
            if self._is_closed:
                raise ModelFailed(detail="the model was closed")
            self._read(self._prompt(messages), Run(1))
            logits = self._logits()
            return self._weight(logits, yes) - self._weight(logits, no)

    def _weight(self, logits: NDArray[np.float32], words: Sequence[str]) -> float:
        """Logarithm of the unscaled probability that the reply begins with one of the words, however capitalised."""
        spellings = {spelling for word in words for spelling in (word, word.capitalize(), " " + word)}
        first = {self._tokenise(spelling, False)[0] for spelling in spellings}
        return float(np.logaddexp.reduce(logits[sorted(first)]))

    def _read(self, tokens: list[int], run: Run) -> None:
        """Bring the prompt into memory, keeping what the previous one left of it there."""
        run.reused = self._keep_prefix(tokens)
        for at in range(run.reused, len(tokens), _CHUNK_TOKENS):
            if run.is_cancelled:
                return
            chunk = tokens[at : at + _CHUNK_TOKENS]
            self._decode(chunk)
            run.read += len(chunk)

    def _write(self, run: Run) -> Generator[str]:
        """One piece a token. A token may end within a character: that part waits for the next."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while not run.is_cancelled:
            token = self._likeliest()
            if llama_cpp.llama_vocab_is_eog(self._vocabulary, token):
                return
            run.written += 1
            yield decoder.decode(self._bytes_of(token))
            if run.written == run.max_tokens:
                run.finish = "length"
                return
            self._decode([token])

    def _keep_prefix(self, tokens: list[int]) -> int:
        """Forget what follows the common prefix; its length. At least one token is left to read, for its logits."""
        common = 0
        for ours, theirs in zip(tokens[:-1], self._remembered, strict=False):
            if ours != theirs:
                break
            common += 1
        if common < len(self._remembered) and not llama_cpp.llama_memory_seq_rm(self._memory, _SEQUENCE, common, -1):
            llama_cpp.llama_memory_clear(self._memory, True)  # a recurrent state cannot be cut in the middle
            common = 0
        del self._remembered[common:]
        return common

    def _decode(self, tokens: list[int]) -> None:
        """Append at most `_CHUNK_TOKENS` to memory; logits of the last one are ready afterwards."""
        batch = self._batch
        batch.n_tokens = len(tokens)
        for at, token in enumerate(tokens):
            batch.token[at] = token
            batch.pos[at] = len(self._remembered) + at
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = _SEQUENCE
            batch.logits[at] = at == len(tokens) - 1
        code = llama_cpp.llama_decode(self._context, batch)
        if code != 0:
            llama_cpp.llama_memory_clear(self._memory, True)
            self._remembered.clear()
            raise ModelFailed(detail=f"llama.cpp could not decode, code {code}")
        self._remembered += tokens

    def _likeliest(self) -> int:
        return int(self._logits().argmax())

    def _logits(self) -> NDArray[np.float32]:
        """Of the token that comes next, (vocabulary,) float32; valid until the next `_decode`."""
        logits = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(logits, shape=(self._vocabulary_size,))

    def _bytes_of(self, token: int) -> bytes:
        size = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def _count(self, messages: Sequence[Message]) -> int:
        return len(self._prompt(messages))

    def _count_text(self, text: str) -> int:
        return len(self._tokenise(text, False))

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        try:
            tokens = self._template.tokens(messages)
        except Exception as exc:  # a template is a program inside the file, and may raise anything
            raise self._unavailable(f"its chat template fails: {exc}") from exc
        first = llama_cpp.llama_vocab_bos(self._vocabulary)
        if llama_cpp.llama_vocab_get_add_bos(self._vocabulary) and tokens[:1] != [first]:
            return [first, *tokens]
        return tokens

    def _tokenise(self, text: str, control: bool) -> list[int]:
        data = text.encode(errors="replace")
        room = len(data) + 2  # a token is at least a byte, but for a leading space that some vocabularies add
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), buffer, room, False, control)
        if count < 0:
            raise ModelFailed(detail="a text could not be split into tokens")
        return list(buffer[:count])

    def _renderer(self) -> Any:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        try:
            formatter = Jinja2ChatFormatter(
                template=template.decode() if template else CHATML,
                bos_token=self._token_text(llama_cpp.llama_vocab_bos(self._vocabulary)),
                eos_token=self._token_text(llama_cpp.llama_vocab_eos(self._vocabulary)),
            )
        except Exception as exc:  # see `_prompt`
            raise self._unavailable(f"its chat template cannot be read: {exc}") from exc
        # Models that can think aloud are asked not to: a visitor waits for the answer.
        return lambda messages: formatter(messages=messages, enable_thinking=False).prompt

    def _token_text(self, token: int) -> str:
        return llama_cpp.llama_vocab_get_text(self._vocabulary, token).decode(errors="replace") if token >= 0 else ""

    def _load(self, path: Path) -> Any:
        llama_cpp.llama_log_set(_log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        _complaints.clear()
        model = llama_cpp.llama_model_load_from_file(os.fsencode(path), llama_cpp.llama_model_default_params())
        if not model:
            raise self._unavailable(_complaints[0] if _complaints else "the file cannot be loaded")
        return model

    def _open(self, threads: int) -> Any:
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = self.context_tokens
        options.n_batch = options.n_ubatch = _BATCH_TOKENS
        options.n_threads = options.n_threads_batch = threads
        options.flash_attn_type = _FLASH_ATTENTION_OFF
        context = llama_cpp.llama_init_from_model(self._model, options)
        if not context:
            raise self._unavailable(f"no memory for a window of {self.context_tokens} tokens")
        return context

    def _unavailable(self, detail: str) -> ModelUnavailable:
        return ModelUnavailable(
            name=self.name,
            detail=detail,
            remedy="Run `jianwen models check`, or choose another model.",
            remedy_zh="请运行 `jianwen models check`，或换一个模型。",
        )

    def __del__(self) -> None:
        if getattr(self, "_model", None) and not self._is_closed:
            warnings.warn(f"{self.name} was never closed", ResourceWarning, stacklevel=1)
            self.close()

    def _close(self) -> None:
        with self._turn:
            if self._context:
                llama_cpp.llama_free(self._context)
            llama_cpp.llama_model_free(self._model)
            if self._batch:
                llama_cpp.llama_batch_free(self._batch)


def _cores() -> int:
    """Those that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
