"""Glyphs: the letters of logos, their colours and outlines, as paths of matplotlib and of SVG."""

import re
from functools import cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

# The conventional nucleotide colours, darkened until they can be told apart and read on white.
COLOURS = {"A": "#0a8f2b", "C": "#1f4fd8", "G": "#e08a00", "T": "#d1202f"}
SVG_COMMANDS = {
    Outline.MOVETO: "M",
    Outline.LINETO: "L",
    Outline.CURVE3: "Q",
    Outline.CURVE4: "C",
    Outline.CLOSEPOLY: "Z",
}
SVG_LETTER = re.compile(r'<path d="([^"]+)" clip-path="[^"]+" style="fill: (#\w{6})"/>')  # as matplotlib writes it


@cache
def glyph(letter: str) -> Outline:
    """Outline of a letter scaled to the unit square."""
    path = TextPath((0, 0), letter, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = path.get_extents()
    return Affine2D().translate(-box.x0, -box.y0).scale(1 / box.width, 1 / box.height).transform_path(path)


def outline(letter: str) -> str:
    """SVG path of a letter in the unit square, y downwards."""
    parts = []
    for points, code in glyph(letter).iter_segments():
        pairs = np.asarray(points).reshape(-1, 2) * (1, -1) + (0, 1)
        numbers = "" if code == Outline.CLOSEPOLY else " ".join(f"{x:.3f} {y:.3f}" for x, y in pairs)
        parts.append(SVG_COMMANDS[code] + numbers)
    return "".join(parts)


def share_letters(svg: str) -> str:
    """Make the letters of logos uses of four shapes, which makes an SVG of logos several times smaller."""
    letters = {colour: letter for letter, colour in COLOURS.items()}
    outlines = {letter: outline(letter) for letter in COLOURS}
    corners = {letter: _corners(path) for letter, path in outlines.items()}

    def use(found: re.Match) -> str:
        letter = letters.get(found[2])
        if not letter or re.sub("[^MLQCZ]", "", found[1].upper()) != re.sub("[^MLQCZ]", "", outlines[letter]):
            return found[0]
        (left, top), (right, bottom) = corners[letter]
        (x, y), (end, base) = _corners(found[1])
        across, down = (end - x) / (right - left), (base - y) / (bottom - top)
        place = f"{across:.4g} 0 0 {down:.4g} {x - across * left:.2f} {y - down * top:.2f}"
        return f'<use xlink:href="#{letter}" transform="matrix({place})"/>'

    drawn = SVG_LETTER.sub(use, svg)
    shapes = "".join(f'<path id="{letter}" d="{outlines[letter]}" fill="{COLOURS[letter]}"/>' for letter in COLOURS)
    return drawn.replace("<defs>", f"<defs>{shapes}", 1) if drawn != svg else svg


def _corners(path: str) -> np.ndarray:
    """Upper left and lower right of the points of an SVG path."""
    points = np.array(re.findall(r"-?\d[\d.]*", path), dtype=float).reshape(-1, 2)
    return np.array([points.min(axis=0), points.max(axis=0)])
