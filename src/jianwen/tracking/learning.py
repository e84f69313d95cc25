"""The second door of this room: what needs torch, to run official weights and to learn. Nothing else lives here."""

from __future__ import annotations

from jianwen.tracking.checkpoint import empty_network, load_checkpoint, recognise
from jianwen.tracking.network import TrackerNetwork
from jianwen.tracking.torchgraphs import TorchGraphs

__all__ = ["TorchGraphs", "TrackerNetwork", "empty_network", "load_checkpoint", "recognise"]
