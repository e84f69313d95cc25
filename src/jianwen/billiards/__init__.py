"""A synthetic table: balls that move as real ones do, to make pictures whose labels are exact.

Does not learn and does not count: it makes the data for those who do.
"""

from __future__ import annotations

from jianwen.billiards.balls import Ball, Kind, eight_ball, nine_ball, snooker
from jianwen.billiards.boxlook import Box, BoxLook, Front, Glare, Lens, Material, Split, View
from jianwen.billiards.boxlooks import random_box
from jianwen.billiards.boxsheet import box_sheet
from jianwen.billiards.camera import Camera, oblique, overhead, random_camera
from jianwen.billiards.clip import FrameLabels, read_labels, write_clip
from jianwen.billiards.contact import contact_sheet
from jianwen.billiards.label import Label, Rendered, from_run_lengths, run_lengths, seen_middles
from jianwen.billiards.layouts import Game, lying, racked, random_strike, scattered
from jianwen.billiards.lockbox import DOUBTFUL, SEEN_SHARE, BoxPicture, box_sample, render_box
from jianwen.billiards.look import BallStyle, Film, Graphics, Lamp, Light, Look, Person, Room, Surfaces
from jianwen.billiards.physics import Physics
from jianwen.billiards.presets import clips_camera, random_look
from jianwen.billiards.renderer import Renderer
from jianwen.billiards.shot import BallStates, Event, Shot, Strike
from jianwen.billiards.simulate import simulate
from jianwen.billiards.table import Cushion, Knuckle, Pocket, Table, nine_foot, snooker_table

__all__ = [
    "DOUBTFUL",
    "SEEN_SHARE",
    "Ball",
    "BallStates",
    "BallStyle",
    "Box",
    "BoxLook",
    "BoxPicture",
    "Camera",
    "Cushion",
    "Event",
    "Film",
    "FrameLabels",
    "Front",
    "Game",
    "Glare",
    "Graphics",
    "Kind",
    "Knuckle",
    "Label",
    "Lamp",
    "Lens",
    "Light",
    "Look",
    "Material",
    "Person",
    "Physics",
    "Pocket",
    "Rendered",
    "Renderer",
    "Room",
    "Shot",
    "Split",
    "Strike",
    "Surfaces",
    "Table",
    "View",
    "box_sample",
    "box_sheet",
    "clips_camera",
    "contact_sheet",
    "eight_ball",
    "from_run_lengths",
    "lying",
    "nine_ball",
    "nine_foot",
    "oblique",
    "overhead",
    "racked",
    "random_box",
    "random_camera",
    "random_look",
    "random_strike",
    "read_labels",
    "render_box",
    "run_lengths",
    "scattered",
    "seen_middles",
    "simulate",
    "snooker",
    "snooker_table",
    "write_clip",
]
