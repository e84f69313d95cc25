"""The command line: `main.py` and one file a command group. Run: `jianwen --help`."""

__all__: list[str] = []
