"""A language model behind HTTP: any server that speaks OpenAI's chat completions, as a stream.

Tokens are estimated, since the vocabulary is there. A connection that fails is tried again; an answer that has begun
never is. The key appears in no message. The only file that imports httpx.
"""

from __future__ import annotations

import ipaddress
import json
import time
from typing import TYPE_CHECKING, Any

import httpx

from jianwen.errors import ModelFailed, ModelUnavailable
from jianwen.language.base import LanguageModel, Message
from jianwen.language.estimate import estimate_messages, estimate_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from jianwen.language.reply import Run

__all__ = ["Compatible"]

_TIMEOUT = httpx.Timeout(120.0, connect=5.0)  # seconds; reading a long prompt on a small box takes its time
_PAUSES_S = (0.2, 0.8)  # before the second and the third attempt to connect
_REASON_CHARACTERS = 160
_REASON_BYTES = 20_000
_STOP_STRINGS = 4  # the most that the protocol takes; all of them hold here in any case


class Compatible(LanguageModel):
    """Ollama, llama.cpp's server, vLLM, or a service in the cloud."""

    def __init__(self, url: str, *, model: str, key: str, context_tokens: int, offline: bool) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: up to and without "/chat/completions".
            model: the model's name on that server.
            key: bearer token, or empty.
            context_tokens: the window to count on.
            offline: only this machine may be asked.

        Raises:
            ModelUnavailable: the address is none, or is another machine while offline.
        """
        super().__init__()
        self.name = model or "openai"
        self.context_tokens = context_tokens
        self._model = model
        self._key = key.strip()
        if not self._key.isascii() or not self._key.isprintable():  # refused here, so that no library quotes it
            raise self._unavailable("the key holds characters that no key has")
        address = self._address(url)
        is_here = _is_loopback(address.host)
        if offline and not is_here:
            raise self._unavailable(f"{address.host} is another machine, and Jianwen is offline")
        self._url = f"{url.rstrip('/')}/chat/completions"
        # A proxy of the environment cannot reach our own loopback.
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=not is_here)

    def _generate(self, messages: Sequence[Message], run: Run) -> Generator[str]:
        run.read = self.count(messages)
        response = self._connect(self._body(messages, run), run)
        if response is None:
            return
        try:
            yield from self._pieces(response, run)
        except httpx.HTTPError as exc:
            raise ModelFailed(detail=self._clean(str(exc) or type(exc).__name__)) from exc
        except (
            AttributeError,
            KeyError,
            TypeError,
        ) as exc:  # the stream is another's data: any field may be of any type
            raise ModelFailed(detail="the server's answer has an unknown shape") from exc
        finally:
            response.close()

    def _connect(self, body: dict[str, Any], run: Run) -> httpx.Response | None:
        """The streaming answer, its body unread; None when cancelled between two attempts."""
        for pause_s in (*_PAUSES_S, None):
            try:
                return self._send(body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                if pause_s is None:
                    raise self._unavailable(f"no connection: {exc}") from exc
                time.sleep(pause_s)
            except httpx.HTTPError as exc:
                raise self._unavailable(str(exc) or type(exc).__name__) from exc
            if run.is_cancelled:
                return None
        return None

    def _send(self, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        request = self._client.build_request("POST", self._url, json=body, headers=headers)
        response = self._client.send(request, stream=True)
        if response.status_code != httpx.codes.OK:
            try:
                raise self._unavailable(f"HTTP {response.status_code}: {_reason(response)}")
            finally:
                response.close()
        return response

    def _body(self, messages: Sequence[Message], run: Run) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.whole} for message in messages],
            "max_tokens": run.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return body | {"stop": list(run.stop[:_STOP_STRINGS])} if run.stop else body

    def _pieces(self, response: httpx.Response, run: Run) -> Iterator[str]:
        is_complete = False
        for event in _events(response):
            if run.is_cancelled:
                return
            if event is None:  # "[DONE]"
                is_complete = True
                break
            if "error" in event:
                raise ModelFailed(detail=self._clean(_text_of(event["error"])))
            _keep_counts(event, run)
            piece, reason = _choice(event)
            if reason:
                is_complete = True
                run.finish = "length" if reason == "length" else "stop"
            if piece:
                run.written += 1
                yield piece
        if not is_complete:
            raise ModelFailed(detail="the server ended the answer before its end")

    def _count(self, messages: Sequence[Message]) -> int:
        return estimate_messages(messages)

    def _count_text(self, text: str) -> int:
        return estimate_text(text)

    def _close(self) -> None:
        self._client.close()

    def _address(self, url: str) -> httpx.URL:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as exc:
            raise self._unavailable(f"the address is not valid: {exc}") from exc
        if address.scheme not in {"http", "https"} or not _is_host(address.host):
            raise self._unavailable("the address must begin with http:// or https://")
        return address

    def _clean(self, text: str) -> str:
        """Short, and without the key, which some servers repeat in their complaint."""
        return (text.replace(self._key, "…") if self._key else text)[:_REASON_CHARACTERS]

    def _unavailable(self, detail: str) -> ModelUnavailable:
        return ModelUnavailable(
            name=self.name,
            detail=self._clean(detail),
            remedy="Check JIANWEN_LANGUAGE_URL, _MODEL and _KEY, and that the server runs.",
            remedy_zh="请检查 JIANWEN_LANGUAGE_URL、_MODEL、_KEY，并确认服务已启动。",
        )


def _events(response: httpx.Response) -> Iterator[dict[str, Any] | None]:
    """The events of the stream as objects, None for the last one. Comments and unknown lines are skipped."""
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            yield None
            return
        try:
            event = json.loads(data)
        except ValueError as exc:
            raise ModelFailed(detail="the server sent something that is not JSON") from exc
        if isinstance(event, dict):
            yield event


def _choice(event: dict[str, Any]) -> tuple[str, str]:
    """The text of an event, and why the answer ended there; each may be empty."""
    choices = event.get("choices") or [{}]
    piece = (choices[0].get("delta") or {}).get("content") or ""
    if not isinstance(piece, str):
        raise TypeError
    return piece, choices[0].get("finish_reason") or ""


def _keep_counts(event: dict[str, Any], run: Run) -> None:
    """The server's own counts are better than ours; not every server sends them."""
    usage = event.get("usage")
    if not usage:
        return
    run.reused = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    run.read = usage.get("prompt_tokens", run.read + run.reused) - run.reused
    run.written = usage.get("completion_tokens", run.written)


def _reason(response: httpx.Response) -> str:
    """The server's own words, as far as they are short."""
    body = b""
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _REASON_BYTES:
                break
        return _text_of(json.loads(body).get("error"))
    except (ValueError, AttributeError, httpx.HTTPError):
        return response.reason_phrase or body.decode(errors="replace")


def _text_of(error: Any) -> str:
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _is_host(host: str) -> bool:
    """Whether it can be one at all; httpx would quote what cannot, and look it up."""
    return bool(host) and "%" not in host and " " not in host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
