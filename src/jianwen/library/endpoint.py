"""Vectors from another program: any server that speaks OpenAI's `/embeddings`, on this box or elsewhere.

The texts go there. A connection that fails is tried again. The key appears in no message. With `language/compatible.py`
one of the two files that import httpx.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from jianwen.errors import EmbedderUnavailable
from jianwen.library.embed import Embedder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwen.library.embed import FloatArray, Role

__all__ = ["Endpoint"]

_TIMEOUT = httpx.Timeout(120.0, connect=5.0)  # seconds; a small box may take its time over 16 passages
_PAUSES_S = (0.2, 0.8)  # before the second and the third attempt to connect
_REASON_CHARACTERS = 160


class Endpoint(Embedder):
    """Ollama, llama.cpp's server, vLLM, or a service in the cloud.

    Args:
        url: up to and without "/embeddings".
        model: the model's name on that server.
        key: bearer token, or empty.
        prefixes: what to put before a text of each role.
        offline: only this machine may be asked.

    Raises:
        EmbedderUnavailable: the address is none, it is another machine while offline, or nobody answers there.
    """

    def __init__(self, url: str, *, model: str, key: str, prefixes: Mapping[Role, str], offline: bool) -> None:
        super().__init__()
        self.name = model or "openai"
        self._model = model
        self._key = key.strip()
        if not self._key.isascii() or not self._key.isprintable():  # refused here, so that no library quotes it
            raise self._unavailable("the key holds characters that no key has")
        self._prefixes = dict(prefixes)
        is_here = self._is_here(url)
        if offline and not is_here:
            raise self._unavailable("it is on another machine, and Jianwen is offline")
        self._url = f"{url.rstrip('/')}/embeddings"
        # A proxy of the environment cannot reach our own loopback.
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=not is_here)
        self.dim = self._embed(["a"], "passage").shape[1]

    @property
    def space(self) -> str:
        """By the model, wherever it is served, and by what is put before passages."""
        named = self._model or self._url
        return "openai-" + hashlib.sha256(f"{named}\n{self._prefixes.get('passage', '')}".encode()).hexdigest()[:16]

    def _embed(self, texts: Sequence[str], role: Role) -> FloatArray:
        answer = self._ask([self._prefixes.get(role, "") + text for text in texts])
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (KeyError, TypeError, ValueError) as exc:  # the answer is another's data: any field may be of any type
            raise self._unavailable("the server's answer has an unknown shape") from exc
        dim = getattr(self, "dim", None) or vectors.shape[-1]
        if vectors.shape != (len(texts), dim) or not np.isfinite(vectors).all():
            raise self._unavailable(f"{len(texts)} texts gave vectors of shape {vectors.shape}, not of {dim} numbers")
        return vectors

    def _ask(self, texts: Sequence[str]) -> Any:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            response = self._posted({"model": self._model, "input": list(texts)}, headers)
            if response.status_code != httpx.codes.OK:
                raise self._unavailable(f"HTTP {response.status_code}: {response.text}")
            return response.json()
        except httpx.HTTPError as exc:
            raise self._unavailable(str(exc) or type(exc).__name__) from exc
        except ValueError as exc:
            raise self._unavailable("the server sent something that is not JSON") from exc

    def _posted(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
        for pause_s in _PAUSES_S:
            try:
                return self._client.post(self._url, json=body, headers=headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                time.sleep(pause_s)
        return self._client.post(self._url, json=body, headers=headers)

    def _is_here(self, url: str) -> bool:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as exc:
            raise self._unavailable(f"the address is not valid: {exc}") from exc
        if address.scheme not in {"http", "https"} or not address.host or set("% ") & set(address.host):
            raise self._unavailable("the address must begin with http:// or https://")
        try:
            return ipaddress.ip_address(address.host.strip("[]")).is_loopback
        except ValueError:
            return address.host == "localhost"

    def _unavailable(self, detail: str) -> EmbedderUnavailable:
        """Short, and without the key, which some servers repeat in their complaint."""
        detail = detail.replace(self._key, "…") if self._key else detail
        return EmbedderUnavailable(name=self.name, detail=detail[:_REASON_CHARACTERS])
