"""The curves of a training as one PNG: a small panel for each figure. Draws what it is given, reads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["draw_curves"]

_ACROSS = 3  # panels a row


def draw_curves(history: Sequence[dict[str, float]], path: Path) -> None:
    """A panel a figure over the steps; nothing is written when there is nothing to draw."""
    if not history:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - only trainings draw
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above; without pyplot, which wants a display

    names = [name for name in history[-1] if name != "step"]
    rows = -(-len(names) // _ACROSS)
    figure = Figure(figsize=(4 * _ACROSS, 2.6 * rows), layout="constrained")
    for place, name in enumerate(names, start=1):
        panel = figure.add_subplot(rows, _ACROSS, place)
        points = [(row["step"], row[name]) for row in history if name in row]
        panel.plot(*zip(*points, strict=True), marker="." if len(points) < 30 else "")
        panel.set_title(name.replace("_", " "), fontsize=10)
        panel.grid(alpha=0.3)
    fresh = path.with_suffix(".new.png")
    FigureCanvasAgg(figure).print_png(str(fresh))  # type: ignore[no-untyped-call]
    fresh.replace(path)
