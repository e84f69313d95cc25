"""The second door of this room: what needs torch, to run official weights and to learn. Nothing else lives here."""

from __future__ import annotations

from jianwen.tracking.checkpoint import empty_network, load_checkpoint, recognise
from jianwen.tracking.export import export_tracker
from jianwen.tracking.network import TrackerNetwork
from jianwen.tracking.objectives import Weights, overlap
from jianwen.tracking.practice import Drill, Practice, practised
from jianwen.tracking.torchgraphs import TorchGraphs

__all__ = [
    "Drill",
    "Practice",
    "TorchGraphs",
    "TrackerNetwork",
    "Weights",
    "empty_network",
    "export_tracker",
    "load_checkpoint",
    "overlap",
    "practised",
    "recognise",
]
