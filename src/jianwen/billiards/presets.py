"""Looks and cameras drawn at random: "varied" for all that a venue may have, "clips" for one broadcast of eight-ball.

The numbers of "clips" were measured in eight frames of 1024 x 576: a camera right above, and one behind the foot rail.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from jianwen.billiards.camera import Camera
from jianwen.billiards.look import Film, Graphics, Lamp, Light, Look, Person, Room, Surfaces
from jianwen.billiards.texture import BallStyle, Colour

if TYPE_CHECKING:
    import numpy as np

Preset = Literal["varied", "clips"]
View = Literal["overhead", "oblique"]

# By number, as the broadcast's cameras show them under full light.
_ARENA: tuple[tuple[int, Colour], ...] = (
    (1, (250, 172, 34)), (2, (24, 84, 150)), (3, (214, 22, 50)), (4, (96, 84, 142)),
    (5, (240, 84, 40)),
    (6, (10, 104, 74)), (7, (168, 92, 50)), (8, (14, 34, 48)), (9, (250, 172, 34)), (10, (24, 84, 150)),
    (11, (214, 22, 50)), (12, (96, 84, 142)), (13, (240, 84, 40)), (14, (10, 104, 74)), (15, (168, 92, 50)),
)  # fmt: skip
_SETS: tuple[tuple[Colour, ...], ...] = (
    ((240, 190, 30), (28, 62, 158), (204, 34, 38), (84, 44, 128), (238, 110, 36), (20, 108, 66), (124, 28, 38)),
    ((245, 200, 20), (20, 70, 190), (220, 30, 40), (235, 120, 160), (245, 120, 20), (30, 130, 80), (150, 100, 60)),
    ((230, 200, 90), (60, 110, 170), (190, 70, 60), (110, 80, 140), (220, 140, 80), (60, 120, 80), (120, 60, 60)),
    ((250, 220, 40), (60, 140, 220), (230, 50, 60), (130, 60, 180), (250, 130, 60), (20, 150, 60), (100, 20, 30)),
)
_CLOTHS: tuple[Colour, ...] = (
    (48, 158, 216), (30, 110, 180), (24, 60, 130), (20, 110, 70), (40, 140, 70), (10, 80, 50), (70, 150, 90),
    (150, 24, 40), (190, 50, 50), (100, 20, 60), (110, 112, 116), (60, 62, 66), (150, 120, 80), (20, 120, 130),
    (70, 50, 110), (200, 150, 60),
)  # fmt: skip
_WOODS: tuple[Colour, ...] = (
    (58, 60, 58), (20, 20, 22), (90, 50, 28), (130, 80, 44), (60, 30, 20), (170, 130, 90), (200, 198, 190),
    (40, 44, 60),
)  # fmt: skip
_SKINS: tuple[Colour, ...] = ((196, 144, 116), (150, 98, 74), (224, 178, 150), (100, 66, 48), (70, 46, 36))
_WALL: Colour = (28, 33, 33)


def random_look(rng: np.random.Generator, *, preset: Preset = "varied", view: View = "oblique") -> Look:
    """A look of a preset; `view` says which of the broadcast's two cameras "clips" is for."""
    return _clips(rng, view) if preset == "clips" else _varied(rng)


def clips_camera(width: int, height: int, rng: np.random.Generator, *, view: View) -> Camera:
    """One of the broadcast's two cameras, found from the sights on the rails, moved by about a percent."""
    shake = rng.normal(0, 0.008, 3)
    wide = 9 / 16 * width / height  # the same width of the table in pictures of another shape
    if view == "overhead":
        angle = 2 * math.atan(576 / 2 / 272.5 / 5.97 / max(wide, 0.1) * (1 + shake[0]))
        x, y = -0.007 + shake[1], 0.008 + shake[2]
        up = (float(rng.normal(0, 0.003)), 1.0, 0.0)
        return Camera((x, y, 6.0), (x, y, 0.0), up, angle, width, height)
    angle = 2 * math.atan(math.tan(math.radians(12.27) / 2) / max(wide, 0.1) * (1 + shake[0]))
    position = (6.59 + float(rng.normal(0, 0.1)), 0.012 + shake[1], 2.32 + float(rng.normal(0, 0.04)))
    return Camera(position, (0.229 + shake[1], -0.035 + shake[2], 0.0), (0.0, -0.008, 1.0), angle, width, height)


