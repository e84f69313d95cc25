"""The counter's configurations, from the source's to our default, each with one thing changed from the one before.

The source's pictures are 960 pixels wide and its network has 27 million parameters: a quarter of its channels at 256
pixels is what two cores can train in an hour. Everything else of it is as given.
"""

from __future__ import annotations

from dataclasses import replace

from jianwen.counting import CounterConfig, SourceConfig

__all__ = ["CHANGES", "DEFAULT", "PRESETS"]

DEFAULT = "default"

_OURS = CounterConfig()
_SOURCE = SourceConfig(size_px=256, width=0.25)
_HEAD = CounterConfig(
    size_px=256, trunk="resnet50", trunk_width=0.25, deepest=32, head="classes",
    heat_weight=0.0, distance_weight=0.0, augmentation="source", fit="stretch",
)  # fmt: skip
_HEAT = replace(_HEAD, heat_weight=_OURS.heat_weight)
_PEAKS = replace(_HEAT, head="peaks", distance_weight=_OURS.distance_weight)
_TRUNK = replace(_PEAKS, trunk="lite0", trunk_width=1.0, deepest=16)
_AUGMENTATION = replace(_TRUNK, augmentation="ours", fit="letterbox")

PRESETS: dict[str, SourceConfig | CounterConfig] = {
    "source": _SOURCE,
    "loss": replace(_SOURCE, loss="smooth_l1"),
    "head": _HEAD,
    "heat": _HEAT,
    "peaks": _PEAKS,
    "trunk": _TRUNK,
    "augmentation": _AUGMENTATION,
    DEFAULT: _OURS,
}

CHANGES = {
    "source": "the source's network and loss, a quarter of its channels, 256 px",
    "loss": "smooth L1 in place of the source's loss",
    "head": "a distribution over counts in place of one number, cross-entropy its loss",
    "heat": "a heat map of the balls learned beside it",
    "peaks": "the count told from the heat map's peaks in place of the mean of all features; distance of distributions",
    "trunk": "EfficientNet-Lite0 to stride 16, with ImageNet weights, in place of ResNet-50",
    "augmentation": "our augmentation, calm at the end, and pictures that are not stretched",
    DEFAULT: "448 px in place of 256, 16 pictures a step in place of 8",
}
