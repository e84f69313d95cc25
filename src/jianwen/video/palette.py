"""A colour for each object, far from its neighbours': the same in overlays and in the palette of mask files."""

from __future__ import annotations

import colorsys

__all__ = ["MOST_OBJECTS", "PALETTE", "Colour", "colour_of"]

MOST_OBJECTS = 255  # an index of eight bits, 0 being no object
_GOLDEN = 0.61803398875  # of a turn: successive hues never come near each other
_FIRST_HUE = 0.95  # red: on green and blue cloth alike it stands out

Colour = tuple[int, int, int]  # RGB, 0–255


def colour_of(number: int) -> Colour:
    """Of the object with this index, from 1; 0 is black, no object."""
    if number == 0:
        return (0, 0, 0)
    hue = (_FIRST_HUE + (number - 1) * _GOLDEN) % 1
    saturation = (0.85, 0.55)[(number - 1) // 8 % 2]  # after eight hues paler ones
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, 1.0)
    return (round(255 * red), round(255 * green), round(255 * blue))


PALETTE = bytes(value for number in range(MOST_OBJECTS + 1) for value in colour_of(number))  # R, G, B of each index
