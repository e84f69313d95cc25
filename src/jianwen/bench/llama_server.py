"""llama.cpp's own HTTP server, as a user would start it with its best cache flags: what our ways are compared with.

Needs the package xllamacpp (`pip install 'jianwen[bench]'`). It runs in a process of its own, on loopback:
`python -m jianwen.bench.llama_server MODEL CONTEXT THREADS` prints its address and ends when its input closes.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from jianwen.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["LlamaServer", "Served"]

REUSE_TOKENS = 64  # --cache-reuse: shortest stretch that it takes over from elsewhere in its cache
TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Served:
    """One answer's beginning.

    Attributes:
        first_token_s: from asking to the first token.
        read: tokens of the prompt that it read.
        decode_tok_s: how fast it wrote the tokens after the first, by its own account.
    """

    first_token_s: float
    read: int
    decode_tok_s: float


class LlamaServer:
    """A context manager."""

    def __init__(self, model: Path, *, context_tokens: int, threads: int) -> None:
        arguments = [str(model), str(context_tokens), str(threads)]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "jianwen.bench.llama_server", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        lines = iter(self._process.stdout.readline, "")
        self._address = next((line.split()[1] for line in lines if line.startswith("listening ")), "")
        if not self._address:
            raise ModelFailed(detail="llama.cpp's server did not start")

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("xllamacpp") is not None

    def ask(self, tokens: Sequence[int], *, max_tokens: int = 1) -> Served:
        """Have it read a prompt, given as tokens, and write so many."""
        body = {
            "prompt": list(tokens),
            "n_predict": max_tokens,
            "temperature": 0,
            "cache_prompt": True,
            "stream": True,
            "ignore_eos": True,
        }
        request = urllib.request.Request(  # noqa: S310 - the address is our child's
            f"{self._address}/completion",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        started_s = time.perf_counter()
        first_token_s = 0.0
        timings: dict[str, float] = {}
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310 - as above
            for line in response:
                if not line.startswith(b"data: {"):
                    continue
                first_token_s = first_token_s or time.perf_counter() - started_s
                timings = json.loads(line[6:]).get("timings", timings)
        return Served(first_token_s, int(timings.get("prompt_n", 0)), timings.get("predicted_per_second", 0.0))

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def main() -> None:
    import xllamacpp  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - an extra

    model, context_tokens, threads = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = int(context_tokens)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
    params.n_parallel = 1
    params.port = 0
    params.n_cache_reuse = REUSE_TOKENS
    params.warmup = True
    server = xllamacpp.Server(params)
    print("listening", server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