def _clips(rng: np.random.Generator, view: View) -> Look:
    above = view == "overhead"
    cloth: Colour = (47, 140, 187) if above else (47, 159, 217)
    surfaces = Surfaces(
        cloth=_near(rng, cloth, 2),
        cloth_grain=0.004,
        cloth_wear=0.008,
        chalk_marks=int(rng.integers(1, 6)),
        spots=((0.629, 0.0, 0.0155, (38, 62, 74)),),
        wood=(60, 60, 57) if above else (70, 80, 75),
        wood_grain=0.015,
        sight_m=0.0075 if above else 0.0085,
        cushion_light=0.93 if above else 0.97,
        cushion_face=0.3 if above else 0.09,
        cushion_shade=0.7,
        hole=(20, 23, 22) if above else (30, 34, 33),
        apron_mark="PANTHER" if rng.random() < 0.5 else "BILLIARDS",
        chalk_cubes=(_chalk(rng, above=above),),
        potted=tuple((int(rng.integers(6)), _arena(int(rng.integers(1, 16)))) for _ in range(int(rng.integers(0, 5)))),
    )
    light = Light(
        lamps=_frames(rng),
        height_m=1.9,
        wrap=0.62 if above else 0.5,
        steepness=1.0 if above else 1.4,
        lift=1.0 if above else 1.18,
        falloff=0.03,
        tilt=(0.0, 0.0) if above else (0.03, 0.0),
        bounce=0.45,
        contact=0.97,
        shadow=0.4,
        softness=0.9,
        gloss=1.0,
        room=0.05,
    )
    style = BallStyle(
        cream=(253, 248, 184) if above else (250, 250, 168),
        disc_rad=0.36,
        ring=True,
        number_on="cap",
        cue_spots=6,
        spot=(60, 28, 34),
        mark=0.28,
        stripe=0.47,
    )
    room = Room(
        floor=(26, 46, 56),
        contrast=0.55,
        wall=None if above else _WALL,
        wall_m=(4.1, math.pi),
        wall_width_m=4.7,
        words=(*[""] * 5, "WORLD 8-BALL", "CHAMPIONSHIP", ""),
        ambient=0.9,
    )
    film = Film(
        shutter_s=float(rng.choice([1 / 100, 1 / 200, 1 / 400])),
        blur_px=float(rng.uniform(0.28, 0.55)),
        sharpen=float(rng.uniform(0.2, 1.0)),
        noise=float(rng.uniform(0.2, 1.2)),
        vignette=0.03,
        jpeg=int(rng.integers(72, 95)),
        exposure=float(rng.uniform(0.93, 1.07)),
        saturation=float(rng.uniform(0.985, 1.015)),
    )
    return Look(
        surfaces, light, room, style, palette=_ARENA,
        persons=_maybe_player(rng, share=0.6, view=view),
        graphics=_broadcast(rng) if rng.random() < 0.8 else None,
        film=film,
    )  # fmt: skip


def _arena(number: int) -> Colour:
    return dict(_ARENA)[number]


def _chalk(rng: np.random.Generator, *, above: bool) -> tuple[float, float, Colour]:
    colour: Colour = (178, 60, 92)
    if above or rng.random() < 0.5:
        return float(rng.choice([-1, 1]) * rng.uniform(1.33, 1.38)), float(rng.uniform(-0.5, 0.5)), colour
    return float(rng.uniform(-1, 1)), float(rng.choice([-1, 1]) * rng.uniform(0.70, 0.76)), colour


