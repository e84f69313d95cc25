"""Frames and prompts in, masks out: SAM 2 that streams, for any number of objects, in bounded memory.

`Session` needs a network as `Graphs`. What needs torch is behind a second door of this room,
`from jianwen.tracking import learning`: the network itself, and the loading of official weights.
"""

from __future__ import annotations

from jianwen.tracking.backdrop import Backdrop
from jianwen.tracking.bank import Bank, Limits, Memory, Policy, Recall
from jianwen.tracking.config import BUILT_IN, TrackerConfig, built_in
from jianwen.tracking.event import Event
from jianwen.tracking.events import Events
from jianwen.tracking.eventscore import EventScore, score_events, true_events
from jianwen.tracking.graphs import Decoded, Features, Graphs, Recalled
from jianwen.tracking.motion import Motion, region_side
from jianwen.tracking.onnxgraphs import OnnxGraphs, open_graphs
from jianwen.tracking.pairing import assigned
from jianwen.tracking.parting import parted
from jianwen.tracking.policies import DISTRACTOR, POLICIES, QUALITY, RECENT
from jianwen.tracking.prompt import Click, Prompt
from jianwen.tracking.regions import Region
from jianwen.tracking.session import Session
from jianwen.tracking.spots import CLOSE_DIAMETERS, Spot, Spotter
from jianwen.tracking.tablefinder import find_table
from jianwen.tracking.tableview import TableView
from jianwen.tracking.track import Track
from jianwen.tracking.trajectories import Trajectories, Trajectory

__all__ = [
    "BUILT_IN",
    "CLOSE_DIAMETERS",
    "DISTRACTOR",
    "POLICIES",
    "QUALITY",
    "RECENT",
    "Backdrop",
    "Bank",
    "Click",
    "Decoded",
    "Event",
    "EventScore",
    "Events",
    "Features",
    "Graphs",
    "Limits",
    "Memory",
    "Motion",
    "OnnxGraphs",
    "Policy",
    "Prompt",
    "Recall",
    "Recalled",
    "Region",
    "Session",
    "Spot",
    "Spotter",
    "TableView",
    "Track",
    "TrackerConfig",
    "Trajectories",
    "Trajectory",
    "assigned",
    "built_in",
    "find_table",
    "open_graphs",
    "parted",
    "region_side",
    "score_events",
    "true_events",
]
