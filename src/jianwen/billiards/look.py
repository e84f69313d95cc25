"""Everything about a picture that is not geometry: cloth, wood, light, lens, people, graphics.

Nouns only; `presets.py` draws them at random. Colours are sRGB 0-255 as seen where the light is 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jianwen.billiards.texture import BallStyle, Colour

__all__ = ["BallStyle", "Film", "Graphics", "Lamp", "Light", "Look", "Person", "Room", "Surfaces"]


@dataclass(frozen=True, slots=True)
class Lamp:
    """A rectangle that shines downwards, seen as a highlight in the balls."""

    centre_m: tuple[float, float]
    size_m: tuple[float, float]
    glow: float = 6.0  # radiance, 1 = a white sheet under the lamps; a naked bulb is 50 and more
    hollow: bool = False  # only the rectangle's outline shines


@dataclass(frozen=True, slots=True)
class Light:
    """What falls on cloth and balls."""

    lamps: tuple[Lamp, ...] = (Lamp((0.0, 0.0), (1.8, 0.9)),)
    height_m: float = 1.6  # of all lamps above the cloth
    wrap: float = 0.6  # 0 = hard light from above, 1 = as soft as an overcast sky
    steepness: float = 1.3  # how fast a ball darkens towards its underside
    lift: float = 1.0  # how much brighter a ball's top is than the cloth's share of the light
    key: float = 0.0  # share of light that comes from the lamps' places instead of evenly from above
    bounce: float = 0.55  # how much of the cloth's light comes back to the underside of a ball
    falloff: float = 0.15  # how much darker the corners of the table are than its middle
    tilt: tuple[float, float] = (0.0, 0.0)  # change of light per metre along x and y
    contact: float = 0.95  # darkness of the soft shadow under a ball
    shadow: float = 0.25  # darkness of the shadows the lamps throw
    softness: float = 0.6  # half width of their edge, in ball radii
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of the light, linear
    gloss: float = 1.0  # strength of mirror images in the balls
    room: float = 0.03  # radiance of what else a ball mirrors


@dataclass(frozen=True, slots=True)
class Surfaces:
    """The table's cloth, wood and pockets."""

    cloth: Colour = (48, 158, 216)
    cloth_grain: float = 0.01  # relative standard deviation of the weave
    cloth_wear: float = 0.01  # the same of large patches
    chalk_marks: int = 4
    spots: tuple[tuple[float, float, float, Colour], ...] = ()  # stickers: x, y, radius in metres, colour
    lines: Colour | None = None  # of the head string; None: not drawn
    wood: Colour = (58, 60, 58)
    wood_grain: float = 0.03
    extra_rail_m: float = 0.033  # wood beyond the table's own rail
    rounding_m: float = 0.075  # of the outer corners
    sight: Colour = (235, 235, 230)
    sight_m: float = 0.0065  # radius
    pocket_ring: Colour | None = (122, 122, 118)  # metal or leather round the holes
    ring_m: float = 0.011  # its width
    hole: Colour = (20, 23, 22)
    cushion_light: float = 0.94  # light on the cushions' tops
    cushion_face: float = 0.18  # light on the upright face under a nose
    cushion_shade: float = 0.65  # how dark the cloth is right at a cushion
    apron: Colour = (5, 14, 16)
    apron_mark: str = ""  # a word on the table's side
    chalk_cubes: tuple[tuple[float, float, Colour], ...] = ()  # places on the rails, metres
    potted: tuple[tuple[int, Colour], ...] = ()  # balls that lie in pockets: index of the pocket, colour; unlabelled


@dataclass(frozen=True, slots=True)
class Room:
    """What lies round the table."""

    floor: Colour = (30, 54, 62)
    pattern: Literal["plain", "strokes", "tiles", "boards", "speckle"] = "strokes"
    contrast: float = 0.5
    drop_m: float = 0.8  # of the floor below the cloth
    wall: Colour | None = None  # None: no wall in sight
    wall_m: tuple[float, float] = (2.4, 0.0)  # its distance from the table's middle, and the direction it stands in
    wall_width_m: float = 5.0  # of the banner on it; 0.4 of that is its height
    words: tuple[str, ...] = ()  # on the wall, lines from above
    ambient: float = 1.0  # light on everything that is not the table


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the table: an arm with a bridge hand and a cue, perhaps the body behind it."""

    bridge_m: tuple[float, float]  # where the hand lies
    towards_rad: float  # where the cue points to
    skin: Colour = (150, 98, 74)
    shirt: Colour = (18, 20, 26)
    glove: Colour | None = None
    cue: Colour = (40, 36, 34)
    whole: bool = True  # head and back too, not only the arm
    stands: bool = False  # upright beside the table, behind where the hand would lie, the cue in hand
    drift_m_s: tuple[float, float] = (0.0, 0.0)  # how the person moves
    leaves_s: float | None = None  # when the person steps away; None: stays


@dataclass(frozen=True, slots=True)
class Graphics:
    """What a broadcast lays over the picture; fractions of its size."""

    board: tuple[float, float] | None = None  # left upper corner of the score board
    scores: tuple[int, int] = (0, 0)
    names: tuple[str, str] = ("HOME", "VISITOR")
    badge: tuple[float, float] | None = None  # centre of a round emblem
    clock: int | None = None  # seconds shown in a ring at the lower edge
    accent: Colour = (232, 200, 40)


@dataclass(frozen=True, slots=True)
class Film:
    """From light to a file's pixels."""

    exposure: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)  # gains of red, green and blue, linear
    contrast: float = 1.0  # 1 = the standard curve
    saturation: float = 1.0
    shutter_s: float = 1 / 120
    blur_px: float = 0.5  # standard deviation of the lens's softness
    sharpen: float = 0.0  # a broadcast's or telephone's edge enhancement
    noise: float = 1.0  # standard deviation, of 255
    vignette: float = 0.05  # darkening of the picture's corners
    jpeg: int | None = 85  # quality; None: not compressed
    shrink: float = 1.0  # the picture was smaller by this factor once, and was brought up again


@dataclass(frozen=True, slots=True)
class Look:
    """All of it."""

    surfaces: Surfaces = field(default_factory=Surfaces)
    light: Light = field(default_factory=Light)
    room: Room = field(default_factory=Room)
    style: BallStyle = field(default_factory=BallStyle)
    palette: tuple[tuple[int, Colour], ...] = ()  # colours by number, where they are not the ball's own
    persons: tuple[Person, ...] = ()
    graphics: Graphics | None = None
    film: Film = field(default_factory=Film)