def _frames(rng: np.random.Generator) -> tuple[Lamp, ...]:
    """The arena's rig: bright outlines of rectangles in a row over the table."""
    glow = float(rng.uniform(1.8, 4.2))
    outlines = tuple(Lamp((x, 0.0), (0.75, 1.1), glow=glow, hollow=True) for x in (-0.95, 0.0, 0.95))
    return (*outlines, Lamp((0.0, 0.0), (2.9, 1.3), glow=0.5))


def _broadcast(rng: np.random.Generator) -> Graphics:
    names = ("VAN LOON", "KIM LAN", "OSORIO", "TANAKA", "BERGER", "LINDQVIST")
    first, second = rng.choice(len(names), 2, replace=False)
    return Graphics(
        board=(0.048, 0.80),
        scores=(int(rng.integers(0, 9)), int(rng.integers(0, 9))),
        names=(names[first], names[second]),
        badge=(0.912, 0.875),
        clock=int(rng.integers(1, 30)) if rng.random() < 0.5 else None,
    )


def _maybe_player(rng: np.random.Generator, *, share: float, view: View | None = None) -> tuple[Person, ...]:
    if rng.random() > share:
        return ()
    side = int(rng.integers(4)) if view != "oblique" else int(rng.choice([1, 2, 3]))  # nobody between camera and table
    # The bridge lies near a rail and points to the middle: x > 0, y > 0, y < 0, x < 0.
    along = float(rng.uniform(-0.9, 0.9))
    place, towards = (
        ((float(rng.uniform(0.95, 1.2)), along * 0.55), math.pi),
        ((along, float(rng.uniform(0.4, 0.58))), -math.pi / 2),
        ((along, -float(rng.uniform(0.4, 0.58))), math.pi / 2),
        ((-float(rng.uniform(0.95, 1.2)), along * 0.55), 0.0),
    )[side]
    dark = int(rng.integers(10, 40))
    shirts: tuple[Colour, ...] = ((dark, dark, dark + 8), (60, 36, 36), (200, 200, 205), (30, 40, 80), (120, 30, 40))
    return (
        Person(
            bridge_m=place,
            towards_rad=towards + float(rng.normal(0, 0.35)),
            skin=_SKINS[int(rng.integers(len(_SKINS)))],
            shirt=shirts[0] if view is not None or rng.random() < 0.5 else shirts[int(rng.integers(len(shirts)))],
            stands=bool(rng.random() < 0.3),
            glove=(24, 24, 28) if rng.random() < 0.4 else None,
            cue=(40, 36, 34) if rng.random() < 0.6 else (200, 160, 110),
            drift_m_s=(float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))),
            leaves_s=float(rng.uniform(0.5, 3)),
        ),
    )


def _varied(rng: np.random.Generator) -> Look:
    look = Look(
        _any_surfaces(rng), _any_light(rng), _any_room(rng), _any_style(rng), palette=_any_palette(rng),
        persons=_maybe_player(rng, share=0.4),
        graphics=_broadcast(rng) if rng.random() < 0.25 else None,
        film=_any_film(rng),
    )  # fmt: skip
    if look.graphics is not None:
        corner = (float(rng.uniform(0.02, 0.85)), float(rng.choice([0.02, 0.8])))
        look = replace(look, graphics=replace(look.graphics, board=corner, badge=(float(rng.uniform(0.1, 0.9)), 0.1)))
    return look


