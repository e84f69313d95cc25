"""The tree of errors: two languages, one line, and every raise brings what its text needs."""

from __future__ import annotations

import ast
import pickle
import string
from pathlib import Path

import pytest

import jianwen
from jianwen import errors
from jianwen.errors import BadSetting, JianwenError

CLASSES = {name: getattr(errors, name) for name in errors.__all__}
FILES = sorted(Path(jianwen.__file__).parent.rglob("*.py"))


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def raises_in(path: Path) -> list[tuple[str, ast.Call]]:
    """Every call of one of our error classes in a file."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [(call.func.id, call) for call in calls if isinstance(call.func, ast.Name) and call.func.id in CLASSES]


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_speaks_both_languages(name: str) -> None:
    """One line each, which belongs to the tree; the Chinese text needs nothing that the English raise lacks."""
    error = CLASSES[name]
    assert issubclass(error, JianwenError)
    assert error.en.isascii()
    assert not error.zh.isascii() or error.zh == "{detail_zh}"
    example = error(**dict.fromkeys(fields_of(error.en) | fields_of(error.zh), "a\nb"))
    for language in ("en", "zh"):
        assert "\n" not in example.text(language)
        assert example.text(language)
    assert str(example) == example.text("en") == example.text()


def test_every_error_is_drawn_in_the_tree() -> None:
    """The docstring shows each class once."""
    drawn = [line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line]
    assert sorted([*drawn, "JianwenError"]) == sorted(CLASSES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FILES[0].parent)))
def test_every_raise_brings_what_its_text_needs(path: Path) -> None:
    """Both templates can be filled from the keywords given; none would break while reporting a mistake."""
    for name, call in raises_in(path):
        given = {keyword.arg for keyword in call.keywords}
        if None not in given:  # **fields: only seen when it runs
            needed = fields_of(CLASSES[name].en) | fields_of(CLASSES[name].zh)
            assert needed <= given, f"line {call.lineno}: {name} needs {sorted(needed - given)}"


def test_values_cannot_break_the_line_or_the_template() -> None:
    """Braces, line breaks and other odd things from file names and settings are shown, not obeyed."""
    error = BadSetting(name="{name}", value="a\nb\t{wanted}", wanted="x")
    assert error.text("en") == "Setting {name} is 'a b {wanted}'; it must be x."
    assert "{name}" in error.text("zh")


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_can_be_sent_to_another_process(name: str) -> None:
    """Pickled and back it is of the same class, with the same fields and the same text: a worker's error arrives."""
    error = CLASSES[name](**dict.fromkeys(fields_of(CLASSES[name].en) | fields_of(CLASSES[name].zh), "{a} b"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.fields == error.fields
    assert (str(again), again.text("zh")) == (str(error), error.text("zh"))
