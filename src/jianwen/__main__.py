"""So that `python -m jianwen` is the command `jianwen`."""

from jianwen.cli.main import run

if __name__ == "__main__":
    run()
