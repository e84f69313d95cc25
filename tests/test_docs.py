"""What the texts say of the program is true: commands, settings, links, formats, the tree. Starts no server."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from jianwen.cli.main import app
from jianwen.documents import SUFFIXES
from jianwen.settings import Settings
from test_architecture import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
TEXTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
SCREENSHOTS = ROOT / "scripts" / "screenshots.py"
FIELDS = {f"JIANWEN_{field.name.upper()}" for field in fields(Settings)}

of_each_text = pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
of_each_readme = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)


def tokens_of(path: Path) -> Iterator[Token]:
    """All tokens of a Markdown file, those inside paragraphs included."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()


def commands_in(path: Path) -> set[str]:
    """Every `jianwen …` that a text names, in a code block or between backticks."""
    code = [t.content for t in tokens_of(path) if t.type in {"fence", "code_block", "code_inline"}]
    lines = (line.strip() for block in code for line in block.splitlines())
    found = (re.match(r"(?:(?:[A-Z_]+=\S+|time)\s+)*(jianwen\s.+)", line) for line in lines)
    return {match[1] for match in found if match}


def targets_of(path: Path) -> set[str]:
    """Links and pictures of a text that point into the project."""
    addresses = {str(t.attrs.get("href") or t.attrs.get("src") or "") for t in tokens_of(path)} - {""}
    return {address for address in addresses if not re.match(r"[a-z]+:", address)}


def headings_of(path: Path) -> list[str]:
    """The headings' levels in order, such as h1, h2, h2."""
    return [token.tag for token in tokens_of(path) if token.type == "heading_open"]


def anchors_of(path: Path) -> set[str]:
    """The names under which a heading can be linked to, made as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_generated_parts_are_current() -> None:
    """The tree in the README and the tables in docs/ say what the code says now."""
    script = ROOT / "scripts" / "readme_tree.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@of_each_text
def test_every_command_that_a_text_names_exists(text: Path) -> None:
    """Whoever types a command from the texts gets no "no such command" and no "no such option"."""
    for line in commands_in(text):
        words = shlex.split(line, comments=True)[1:]
        command, path = get_command(app), list[str]()
        while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words[0]]
            path.append(words.pop(0))
        options = {option for param in command.params for option in param.opts} | {"--help"}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= options, line
        assert CliRunner().invoke(app, [*path, "--help"]).exit_code == 0, line


@of_each_readme
def test_the_readme_shows_every_command(readme: Path) -> None:
    """A command that the README does not show is not found by anybody."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    shown = {line.split()[1] for line in commands_in(readme)}
    assert shown >= set(program.commands)


@of_each_text
def test_every_variable_that_a_text_names_is_a_setting(text: Path) -> None:
    """No text sends anybody after a setting that does nothing."""
    assert set(re.findall(r"\bJIANWEN_[A-Z][A-Z_]*\b", text.read_text(encoding="utf-8"))) <= FIELDS


def test_every_setting_is_in_the_table() -> None:
    """docs/operations.md lists every setting that there is."""
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(JIANWEN_[A-Z_]+)` \|", operations, re.MULTILINE)) == FIELDS


@of_each_text
def test_links_and_pictures_lead_somewhere(text: Path) -> None:
    """Every relative link points to a file, and to a heading of it; a picture may also be one that a script makes."""
    made = SCREENSHOTS.read_text(encoding="utf-8") if SCREENSHOTS.exists() else None
    waiting = []
    for target in targets_of(text):
        name, _, anchor = target.partition("#")
        path = (text.parent / name).resolve() if name else text
        if path.parent == ROOT / "docs" / "pictures" and not path.exists():
            assert made is None or path.stem in made, target
            waiting.append(path.name)
            continue
        assert path.exists(), target
        assert not anchor or anchor in anchors_of(path), target
    if waiting and made is None:
        pytest.skip(
            "all other links hold, but scripts/screenshots.py, which makes these, is not built yet: " + str(waiting)
        )


def test_both_readmes_have_the_same_sections() -> None:
    """The Chinese README mirrors the English one, section by section, with the same commands and the same pictures."""
    english, chinese = READMES
    assert headings_of(english) == headings_of(chinese)
    assert {line.split("#")[0].strip() for line in commands_in(english)} == {
        line.split("#")[0].strip() for line in commands_in(chinese)
    }
    assert {t for t in targets_of(english) if t.endswith(".png")} == {
        t for t in targets_of(chinese) if t.endswith(".png")
    }


@of_each_readme
def test_the_readme_names_every_format(readme: Path) -> None:
    """The table of formats is the list of suffixes that are really read."""
    rows = re.findall(r"^\| [^|]+ \| ((?:`\.\w+` ?)+) \|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\.\w+", " ".join(rows))) == SUFFIXES


def test_the_texts_name_every_room() -> None:
    """The table of rooms has every room on its level, and the Chinese tree every room that is built."""
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| `(\w+)`", architecture, re.MULTILINE)
    assert {room: int(level) for level, room in rows} == LEVELS
    chinese = READMES[1].read_text(encoding="utf-8")
    package = ROOT / "src" / "jianwen"
    built = {room for room in LEVELS if (package / room).exists() or (package / f"{room}.py").exists()}
    assert {room for room in built if not re.search(rf"^  {room}(?:\.py|/) ", chinese, re.MULTILINE)} == set()
