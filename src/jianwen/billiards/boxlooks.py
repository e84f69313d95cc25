"""Looks of lock boxes drawn at random: "train" and "wide" to learn from, "shifted" of families that neither has.

"wide" has more makes, any colour, sidelight, tinted light, turned cameras, and pictures as bad as "shifted" has them.

A look does not depend on how many balls lie in it, so that nothing but the balls tells their number. Every box holds
22 balls.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from jianwen.billiards.balls import POOL_RADIUS_M, SNOOKER_RADIUS_M
from jianwen.billiards.boxlook import Box, BoxLook, Front, Glare, Lens, Material, View
from jianwen.billiards.look import Film, Lamp, Light

if TYPE_CHECKING:
    from jianwen.billiards.boxlook import Grain, Split, Thing
    from jianwen.billiards.texture import Colour

_BOXES = {
    "train": ("tray", "bin", "gutter", "triangle"),
    "wide": ("tray", "bin", "bin", "gutter", "triangle", "octagon", "pit", "pit", "trough", "trough", "drawers"),
    "shifted": ("bowl", "hexagon", "cells", "chute"),
}
_LIGHTS = {
    "train": ("lamps", "daylight", "dim"),
    "wide": ("lamps", "dim", "window", "evening"),
    "shifted": ("spot", "cast"),
}
_CAMERAS = {"train": ("above", "slant"), "wide": ("above", "slant", "turned"), "shifted": ("low", "rolled")}
_LENSES = {
    "train": ("plain", "plain", "barrel"),
    "wide": ("plain", "barrel", "strong barrel"),
    "shifted": ("fisheye", "fisheye", "pincushion"),
}
_GRAINS: dict[str, tuple[Grain, ...]] = {
    "train": ("felt", "wood", "metal", "plastic"),
    "wide": ("felt", "wood", "metal", "plastic"),
    "shifted": ("rubber", "carpet"),
}
_SETS = {
    "train": ("pool-0", "pool-1", "pool-2", "pool-3", "snooker"),
    "wide": ("pool-0", "pool-1", "pool-2", "pool-3", "snooker"),
    "shifted": ("pool-0", "pool-1", "pool-2", "pool-3", "pool-4", "pool-4", "snooker"),
}
# Not as dark as the 8, nor as white as the cue ball: both must stand out.
_COLOURS: dict[Grain, tuple[Colour, ...]] = {
    "felt": ((40, 110, 62), (30, 80, 140), (120, 40, 50), (100, 100, 104), (70, 60, 110), (150, 120, 80)),
    "wood": ((150, 104, 62), (110, 72, 42), (186, 146, 100), (128, 92, 70)),
    "metal": ((150, 152, 156), (110, 114, 120), (170, 166, 156)),
    "plastic": ((86, 90, 96), (60, 84, 120), (170, 170, 166), (120, 60, 56), (80, 110, 90)),
    "rubber": ((72, 72, 74), (96, 84, 72), (64, 80, 92)),
    "carpet": ((112, 64, 84), (76, 96, 70), (60, 86, 110), (138, 116, 92)),
}
_GRAININESS: dict[Grain, float] = {
    "felt": 0.08, "wood": 0.16, "metal": 0.07, "plastic": 0.05, "rubber": 0.10, "carpet": 0.20,
}  # fmt: skip
_FILMS = 48  # prepared ones of a split
_LENS_STEPS = 6

_T = TypeVar("_T")


def random_box(rng: np.random.Generator, *, split: Split = "train") -> BoxLook:
    """A look whose families (box, material, light, camera, lens) are all of the split."""
    balls = _one(rng, _SETS[split])
    radius = SNOOKER_RADIUS_M if balls == "snooker" else POOL_RADIUS_M
    box = _box(_one(rng, _BOXES[split]), radius, rng)
    kind = _one(rng, _LIGHTS[split])
    camera = _one(rng, _CAMERAS[split])
    free = split == "wide"
    floor = _material(_one(rng, _GRAINS[split]), rng, any_colour=free)
    wall = floor if rng.random() < 0.4 else _material(_one(rng, _GRAINS[split]), rng, any_colour=free)
    view = _view(camera, _lens(_one(rng, _LENSES[split]), rng), rng)
    if box.layers > 1:  # over the rim of a deep box a lower camera sees but slivers of what lies at the near wall
        view = replace(view, elevation_rad=max(view.elevation_rad, 0.98))
    hard = split != "train"
    return BoxLook(
        box=box,
        floor=floor,
        wall=wall,
        rim=wall if rng.random() < 0.5 else _material(_one(rng, _GRAINS[split]), rng, any_colour=free),
        counter=_material(_one(rng, _GRAINS[split]), rng, any_colour=free),
        view=view,
        light=_light(kind, rng),
        gloom=float(rng.uniform(0.1, 0.55)),
        film=films(split)[int(rng.integers(_FILMS))],
        balls=balls,
        front=_front(radius, rng),
        dirt=float(rng.uniform(0, 0.9 if hard else 0.5)),
        smears=float(rng.uniform(0.3, 1.0) if hard else rng.uniform(0, 0.6) * (rng.random() < 0.5)),
        glares=_glares(rng, most=3 if hard else 2),
        things=_things(rng, share=0.55 if hard else 0.35),
        families=(f"box:{box.family}", f"material:{floor.grain}", f"light:{kind}", f"camera:{camera}",
                  f"lens:{view.lens.kind}"),
    )  # fmt: skip


def _box(family: str, radius: float, rng: np.random.Generator) -> Box:
    width = 2 * radius
    angle, steep = float(rng.uniform(0, 2 * math.pi)), float(rng.choice([0.03, 0.08, 0.2]))
    slope = (steep * math.cos(angle), steep * math.sin(angle))
    is_open = family in {"tray", "triangle", "hexagon", "octagon"}
    loose = float(rng.choice([0.0, 0.0, 0.3, 1.0])) if is_open else 0.0
    flat = float(rng.uniform(0.4, 1.0)) * radius
    wall = float(rng.uniform(0.006, 0.03))
    recessed = bool(rng.random() < 0.5)
    if family == "gutter":
        lanes = int(rng.choice([2, 3, 3, 4]))
        size = (-(-22 // lanes) + float(rng.uniform(0.4, 1.2))) * width, width * float(rng.uniform(1.03, 1.15))
        pitch = size[1] + float(rng.uniform(0.004, 0.015))
        slope = (steep * float(rng.choice([-1, 1])), 0.003)
        return Box(family, _rectangle(*size), flat, (1, lanes), (0.0, pitch), wall, slope, 0.0, recessed)
    if family == "cells":
        side = width * float(rng.uniform(2.85, 3.1))
        pitch = side + float(rng.uniform(0.006, 0.02))
        return Box(family, _rectangle(side, side), flat, (2, 2), (pitch, pitch), wall, slope, 0.0, recessed)
    if family == "drawers":
        long, short = width * float(rng.uniform(4.2, 4.6)), width * float(rng.uniform(3.05, 3.3))
        pitch = short + float(rng.uniform(0.006, 0.03))
        return Box(family, _rectangle(long, short), flat, (1, 2), (0.0, pitch), wall, slope, 0.0, recessed)
    if family in {"bin", "pit", "trough", "bowl", "chute"}:
        layers = 2 if family != "bin" else int(rng.choice([2, 2, 3]))
        outline = {
            "bin": lambda: _bin(layers, width, rng),
            "pit": lambda: _ring(5, width * float(rng.uniform(2.65, 3.1))),
            "trough": lambda: _rectangle(width * float(rng.uniform(6.3, 7.2)), width * float(rng.uniform(2.5, 2.9))),
            "bowl": lambda: _ring(16, width * float(rng.uniform(2.35, 2.75))),
            "chute": lambda: _chute(width, rng),
        }[family]()
        rim = radius * (1.9 + 1.8 * (layers - 1) + float(rng.uniform(0.3, 1.2)))
        return Box(family, outline, rim, wall_m=wall, slope=slope, recessed=recessed, layers=layers)
    if family == "tray":
        columns = int(rng.choice([2, 3, 4, 4, 5]))
        rows = -(-22 // columns) + float(rng.uniform(0.6, 1.9)) + (2.0 if loose else 0.0)
        outline = _rectangle(rows * width, columns * width * float(rng.uniform(1.02, 1.12)))
    elif family == "triangle":
        outline = _ring(3, (6 * width + math.sqrt(3) * width) / math.sqrt(3) * float(rng.uniform(1.02, 1.1)))
    elif family == "octagon":
        outline = _ring(8, width * float(rng.uniform(2.95, 3.5)))
    else:
        outline = _ring(6, width * float(rng.uniform(3.05, 3.4)))
    return Box(family, outline, flat, wall_m=wall, slope=slope, loose=loose, recessed=recessed)


def _bin(layers: int, width: float, rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    long, short = (4.6, 3.9) if layers == 2 else (3.7, 3.3)
    return _rectangle(width * long * float(rng.uniform(1, 1.15)), width * short * float(rng.uniform(1, 1.12)))


def _rectangle(x: float, y: float) -> tuple[tuple[float, float], ...]:
    return ((-x / 2, -y / 2), (x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2))


def _ring(corners: int, radius: float) -> tuple[tuple[float, float], ...]:
    turns = [2 * math.pi * k / corners for k in range(corners)]
    return tuple((radius * math.cos(turn), radius * math.sin(turn)) for turn in turns)


def _chute(width: float, rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    long, wide, narrow = (width * float(rng.uniform(*pair)) for pair in ((4.6, 5.2), (4.6, 5.2), (2.2, 3.0)))
    return ((-long / 2, -wide / 2), (long / 2, -narrow / 2), (long / 2, narrow / 2), (-long / 2, wide / 2))


def _material(grain: Grain, rng: np.random.Generator, *, any_colour: bool = False) -> Material:
    base = _one(rng, _COLOURS[grain])
    if any_colour:
        base = (int(rng.integers(40, 190)), int(rng.integers(40, 190)), int(rng.integers(40, 190)))
    tone = float(rng.uniform(0.8, 1.2))
    red, green, blue = (int(np.clip(part * tone + rng.normal(0, 8), 30, 235)) for part in base)
    contrast = _GRAININESS[grain] * float(rng.uniform(0.5, 1.5))
    return Material(grain, (red, green, blue), contrast, float(rng.uniform(350, 1100)))


def _light(kind: str, rng: np.random.Generator) -> Light:
    lamps = tuple(
        Lamp(
            (float(rng.uniform(-0.9, 0.9)), float(rng.uniform(-0.9, 0.9))),
            (float(rng.uniform(0.15, 1.4)), float(rng.uniform(0.1, 0.7))),
            glow=float(rng.uniform(3, 12)),
            hollow=bool(rng.random() < 0.2),
        )
        for _ in range(int(rng.integers(1, 4)))
    )
    lean = (float(rng.normal(0, 0.12)), float(rng.normal(0, 0.12)))
    tint = tuple(float(value) for value in np.exp(rng.normal(0, 0.05, 3)))
    bright = float(rng.uniform(0.85, 1.25))
    wrap, key, gloss = float(rng.uniform(0.4, 0.8)), 0.0, float(rng.uniform(0.6, 1.3))
    if kind == "daylight":
        lamps = (Lamp((float(rng.uniform(-1.5, 1.5)), 1.2), (1.6, 2.0), glow=2.0),)
        wrap = float(rng.uniform(0.7, 1.0))
    elif kind == "dim":
        bright = float(rng.uniform(0.22, 0.5))
    elif kind == "spot":
        place = rng.uniform(0.9, 1.6) * np.array([math.cos(turn := float(rng.uniform(0, 6.28))), math.sin(turn)])
        lamps = (Lamp((float(place[0]), float(place[1])), (0.12, 0.12), glow=40.0),)
        wrap, key, lean = 0.25, float(rng.uniform(0.5, 0.8)), (float(place[0]) * 0.2, float(place[1]) * 0.2)
        bright = float(rng.uniform(0.9, 1.5))
    elif kind == "window":
        side = float(rng.uniform(0, 6.28))
        place = float(rng.uniform(1.0, 1.8)) * np.array([math.cos(side), math.sin(side)])
        lamps = (Lamp((float(place[0]), float(place[1])), (0.5, float(rng.uniform(0.3, 0.9))), glow=8.0),)
        wrap, key = float(rng.uniform(0.3, 0.6)), float(rng.uniform(0.15, 0.5))
        lean = (float(place[0]) * 0.15, float(place[1]) * 0.15)
    elif kind == "evening":
        tint = _one(rng, ((1.25, 0.95, 0.7), (0.8, 0.95, 1.25), (1.15, 0.85, 1.1), (0.85, 1.15, 0.9)))
        bright = float(rng.uniform(0.5, 1.1))
    elif kind == "cast":
        colours = ((1.5, 0.75, 0.4), (0.5, 0.85, 1.6), (1.3, 0.55, 1.3), (0.6, 1.3, 0.6), (1.5, 0.5, 0.5))
        tint = _one(rng, colours)
        bright = float(rng.uniform(0.6, 1.1))
    red, green, blue = (part * bright for part in tint)
    return Light(
        lamps=lamps, height_m=float(rng.uniform(1.0, 2.2)), wrap=wrap, steepness=float(rng.uniform(0.9, 1.5)),
        key=key, bounce=float(rng.uniform(0.3, 0.6)), tilt=lean, contact=float(rng.uniform(0.75, 0.98)),
        tint=(red, green, blue), gloss=gloss, room=float(rng.uniform(0.03, 0.1)),
    )  # fmt: skip


def _view(kind: str, lens: Lens, rng: np.random.Generator) -> View:
    quarter = float(rng.integers(4)) * math.pi / 2
    low, high = {
        "above": (1.36, 1.565), "slant": (1.05, 1.36), "turned": (1.1, 1.5), "low": (0.85, 1.05), "rolled": (1.2, 1.56),
    }[kind]  # fmt: skip
    diagonal = kind == "rolled" or (kind == "low" and rng.random() < 0.5)
    turn = float(rng.choice([-1, 1]) * rng.uniform(0.45, 0.8)) if diagonal else float(rng.normal(0, 0.1))
    if kind == "turned":
        turn = float(rng.choice([-1, 1]) * rng.uniform(0.15, 0.45))
    return View(
        azimuth_rad=quarter + turn,
        elevation_rad=float(rng.uniform(low, high)),
        roll_rad=float(rng.normal(0, {"rolled": 0.25, "turned": 0.15}.get(kind, 0.05))),
        field_of_view_rad=float(rng.uniform(0.45, 0.8 if kind == "low" else 1.05)),
        fill=float(rng.uniform(0.78, 1.0) if kind != "rolled" else rng.uniform(0.7, 0.9)),
        shift=(float(rng.normal(0, 0.03)), float(rng.normal(0, 0.03))),
        lens=lens,
    )


def _lens(kind: str, rng: np.random.Generator) -> Lens:
    step = (int(rng.integers(_LENS_STEPS)) + 1) / _LENS_STEPS  # in steps, so that its maps can be kept
    if kind == "barrel":
        return Lens("barrel", 0.2 * step)
    if kind == "strong barrel":
        return Lens("barrel", 0.2 + 0.2 * step)
    if kind == "fisheye":
        return Lens("fisheye", 0.62 + 0.18 * step)
    return Lens("pincushion", 0.05 + 0.07 * step) if kind == "pincushion" else Lens()


def _front(radius: float, rng: np.random.Generator) -> Front:
    kinds: tuple[Literal["open", "bars", "mesh", "acrylic"], ...] = ("open", "open", "bars", "mesh", "acrylic")
    kind = _one(rng, kinds)
    if kind == "open":
        return Front()
    if kind == "acrylic":
        return Front("acrylic", veil=float(rng.uniform(0.01, 0.1)))
    grey = int(rng.integers(40, 190))
    thick = radius * float(rng.uniform(0.1, 0.3) if kind == "bars" else rng.uniform(0.05, 0.12))
    return Front(
        kind,
        pitch_m=radius * float(rng.uniform(1.6, 3.2)),
        thick_m=thick,
        angle_rad=float(rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.08)),
        colour=(grey, grey, min(255, grey + int(rng.integers(0, 10)))),
    )


def _glares(rng: np.random.Generator, *, most: int) -> tuple[Glare, ...]:
    """Small strong spots, smaller than any ball, or wide weak ones."""
    found = []
    for _ in range(int(rng.integers(0, most + 1))):
        centre = float(rng.random()), float(rng.random())
        if rng.random() < 0.5:
            size = float(rng.uniform(0.004, 0.012))
            found.append(Glare(centre, (size, size * float(rng.uniform(0.6, 1.6))), float(rng.uniform(0.5, 2.5))))
        else:
            size = float(rng.uniform(0.06, 0.25))
            found.append(Glare(centre, (size, size * float(rng.uniform(0.5, 2))), float(rng.uniform(0.03, 0.18))))
    return tuple(found)


def _things(rng: np.random.Generator, *, share: float) -> tuple[Thing, ...]:
    kinds: tuple[Thing, ...] = ("chalk", "chalk", "hand", "glove", "towel")
    found: list[Thing] = [_one(rng, kinds)] if rng.random() < share else []
    if found and rng.random() < 0.3:
        found.append("chalk")
    return tuple(found)


@lru_cache(maxsize=3)
def films(split: Split) -> tuple[Film, ...]:
    """A fixed choice of films: what is slow to prepare for one, its grain, is kept by whoever renders."""
    rng = np.random.default_rng([3, len(split)])
    hard = split != "train"
    return tuple(
        Film(
            exposure=float(rng.uniform(0.75, 1.15)),
            balance=(float(rng.normal(1, 0.05)), 1.0, float(rng.normal(1, 0.07))),
            contrast=float(rng.uniform(0.85, 1.2)),
            saturation=float(rng.uniform(0.7, 1.2)) if rng.random() < 0.6 else 1.0,
            blur_px=float(rng.uniform(0.45, 1.1 if hard else 0.85)),
            sharpen=float(rng.uniform(0, 0.6) * (rng.random() < 0.4)),
            noise=float(rng.uniform(1.5, 9 if hard else 6) * (rng.random() < 0.85)),
            vignette=float(rng.uniform(0, 0.35)),
            jpeg=int(rng.integers(35 if hard else 50, 95)),
            shrink=1.0 if rng.random() < 0.8 else float(rng.uniform(1.1, 1.5)),
        )
        for _ in range(_FILMS)
    )


def _one(rng: np.random.Generator, values: tuple[_T, ...]) -> _T:
    return values[int(rng.integers(len(values)))]
