"""Video files in, frames out; objects followed through them, and what was seen written into files.

Does not look for anything by itself: `jianwen.tracking` and `jianwen.counting` do.
"""

from __future__ import annotations

from jianwen.video.container import LARGEST_SIDE_PX
from jianwen.video.filming import Film
from jianwen.video.following import Followed, follow
from jianwen.video.footage import Footage, Frame
from jianwen.video.happenings import Happening, Happenings
from jianwen.video.overlay import Overlay
from jianwen.video.palette import MOST_OBJECTS, PALETTE, colour_of
from jianwen.video.pointing import Pointing, check_pointings, objects_of
from jianwen.video.results import RESULT_FILES, Results, index_mask
from jianwen.video.spotting import open_spotter
from jianwen.video.tracked import Tracked, TrackedObject, track_video

__all__ = [
    "LARGEST_SIDE_PX",
    "MOST_OBJECTS",
    "PALETTE",
    "RESULT_FILES",
    "Film",
    "Followed",
    "Footage",
    "Frame",
    "Happening",
    "Happenings",
    "Overlay",
    "Pointing",
    "Results",
    "Tracked",
    "TrackedObject",
    "check_pointings",
    "colour_of",
    "follow",
    "index_mask",
    "objects_of",
    "open_spotter",
    "track_video",
]
