"""A picture in, the number of balls out; and where the balls are.

`Counter` and `Detector` run a model file with ONNX Runtime. What needs torch is behind a second door of this room,
`from jianwen.counting import learning`: the networks, the source's loss and augmentations, training and export.
Does not render or film: samples to learn from come from outside.
"""

from __future__ import annotations

from jianwen.counting.balls import Detector, SeenBall
from jianwen.counting.calibration import (
    Calibration,
    abstention_bound,
    calibrate,
    expected_calibration_error,
    probabilities,
    reliability,
    wilson_interval,
)
from jianwen.counting.config import CounterConfig, DetectorConfig, SourceConfig, TrainConfig
from jianwen.counting.count import Count
from jianwen.counting.counter import Counter
from jianwen.counting.folder import Mixed, Photo, Photos, read_counts
from jianwen.counting.modelfile import packaged
from jianwen.counting.pictures import fit_picture, read_picture
from jianwen.counting.precision import average_precision
from jianwen.counting.sample import CLASSES, Sample

__all__ = [
    "CLASSES",
    "Calibration",
    "Count",
    "Counter",
    "CounterConfig",
    "Detector",
    "DetectorConfig",
    "Mixed",
    "Photo",
    "Photos",
    "Sample",
    "SeenBall",
    "SourceConfig",
    "TrainConfig",
    "abstention_bound",
    "average_precision",
    "calibrate",
    "expected_calibration_error",
    "fit_picture",
    "packaged",
    "probabilities",
    "read_counts",
    "read_picture",
    "reliability",
    "wilson_interval",
]
