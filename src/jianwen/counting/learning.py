"""The second door of this room: everything that needs torch, to learn and to export. Nothing else lives here."""

from __future__ import annotations

from jianwen.counting.augment import Canvas, Composed, augmentation, our_augmentation, source_augmentation
from jianwen.counting.batches import Batch, Samples, counter_batch, detector_batch
from jianwen.counting.detector import DetectorNetwork, detector_loss
from jianwen.counting.export import export_counter, export_detector, largest_difference, quantise
from jianwen.counting.losses import source_loss
from jianwen.counting.network import CounterNetwork, Mirrored
from jianwen.counting.source import ResNet, SourceNetwork
from jianwen.counting.tasks import CounterTask, DetectorTask, SourceTask, Start
from jianwen.counting.train import Progress, Task, Trained, check_free, holds_training, load_best, train
from jianwen.counting.trunk import Lite0

__all__ = [
    "Batch",
    "Canvas",
    "Composed",
    "CounterNetwork",
    "CounterTask",
    "DetectorNetwork",
    "DetectorTask",
    "Lite0",
    "Mirrored",
    "Progress",
    "ResNet",
    "Samples",
    "SourceNetwork",
    "SourceTask",
    "Start",
    "Task",
    "Trained",
    "augmentation",
    "check_free",
    "counter_batch",
    "detector_batch",
    "detector_loss",
    "export_counter",
    "export_detector",
    "holds_training",
    "largest_difference",
    "load_best",
    "our_augmentation",
    "quantise",
    "source_augmentation",
    "source_loss",
    "train",
]