def _any_surfaces(rng: np.random.Generator) -> Surfaces:
    rings: tuple[Colour, ...] = ((122, 122, 118), (60, 36, 20), (190, 170, 90))
    ring = None if rng.random() < 0.4 else _near(rng, rings[int(rng.integers(3))], 20)
    spots = [(float(rng.choice([-0.635, 0.635])), 0.0)] if rng.random() < 0.7 else []
    spots += [(float(rng.uniform(-1, 1)), float(rng.uniform(-0.5, 0.5))) for _ in range(int(rng.integers(0, 3)))]
    ink: tuple[Colour, ...] = ((20, 24, 26), (235, 235, 230), (38, 62, 74))
    cube: tuple[Colour, ...] = ((40, 110, 190), (178, 60, 92), (40, 140, 90))
    return Surfaces(
        cloth=_near(rng, _CLOTHS[int(rng.integers(len(_CLOTHS)))], 14),
        cloth_grain=float(rng.uniform(0, 0.05)),
        cloth_wear=float(rng.uniform(0, 0.05)),
        chalk_marks=int(rng.integers(0, 14)),
        spots=tuple((x, y, float(rng.uniform(0.005, 0.018)), ink[int(rng.integers(3))]) for x, y in spots),
        lines=(230, 230, 225) if rng.random() < 0.2 else None,
        wood=_near(rng, _WOODS[int(rng.integers(len(_WOODS)))], 12),
        wood_grain=float(rng.uniform(0, 0.2)),
        extra_rail_m=float(rng.uniform(0, 0.05)),
        rounding_m=float(rng.uniform(0.01, 0.1)),
        sight_m=float(rng.uniform(0.004, 0.01)),
        pocket_ring=ring,
        ring_m=float(rng.uniform(0.005, 0.025)),
        hole=_near(rng, (18, 18, 18), 14),
        cushion_light=float(rng.uniform(0.75, 1.15)),
        cushion_face=float(rng.uniform(0.1, 0.6)),
        cushion_shade=float(rng.uniform(0.2, 0.75)),
        apron=_near(rng, _WOODS[int(rng.integers(len(_WOODS)))], 10),
        apron_mark="" if rng.random() < 0.7 else "BILLIARDS",
        chalk_cubes=tuple(
            (*_chalk(rng, above=False)[:2], cube[int(rng.integers(3))]) for _ in range(int(rng.integers(0, 4)))
        ),
        potted=tuple((int(rng.integers(6)), _arena(int(rng.integers(1, 16)))) for _ in range(int(rng.integers(0, 5)))),
    )  # fmt: skip


def _any_light(rng: np.random.Generator) -> Light:
    kind = int(rng.integers(4))
    glow = float(rng.uniform(2, 10))
    if kind == 0:  # two or three shaded bulbs over the table
        count = int(rng.integers(2, 4))
        lamps = tuple(Lamp(((k - (count - 1) / 2) * 0.8, 0.0), (0.22, 0.22), glow=glow * 8) for k in range(count))
    elif kind == 1:  # one long box
        lamps = (Lamp((0.0, 0.0), (float(rng.uniform(1.2, 2.4)), float(rng.uniform(0.2, 0.9))), glow=glow * 2),)
    elif kind == 2:  # tubes in the hall's ceiling
        lamps = tuple(Lamp((x * 1.6, y * 1.3), (1.2, 0.15), glow=glow * 3) for x in (-1, 0, 1) for y in (-1, 1))
    else:
        lamps = _frames(rng)
    hard = float(rng.uniform(0, 0.7)) if kind in {0, 1} else 0.0
    warm = float(rng.uniform(0, 0.3))
    return Light(
        lamps=lamps,
        height_m=float(rng.uniform(0.7, 3.5)),
        wrap=float(rng.uniform(0.3, 1.0)),
        steepness=float(rng.uniform(0.8, 1.7)),
        key=hard,
        bounce=float(rng.uniform(0.2, 0.7)),
        falloff=float(rng.uniform(0, 0.55)),
        tilt=(float(rng.normal(0, 0.08)), float(rng.normal(0, 0.12))),
        contact=float(rng.uniform(0.6, 1.0)),
        shadow=float(rng.uniform(0.05, 0.65)),
        softness=float(rng.uniform(0.1, 1.2)),
        tint=(1.0, 1.0 - warm * 0.35, 1.0 - warm),
        gloss=float(rng.uniform(0.5, 1.6)),
        room=float(rng.uniform(0.01, 0.15)),
    )


