"""The HTTP side of Jianwen: FastAPI, server-sent events, and the files of the web page.

Does not search, read or answer: `jianwen.assistant` does. The contract is `docs/http.md`.
Run it: ``serve(Settings.load(), announce=print)``.
"""

from jianwen.server.app import create_app
from jianwen.server.run import serve

__all__ = ["create_app", "serve"]
