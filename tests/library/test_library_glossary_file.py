"""The glossary file: what a reader of it may take for granted."""

from __future__ import annotations

import re
from importlib.resources import files

MIN_ENTRIES = 1_600
ENGLISH = re.compile(r"[a-z0-9](?:[ a-z0-9.,'’&/-]*[a-z0-9.])?")  # lower case, no blank at either end
CHINESE = re.compile(r"[A-Za-z0-9.+-]*[㐀-鿿][㐀-鿿A-Za-z0-9.+·-]*|[A-Za-z0-9.]+")  # or as venues write it: WiFi, 120


def glossary_lines() -> list[str]:
    text = (files("jianwen.library") / "glossary.tsv").read_text(encoding="utf-8")
    assert text.endswith("\n")
    return text.removesuffix("\n").split("\n")


def english_and_chinese(line: str) -> tuple[list[str], list[str]]:
    english, chinese = line.split("\t")
    return english.split("|"), chinese.split("|")


def test_every_line_is_english_forms_a_tab_and_chinese_forms() -> None:
    """Each line has two columns, and no form in them is empty, padded, in the other script or in capitals."""
    strange = [
        line
        for line in glossary_lines()
        if line.count("\t") != 1
        or not all(ENGLISH.fullmatch(form) for form in line.split("\t")[0].split("|"))
        or not all(CHINESE.fullmatch(form) for form in line.split("\t")[1].split("|"))
    ]
    assert strange == []


def test_the_glossary_is_large_enough_to_be_of_use() -> None:
    """There are at least 1,600 entries: a smaller glossary misses too many of a visitor's words."""
    assert len(glossary_lines()) >= MIN_ENTRIES


def test_an_english_form_is_in_one_entry_only() -> None:
    """An English form is looked up once: no two lines share one."""
    forms = [form for line in glossary_lines() for form in english_and_chinese(line)[0]]
    assert sorted(forms) == sorted(set(forms))


def test_an_entry_says_a_chinese_form_once() -> None:
    """No line repeats a Chinese form, which would count it twice."""
    repeated = [
        line for line in glossary_lines() if len(set(english_and_chinese(line)[1])) != len(english_and_chinese(line)[1])
    ]
    assert repeated == []


def test_entries_are_sorted_by_their_first_english_form() -> None:
    """Lines follow the code points of their first English form, so a new entry has one place."""
    first_forms = [english_and_chinese(line)[0][0] for line in glossary_lines()]
    assert first_forms == sorted(first_forms)