def _any_room(rng: np.random.Generator) -> Room:
    base = rng.integers(5, 190, 3)
    grey = int(base.mean())
    floor = (int(base[0] + grey) // 2, int(base[1] + grey) // 2, int(base[2] + grey) // 2)
    patterns: tuple[Literal["plain", "strokes", "tiles", "boards", "speckle"], ...] = (
        "plain", "strokes", "tiles", "boards", "speckle",
    )  # fmt: skip
    wall = _near(rng, (90, 88, 84), 70) if rng.random() < 0.5 else None
    return Room(
        floor=floor,
        pattern=patterns[int(rng.integers(len(patterns)))],
        contrast=float(rng.uniform(0.1, 0.8)),
        wall=wall,
        wall_m=(float(rng.uniform(2.2, 6)), float(rng.uniform(0, 2 * math.pi))),
        words=("BILLIARDS", "OPEN TABLE") if rng.random() < 0.4 else (),
        ambient=float(rng.uniform(0.1, 1.0)),
    )


def _any_style(rng: np.random.Generator) -> BallStyle:
    creams: tuple[Colour, ...] = ((246, 240, 214), (253, 248, 190), (238, 238, 236), (236, 222, 180), (250, 246, 230))
    return BallStyle(
        cream=creams[int(rng.integers(len(creams)))],
        disc_rad=float(rng.uniform(0.3, 0.52)),
        ring=bool(rng.random() < 0.3),
        stripe=float(rng.uniform(0.4, 0.58)),
        number_on="cap" if rng.random() < 0.25 else "stripe",
        cue_spots=(0, 1, 6)[int(rng.integers(3))],
        spot=((170, 30, 40), (30, 40, 120), (20, 20, 20))[int(rng.integers(3))],
        mark=float(rng.uniform(0, 0.5)) if rng.random() < 0.5 else 0.0,
    )


def _any_palette(rng: np.random.Generator) -> tuple[tuple[int, Colour], ...]:
    if rng.random() < 0.25:
        return _ARENA
    base = _SETS[int(rng.integers(len(_SETS)))]
    fade = float(rng.uniform(0, 0.25)) if rng.random() < 0.4 else 0.0  # old sets yellow and pale
    mixed = [_near(rng, _blend(colour, (170, 150, 110), fade), 8) for colour in base]
    eight = _blend((18, 18, 20), (90, 84, 76), fade)
    return tuple((number, eight if number == 8 else mixed[(number - 1) % 8]) for number in range(1, 16))


def _any_film(rng: np.random.Generator) -> Film:
    poor = rng.random() < 0.35
    return Film(
        exposure=float(math.exp(rng.normal(-0.08, 0.3))),
        balance=(float(math.exp(rng.normal(0, 0.1))), 1.0, float(math.exp(rng.normal(0, 0.12)))),
        contrast=float(rng.uniform(0.8, 1.2)),
        saturation=float(rng.uniform(0.65, 1.25)),
        shutter_s=float(rng.choice([1 / 30, 1 / 60, 1 / 120, 1 / 250, 1 / 500])),
        blur_px=float(rng.uniform(0.3, 1.6 if poor else 0.8)),
        sharpen=float(rng.uniform(0, 0.9)) if rng.random() < 0.4 else 0.0,
        noise=float(rng.uniform(2, 10) if poor else rng.uniform(0.2, 3)),
        vignette=float(rng.uniform(0, 0.35)),
        jpeg=int(rng.integers(30, 70) if poor else rng.integers(60, 96)),
        shrink=float(rng.uniform(1.2, 2.0)) if poor and rng.random() < 0.5 else 1.0,
    )


def _near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    values = [int(min(max(value + rng.normal(0, spread), 0), 255)) for value in colour]
    return values[0], values[1], values[2]


def _blend(colour: Colour, other: Colour, share: float) -> Colour:
    values = [int(a * (1 - share) + b * share) for a, b in zip(colour, other, strict=True)]
    return values[0], values[1], values[2]
