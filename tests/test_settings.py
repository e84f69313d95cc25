"""Settings: defaults, then the file, then the environment; and one clear error for whatever is wrong."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from jianwen.errors import BadSetting
from jianwen.settings import Settings


def load(home: Path, text: str = "", **variables: str) -> Settings:
    """The settings of a home whose file has this text."""
    home.mkdir(exist_ok=True)
    if text:
        (home / "settings.toml").write_text(text, encoding="utf-8")
    return Settings.load({"JIANWEN_HOME": str(home), **variables})


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    """Only the home is told; paths are absolute, and nothing is created on the disk."""
    home = tmp_path / "home"
    settings = Settings.load({"JIANWEN_HOME": str(home)})
    assert settings == replace(Settings(), home=home, weights=Path("~/.cache/jianwen").expanduser())
    assert settings.database == home / "library.sqlite"
    assert not home.exists()


def test_the_file_overrides_defaults_and_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """Each later place wins; an empty variable says nothing."""
    text = 'port = 9000\noffline = true\nlanguage = "scripted"\n'
    settings = load(tmp_path, text, JIANWEN_PORT="9001", JIANWEN_LANGUAGE="", JIANWEN_THREADS="3")
    assert (settings.port, settings.offline, settings.language, settings.threads) == (9001, True, "scripted", 3)


@pytest.mark.parametrize(("word", "meaning"), [("1", True), ("Yes", True), ("ON", True), ("0", False), ("no", False)])
def test_yes_and_no_have_several_words(tmp_path: Path, word: str, meaning: bool) -> None:
    """Whatever people write for yes and no in an environment is understood."""
    assert load(tmp_path, JIANWEN_OFFLINE=word).offline is meaning


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("port = 'high'", "port"),
        ("port = 80.5", "port"),
        ("port = true", "port"),
        ("port = -1", "port"),
        ("port = 70000", "port"),
        ("offline = 'perhaps'", "offline"),
        ("weights = 5", "weights"),
        ("token = ['a']", "token"),
        ("colour = 'red'", "colour"),
        ("[server]\nport = 1", "server"),
        ("port = ", "settings.toml"),
    ],
)
def test_a_wrong_file_names_what_is_wrong(tmp_path: Path, text: str, word: str) -> None:
    """Wrong types, unknown keys and broken TOML are one line that names the setting, and never a foreign error."""
    with pytest.raises(BadSetting) as caught:
        load(tmp_path, text)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a folder in the file's place."""
    for make in ((lambda path: path.write_bytes(b"\xff\xfe")), Path.mkdir):
        home = tmp_path / str(make)
        home.mkdir()
        make(home / "settings.toml")
        with pytest.raises(BadSetting, match=r"settings\.toml"):
            load(home)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("OFFLINE", "2"), ("MAX_ROWS", "-5"), ("THREADS", "1.5")]
)
def test_a_wrong_variable_is_an_error_too(tmp_path: Path, name: str, value: str) -> None:
    """The environment is checked like the file."""
    with pytest.raises(BadSetting, match=name.lower()):
        load(tmp_path, **{f"JIANWEN_{name}": value})


def test_a_child_process_gets_everything_but_the_secrets(tmp_path: Path) -> None:
    """What `for_child` hands on loads as the same settings, without token and keys."""
    secrets = {"JIANWEN_TOKEN": "secret", "JIANWEN_LANGUAGE_KEY": "key", "JIANWEN_EMBEDDER_KEY": "other"}
    settings = load(tmp_path, **secrets, JIANWEN_MAX_ROWS="7", JIANWEN_OFFLINE="yes")
    handed_on = settings.for_child()
    assert not {"secret", "key", "other"} & set(handed_on.values())
    assert set(handed_on) == {f"JIANWEN_{field.name.upper()}" for field in fields(Settings)}
    assert Settings.load(handed_on) == replace(settings, token="", language_key="", embedder_key="")


def test_a_child_process_that_asks_a_server_for_vectors_gets_its_key(tmp_path: Path) -> None:
    """That key alone, and only when it is needed."""
    secrets = {"JIANWEN_TOKEN": "secret", "JIANWEN_LANGUAGE_KEY": "key", "JIANWEN_EMBEDDER_KEY": "other"}
    handed_on = load(tmp_path, **secrets, JIANWEN_EMBEDDER="openai").for_child()
    assert handed_on["JIANWEN_EMBEDDER_KEY"] == "other"
    assert not {"secret", "key"} & set(handed_on.values())
