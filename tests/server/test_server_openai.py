"""OpenAI's own client, unchanged, against a live server."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import openai
import pytest

from jianwen.assistant import Assistant
from jianwen.server.shapes import ChatAnswer, EmbeddingsAnswer, ModelsShape
from server.serving import QUESTION, SlowAssistant, add_rules, live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient
    from openai.types.chat import ChatCompletionMessageParam

    from jianwen.settings import Settings

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def theirs(slow: SlowAssistant) -> Iterator[openai.OpenAI]:
    """Their client, connected to our server."""
    slow.delay_s = 0.0
    with live(slow) as url, openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0, timeout=30) as client:
        yield client


def test_a_question_is_answered_with_citations_beside_the_choices(theirs: openai.OpenAI, slow: SlowAssistant) -> None:
    """Any model name is accepted; the answer cites the source, and the tokens are counted."""
    answer = theirs.chat.completions.create(model="gpt-whatever", messages=ASKED)
    assert "16:30" in (answer.choices[0].message.content or "")
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "gpt-whatever")
    citations: list[dict[str, Any]] = answer.model_dump()["citations"]
    assert {citation["source"] for citation in citations} == {"开放时间.txt"}
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert slow.library.conversations.list() == []


def test_a_stream_brings_words_then_citations_then_usage(theirs: openai.OpenAI) -> None:
    """The pieces make the answer; the last choice ends with the citations; usage follows where asked for."""
    stream = theirs.chat.completions.create(
        model="jianwen", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    *pieces, last, usage = list(stream)
    assert pieces[0].choices[0].delta.role == "assistant"
    assert len(pieces) > 3
    assert "16:30" in "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert last.choices[0].finish_reason == "stop"
    assert last.model_dump()["citations"][0]["n"] == 1
    assert (usage.choices, usage.usage is not None) == ([], True)
    assert len({piece.id for piece in (*pieces, last, usage)}) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_text_too(theirs: openai.OpenAI, *, stream: bool) -> None:
    """What the library does not say comes as words, streamed or not, without citations."""
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Who wrote the opera Carmen?"}]
    if stream:
        pieces = list(theirs.chat.completions.create(model="jianwen", messages=messages, stream=True))
        assert "do not say" in "".join(piece.choices[0].delta.content or "" for piece in pieces)
        assert pieces[-1].model_dump()["citations"] == []
    else:
        answer = theirs.chat.completions.create(model="jianwen", messages=messages)
        assert "do not say" in (answer.choices[0].message.content or "")


def test_earlier_messages_are_the_conversation(theirs: openai.OpenAI) -> None:
    """A follow-up is understood from the messages before it, given as text or as parts."""
    answer = theirs.chat.completions.create(
        model="jianwen",
        messages=[
            {"role": "system", "content": "Answer in rhymes."},
            {"role": "user", "content": "成人票多少钱？"},
            {"role": "assistant", "content": "成人票 60 元 [1]。"},
            {"role": "user", "content": [{"type": "text", "text": "那学生票呢？"}]},
        ],
    )
    assert "30" in (answer.choices[0].message.content or "")


def test_a_short_limit_ends_the_answer(theirs: openai.OpenAI) -> None:
    """`max_tokens` is kept and told as the reason of the end."""
    answer = theirs.chat.completions.create(model="jianwen", messages=ASKED, max_tokens=2)
    assert answer.usage is not None
    assert answer.usage.completion_tokens <= 2


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "system", "content": "only rules"}],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": "x" * 4001}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "nobody", "content": "x"}],
    ],
)
def test_what_cannot_be_asked_is_a_bad_request_of_theirs(theirs: openai.OpenAI, messages: Any) -> None:
    """The client raises its own error, with our words in two languages."""
    with pytest.raises(openai.BadRequestError) as caught:
        theirs.chat.completions.create(model="jianwen", messages=messages)
    assert isinstance(caught.value.body, dict)
    assert set(caught.value.body) == {"message", "message_zh", "type", "param", "code"}
    assert caught.value.body["type"] == "invalid_request_error"


@pytest.mark.parametrize("stream", [False, True])
def test_a_missing_model_is_503(settings: Settings, *, stream: bool) -> None:
    """Without the model's file the client hears which one is missing, before any stream begins."""
    with Assistant.open(replace(settings, language="qwen2.5-coder-1.5b")) as assistant, live(assistant) as url:
        add_rules(assistant)
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0)
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(model="jianwen", messages=ASKED, stream=stream)
    assert (caught.value.status_code, caught.value.code) == (503, "WeightsMissing")


def test_the_token_is_their_key(settings: Settings) -> None:
    """A server with a token takes it as the client's API key, and no other."""
    with Assistant.open(replace(settings, token="a long token")) as assistant, live(assistant) as url:
        assert openai.OpenAI(base_url=f"{url}/v1", api_key="a long token").models.list().data[0].id == "jianwen"
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{url}/v1", api_key="another", max_retries=0).models.list()


def test_embeddings_are_those_of_the_library(theirs: openai.OpenAI, slow: SlowAssistant) -> None:
    """Floats and the client's default base64 give the vectors that the library itself uses, of length 1."""
    texts = ["几点关门？", "When does it close?"]
    wanted = slow.embed(texts, "passage")
    as_default = theirs.embeddings.create(model="jianwen", input=texts)
    as_floats = theirs.embeddings.create(model="jianwen", input=texts, encoding_format="float")
    for answer in (as_default, as_floats):
        vectors = np.array([row.embedding for row in answer.data], np.float32)
        np.testing.assert_allclose(vectors, wanted, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_questions_are_embedded_as_questions_where_asked(client: TestClient, assistant: Assistant) -> None:
    """`input_type` chooses the role; base64 is little-endian float32."""
    body = {"input": "几点关门？", "input_type": "query", "encoding_format": "base64"}
    answer = client.post("/v1/embeddings", json=body).json()
    EmbeddingsAnswer.model_validate(answer)
    vector = np.frombuffer(base64.b64decode(answer["data"][0]["embedding"]), "<f4")
    np.testing.assert_allclose(vector, assistant.embed(["几点关门？"], "query")[0], atol=1e-6)


@pytest.mark.parametrize(
    "body",
    [
        {"input": []},
        {"input": ""},
        {"input": ["a", ""]},
        {"input": [[1, 2]]},
        {"input": ["x"] * 2049},
        {"input": "x", "dimensions": 3},
        {"input": "x", "encoding_format": "int8"},
        {"input": "x", "input_type": "poem"},
        {},
    ],
)
def test_what_cannot_be_embedded_is_a_bad_request(client: TestClient, body: dict[str, Any]) -> None:
    """Nothing, empty texts, token lists, too many and wrong options are refused in OpenAI's shape."""
    answer = client.post("/v1/embeddings", json=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_the_shapes_are_those_that_are_described(client: TestClient, assistant: Assistant) -> None:
    """The answers hold to the description in /openapi.json."""
    add_rules(assistant)
    ModelsShape.model_validate(client.get("/v1/models").json())
    ChatAnswer.model_validate(client.post("/v1/chat/completions", json={"messages": ASKED}).json())
    assert client.get("/v1/nothing").json()["error"]["type"] == "not_found_error"
