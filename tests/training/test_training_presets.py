"""The presets lead from the source's counter to ours, and what one was trained to can be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwen.bench.counter import eval_ladder
from jianwen.counting import CounterConfig, SourceConfig
from jianwen.errors import BadRequest
from jianwen.training import CHANGES, DEFAULT, PRESETS, Boxes, judge_preset

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch", reason="the core install has no torch")


def test_every_preset_says_what_it_changes() -> None:
    """The ladder begins with the source, as given but for its size, and ends with what is shipped."""
    assert list(PRESETS) == list(CHANGES)
    first, last = next(iter(PRESETS)), list(PRESETS)[-1]
    assert isinstance(PRESETS[first], SourceConfig)
    assert (first, last, PRESETS[last]) == ("source", DEFAULT, CounterConfig())


@pytest.mark.parametrize("preset", ["source", "augmentation"])
def test_kept_weights_are_judged_on_boxes(tmp_path: Path, preset: str) -> None:
    """Weights of a preset give its figures; those of another are refused, and so is an unknown preset."""
    from jianwen.counting.learning import CounterNetwork, SourceNetwork  # noqa: PLC0415 - needs torch

    config = PRESETS[preset]
    network = SourceNetwork(config) if isinstance(config, SourceConfig) else CounterNetwork(config)
    (tmp_path / preset).mkdir()
    torch.save(network.state_dict(), tmp_path / preset / "best.pt")
    figures = judge_preset(preset, tmp_path / preset, [Boxes("test", 64).one(number) for number in range(2)])
    assert 0 <= figures["exact_match"] <= 1
    assert figures["mae"] >= 0
    with pytest.raises(BadRequest, match="no preset"):
        judge_preset("nothing", tmp_path / preset, [])


def test_a_folder_without_trainings_says_how_to_begin(tmp_path: Path) -> None:
    """One line with the command."""
    with pytest.raises(BadRequest, match="--preset source"):
        eval_ladder(tmp_path)
