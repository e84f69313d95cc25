"""llama.cpp in this process, as its engine needs it: tokens in, logits out, and the memory of what was read.

Does not schedule, compose or choose tokens: `engine.py` does. Not safe from threads, except for `tokenise`, `bytes_of`
and `interrupt`. The only file of this room that imports llama_cpp.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import llama_cpp
import numpy as np
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from jianwen.errors import ModelFailed, ModelUnavailable
from jianwen.language.template import CHATML

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


__all__ = ["CACHE_TYPES", "Llama", "Rows"]

CACHE_TYPES = {"f16": 1, "q8_0": 8}  # ggml's numbers
_BYTES = {"f16": 2.0, "q8_0": 34 / 32}  # a value; q8_0 has a scale a block of 32
_POSITION_BYTES = 16  # a token in a saved state, beside its keys and values: position and sequences
_STATE_HEAD_BYTES = 4096  # at most: kinds and row sizes of every layer
_BATCH_TOKENS = 512
_PIECE_BYTES = 256  # longest token text of known vocabularies is about half of that
_LOG_ERROR = 3
_INTERRUPTED = 2  # what `llama_decode` returns then

_complaints: deque[str] = deque(maxlen=8)


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator,unused-ignore]
def _log(level: int, text: bytes, _user_data: Any) -> None:
    """Keep llama.cpp's errors for our own message, and drop the rest of its talk."""
    if level == _LOG_ERROR:
        _complaints.append(text.decode(errors="replace").strip())


@dataclass(frozen=True, slots=True)
class Rows:
    """Tokens for one sequence within a step.

    Attributes:
        sequence: whose memory they continue.
        at: position of the first one; it must be the sequence's next.
        tokens: at least one.
        wanted: how many of the last ones need logits.
    """

    sequence: int
    at: int
    tokens: Sequence[int]
    wanted: int


