"""Model files: which there are, where they come from, and whether they are whole.

`fetch` puts one on this box, `locate` finds it, `check` reads it through.
Does not load a model: whoever runs it does.
"""

from __future__ import annotations

from jianwen.weights.cache import Installed, check, identity, installed, locate
from jianwen.weights.catalogue import CATALOGUE, Entry, HubFile, Shards
from jianwen.weights.fetch import fetch
from jianwen.weights.hubs import Progress

__all__ = [
    "CATALOGUE",
    "Entry",
    "HubFile",
    "Installed",
    "Progress",
    "Shards",
    "check",
    "fetch",
    "identity",
    "installed",
    "locate",
]
