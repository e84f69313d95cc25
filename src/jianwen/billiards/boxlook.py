"""Everything about a picture of a lock box that is drawn once and kept: box, materials, light, view, front, things.

Nouns only; `boxlooks.py` draws them at random, `lockbox.py` renders them. Lengths in metres, origin in the middle of
the box's floor, z up; colours sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jianwen.billiards.look import Film, Light

if TYPE_CHECKING:
    from jianwen.billiards.texture import Colour

Split = Literal["train", "wide", "shifted"]
Grain = Literal["felt", "wood", "metal", "plastic", "rubber", "carpet"]
Thing = Literal["chalk", "hand", "glove", "towel"]


@dataclass(frozen=True, slots=True)
class Material:
    """What a part of the box is made of."""

    grain: Grain
    colour: Colour
    contrast: float = 0.1  # relative deviation of the grain
    texels_m: float = 700.0  # texels of the grain a metre


@dataclass(frozen=True, slots=True)
class Box:
    """Equal cells side by side, each a straight prism over a convex outline with a level floor."""

    family: str
    outline_m: tuple[tuple[float, float], ...]  # of a cell, counter-clockwise round (0, 0)
    rim_m: float  # height of the walls
    cells: tuple[int, int] = (1, 1)  # along x and along y
    pitch_m: tuple[float, float] = (0.0, 0.0)  # from cell to cell
    wall_m: float = 0.012  # how broad the outer wall's top is
    slope: tuple[float, float] = (0.0, 0.0)  # the way down, as a share of gravity along x and y: where balls roll to
    loose: float = 0.0  # share of balls that lie where they came to rest on the floor instead of having rolled down
    recessed: bool = True  # let into a counter; otherwise it stands on one
    layers: int = 1  # how many there may be


@dataclass(frozen=True, slots=True)
class Lens:
    """A radial bend of the finished picture."""

    kind: Literal["plain", "barrel", "fisheye", "pincushion"] = "plain"
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera hangs. Its distance follows from how much of the picture the box fills."""

    azimuth_rad: float = 0.0
    elevation_rad: float = 1.5
    roll_rad: float = 0.0
    field_of_view_rad: float = 0.8
    fill: float = 0.9  # of the half picture, by the box's farthest corner
    shift: tuple[float, float] = (0.0, 0.0)  # of the aim, as a share of the box's size
    lens: Lens = field(default_factory=Lens)


@dataclass(frozen=True, slots=True)
class Front:
    """What the camera looks through."""

    kind: Literal["open", "bars", "mesh", "acrylic"] = "open"
    pitch_m: float = 0.06  # from bar to bar
    thick_m: float = 0.005
    angle_rad: float = 0.0
    colour: Colour = (70, 70, 74)
    veil: float = 0.0  # how much of the room an acrylic front mirrors


@dataclass(frozen=True, slots=True)
class Glare:
    """A bright spot: centre and standard deviation as fractions of the picture, radiance at its middle."""

    centre: tuple[float, float]
    size: tuple[float, float]
    glow: float


@dataclass(frozen=True, slots=True)
class BoxLook:
    """All of it."""

    box: Box
    floor: Material
    wall: Material
    rim: Material
    counter: Material  # what the box stands on or is let into
    view: View = field(default_factory=View)
    light: Light = field(default_factory=Light)
    gloom: float = 0.3  # how much light is lost from the rim to the floor
    film: Film = field(default_factory=Film)
    balls: str = "pool-0"  # a set of `boxballs.py`
    front: Front = field(default_factory=Front)
    dirt: float = 0.0  # on floor and walls, 0 to 1
    smears: float = 0.0  # on the lens or the front, 0 to 1
    glares: tuple[Glare, ...] = ()
    things: tuple[Thing, ...] = ()
    families: tuple[str, ...] = ()  # of box, material, light, camera, lens: "box:tray", ...