class Llama:
    """A GGUF model with memory for several sequences. Close it once."""

    def __init__(
        self, path: Path, *, name: str, context_tokens: int, cells: int, sequences: int, threads: int, cache: str
    ) -> None:
        """Load the file.

        Args:
            path: of the GGUF file.
            name: as people chose it, for errors.
            context_tokens: the window wanted; at most the one the model was trained for.
            cells: tokens that all sequences together can hold.
            sequences: how many there are.
            threads: 0 means one per core.
            cache: type of keys and values, a key of `CACHE_TYPES`.

        Raises:
            ModelUnavailable: the file is damaged, of an unknown kind, or too large for this box.
        """
        self.name = name
        self.cells = cells
        self.sequences = sequences
        self._context: Any = None
        self._batch: Any = None
        self._model = self._load(path)
        try:
            self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
            trained = llama_cpp.llama_model_n_ctx_train(self._model)
            self.context_tokens = min(context_tokens, trained) if trained > 0 else context_tokens
            self._context = self._open(threads or _cores(), CACHE_TYPES[cache])
            self._memory = llama_cpp.llama_get_memory(self._context)
            self._renderer = self._open_renderer()
        except BaseException:
            self.close()
            raise
        self._vocabulary_size = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        self._batch = llama_cpp.llama_batch_init(_BATCH_TOKENS, 0, 1)
        self._stop = ctypes.create_string_buffer(2)
        self._stop_function = _strlen_as_callback()
        llama_cpp.llama_set_abort_callback(self._context, self._stop_function, ctypes.addressof(self._stop))
        model = self._model
        self.is_recurrent = bool(
            llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)
        )  # its memory cannot be cut in the middle
        self._cell_bytes = self._cell_values() * _BYTES[cache]
        self.memory_bytes = llama_cpp.llama_model_size(model) + round(self._cell_bytes * cells)
        self.can_shift = not self.is_recurrent and bool(llama_cpp.llama_memory_can_shift(self._memory))
        layout = (llama_cpp.__version__, llama_cpp.llama_model_n_layer(model), llama_cpp.llama_model_n_embd(model))
        self.layout = f"{layout} {cache} flash=off"  # two states fit each other only if this is equal

    # -- text ----------------------------------------------------------------------------------------------------------

    def render(self, messages: list[dict[str, str]]) -> str:
        """The chat template that the file carries, filled in. It is a program, and may raise anything."""
        # Models that can think aloud are asked not to: a visitor waits for the answer.
        return str(self._renderer(messages=messages, enable_thinking=False).prompt)

    def tokenise(self, text: str, control: bool) -> list[int]:
        """The text's tokens; with `control`, marks such as `<|im_end|>` become control tokens."""
        if not self._model:
            raise ModelFailed(detail="the model was closed")
        data = text.encode(errors="replace")
        room = len(data) + 2  # a token is at least a byte, but for a leading space that some vocabularies add
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), buffer, room, False, control)
        if count < 0:
            raise ModelFailed(detail="a text could not be split into tokens")
        return list(buffer[:count])

    def bytes_of(self, token: int) -> bytes:
        """A token's text: UTF-8, but it may begin or end within a character."""
        size = _PIECE_BYTES
        while self._model:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            size = -length
        return b""  # it was closed while somebody still read

    def is_end(self, token: int) -> bool:
        """Whether an answer ends with it."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocabulary, token))

    @property
    def first_token(self) -> int | None:
        """The one that every prompt begins with, if this model wants one."""
        wants = llama_cpp.llama_vocab_get_add_bos(self._vocabulary)
        return int(llama_cpp.llama_vocab_bos(self._vocabulary)) if wants else None

    # -- reading -------------------------------------------------------------------------------------------------------

    def decode(self, rows: Sequence[Rows]) -> bool:
        """Bring tokens into memory, at most 512 together; False when it was interrupted, and nothing of it is kept.

        Raises:
            ModelFailed: llama.cpp could not.
        """
        if sum(len(row.tokens) for row in rows) > _BATCH_TOKENS:
            raise ModelFailed(detail=f"more than {_BATCH_TOKENS} tokens in one step")
        batch, n = self._batch, 0
        for row in rows:
            first_wanted = len(row.tokens) - row.wanted
            for offset, token in enumerate(row.tokens):
                batch.token[n] = token
                batch.pos[n] = row.at + offset
                batch.n_seq_id[n] = 1
                batch.seq_id[n][0] = row.sequence
                batch.logits[n] = offset >= first_wanted
                n += 1
        batch.n_tokens = n
        code = llama_cpp.llama_decode(self._context, batch)
        if code not in {0, _INTERRUPTED}:
            raise ModelFailed(detail=f"llama.cpp could not decode, code {code}")
        return bool(code == 0)

    def logits(self, index: int) -> NDArray[np.float32]:
        """Of what follows the step's token at `index`, (vocabulary,) float32; valid until the next `decode`."""
        logits = llama_cpp.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(logits, shape=(self._vocabulary_size,))

    def interrupt(self, *, stop: bool) -> None:
        """From any thread: let a running `decode` give up (`stop`), or later ones run through again."""
        self._stop[0] = b"\1" if stop else b"\0"

    # -- memory --------------------------------------------------------------------------------------------------------

    def forget(self, sequence: int, start: int = 0) -> bool:
        """Forget a sequence from a position on; False when this kind of model cannot."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def forget_start(self, sequence: int, end: int) -> None:
        """Forget a sequence up to a position."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, 0, end)

    def forget_everything(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)

    def copy(self, sequence: int, to: int, end: int = -1) -> None:
        """Let another sequence remember the same, up to a position; costs no memory."""
        llama_cpp.llama_memory_seq_cp(self._memory, sequence, to, -1, end)

    def shift(self, sequence: int, by: int) -> None:
        """Move all of a sequence to later (or earlier) positions; keys are turned at the next `decode`."""
        if by:
            llama_cpp.llama_memory_seq_add(self._memory, sequence, -1, -1, by)

    def save(self, sequence: int) -> bytes:
        """What a sequence remembers."""
        size = llama_cpp.llama_state_seq_get_size(self._context, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._context, buffer, size, sequence)
        if written != size:
            raise ModelFailed(detail="a state could not be saved")
        return bytes(buffer)

    def state_bytes(self, tokens: int) -> int:
        """About what `save` takes for so many tokens, a little more rather than less."""
        return round(tokens * (self._cell_bytes + _POSITION_BYTES)) + _STATE_HEAD_BYTES

    def restore(self, sequence: int, state: bytes | bytearray | memoryview) -> bool:
        """Let a sequence remember what was saved, at the positions it had; False when it does not fit."""
        data = np.frombuffer(state, np.uint8)
        pointer = data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return bool(llama_cpp.llama_state_seq_set_data(self._context, pointer, len(data), sequence) == len(data))

    # -- opening and closing -------------------------------------------------------------------------------------------

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
        if self._model:
            llama_cpp.llama_model_free(self._model)
        if self._batch:
            llama_cpp.llama_batch_free(self._batch)
        self._context = self._model = self._batch = None

    def _cell_values(self) -> int:
        """Keys and values of one token in all layers. Models with other memories than attention's need less."""
        heads = max(1, llama_cpp.llama_model_n_head(self._model))
        wide = llama_cpp.llama_model_n_embd(self._model) // heads * llama_cpp.llama_model_n_head_kv(self._model)
        return int(2 * wide * llama_cpp.llama_model_n_layer(self._model))

    def _open_renderer(self) -> Callable[..., Any]:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        try:
            return Jinja2ChatFormatter(
                template=template.decode() if template else CHATML,
                bos_token=self._token_text(llama_cpp.llama_vocab_bos(self._vocabulary)),
                eos_token=self._token_text(llama_cpp.llama_vocab_eos(self._vocabulary)),
            )
        except Exception as exc:  # see `render`
            raise self.unavailable(f"its chat template cannot be read: {exc}") from exc

    def _token_text(self, token: int) -> str:
        return llama_cpp.llama_vocab_get_text(self._vocabulary, token).decode(errors="replace") if token >= 0 else ""

    def _load(self, path: Path) -> Any:
        llama_cpp.llama_log_set(_log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        _complaints.clear()
        model = llama_cpp.llama_model_load_from_file(os.fsencode(path), llama_cpp.llama_model_default_params())
        if not model:
            raise self.unavailable(_complaints[0] if _complaints else "the file cannot be loaded")
        return model

    def _open(self, threads: int, cache_type: int) -> Any:
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = self.cells
        options.n_batch = options.n_ubatch = _BATCH_TOKENS
        options.n_seq_max = self.sequences
        options.kv_unified = True  # else no range of one sequence can be given to another
        options.n_threads = options.n_threads_batch = threads
        options.type_k = options.type_v = cache_type
        # On two cores reading is a little slower with flash attention; quantised values need it.
        options.flash_attn_type = int(cache_type != CACHE_TYPES["f16"])
        context = llama_cpp.llama_init_from_model(self._model, options)
        if not context:
            raise self.unavailable(f"no memory for {self.cells} tokens")
        return context

    def unavailable(self, detail: str) -> ModelUnavailable:
        return ModelUnavailable(
            name=self.name,
            detail=detail,
            remedy="Run `jianwen models check`, or choose another model.",
            remedy_zh="请运行 `jianwen models check`，或换一个模型。",
        )


def _strlen_as_callback() -> Any:
    """A C function from an address to "stop?": C's own strlen, whose result is 0 for the empty string there.

    llama.cpp asks some thousand times a step. A function in Python would wait for the interpreter's lock each time.
    """
    address = ctypes.cast(ctypes.CDLL(None).strlen, ctypes.c_void_p).value
    assert address is not None
    return llama_cpp.ggml_abort_callback(address)


def _cores() -> int:
    """Those that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
