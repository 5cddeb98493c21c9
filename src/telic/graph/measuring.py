"""How wide a text is, without a font at hand.

The widths are those of Helvetica, from Adobe's *Font Metrics* for the 14 standard fonts; Arial
and Liberation Sans have the same. What may never be here: a font.
"""

from __future__ import annotations

from typing import Final
from unicodedata import east_asian_width

__all__ = ["line_height", "width_of"]

_WIDTHS: Final = (
    (222, "ijl'"),
    (260, "|"),
    (278, "!,./:;[\\]ftI "),
    (333, "`()-r"),
    (334, "{}"),
    (355, '"'),
    (389, "*"),
    (469, "^"),
    (500, "Jcksvxyz"),
    (556, "#$0123456789?Labdeghnopqu_"),
    (584, "+<=>~"),
    (611, "FTZ"),
    (667, "&ABEKPSVXY"),
    (722, "CDHNRUw"),
    (778, "GOQ"),
    (833, "Mm"),
    (889, "%"),
    (944, "W"),
    (1015, "@"),
)
_WIDTH_OF: Final = {one: width for width, letters in _WIDTHS for one in letters}
_UNKNOWN: Final = 667
_BOLD: Final = 1.07


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line is, in pixels.

    Args:
        text: One line.
        size: The size of the font, in pixels.
        bold: Whether it is bold.
    """
    units = sum(1000 if east_asian_width(one) in "WF" else _WIDTH_OF.get(one, _UNKNOWN) for one in text)
    return units * size / 1000 * (_BOLD if bold else 1)


def line_height(size: float) -> float:
    """Return the distance between two lines, in pixels."""
    return round(size * 1.4, 1)
