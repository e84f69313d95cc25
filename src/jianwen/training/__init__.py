"""Rendered samples into trainings: the composition root of everything that learns.

The rooms that learn know no renderer, and the renderer knows nobody who learns; they meet here, and whoever wants a
clip of the rendered table asks here too. Training itself needs the extra `train`.
"""

from __future__ import annotations

from jianwen.training.boxes import RENDERED_PX, Boxes
from jianwen.training.clip import Clip, render_clip
from jianwen.training.closeups import CloseUps
from jianwen.training.counter import Plan, judge_preset, train_counter
from jianwen.training.detector import train_detector
from jianwen.training.frames import Scenes, sample_of
from jianwen.training.kept import Kept, kept_samples
from jianwen.training.presets import CHANGES, DEFAULT, PRESETS
from jianwen.training.sequences import Rallies, Sequence
from jianwen.training.tracker import train_tracker

__all__ = [
    "CHANGES",
    "DEFAULT",
    "PRESETS",
    "RENDERED_PX",
    "Boxes",
    "Clip",
    "CloseUps",
    "Kept",
    "Plan",
    "Rallies",
    "Scenes",
    "Sequence",
    "judge_preset",
    "kept_samples",
    "render_clip",
    "sample_of",
    "train_counter",
    "train_detector",
    "train_tracker",
]
