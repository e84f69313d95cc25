"""Rendered samples into trainings: the composition root of everything that learns.

The rooms that learn know no renderer, and the renderer knows nobody who learns; they meet here. Training itself needs
the extra `train`.
"""

from __future__ import annotations

from jianwen.training.detector import train_detector
from jianwen.training.frames import Frames, sample_of

__all__ = ["Frames", "sample_of", "train_detector"]
