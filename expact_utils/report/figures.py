"""Figures as files and on pages, with their alt text."""

import re

import matplotlib.pyplot as plt
import PIL.Image
from matplotlib.figure import Figure
from matplotlib.text import Text

from expact_utils.report.glyphs import share_letters
from expact_utils.run.files import atomic
from expact_utils.run.paths import Run

PLOT_DPI = 160
COLOURS_IN_PNG = 48
LONGEST_LINE = 120  # characters of a text in a figure: with a name of thousands it could not be drawn
plt.rcParams["text.parse_math"] = False  # a name with dollar signs is a name; each notebook with a figure imports this


def show(figure: Figure, run: Run, name: str, alt: str) -> None:
    """Save a figure as PNG, SVG and PDF under the run's `figures/`, and display it with its alt text.

    Its name and alt text travel in the output's metadata; the book puts them on the page. The first sentence of the
    alt text is the caption too, so it says what the figure is; what follows says what is to be seen. Lines of text that
    are longer than `LONGEST_LINE` are cut in the figure.
    """
    from IPython.display import Image, display

    for text in figure.findobj(Text):
        text.set_text("\n".join(map(shortened, text.get_text().split("\n"))))
    figure.draw_without_rendering()
    box = figure.get_tightbbox().padded(plt.rcParams["savefig.pad_inches"])  # once for all formats, as that draws all
    for suffix in ("png", "svg", "pdf"):
        with atomic(run.figures / f"{name}.{suffix}") as partial:
            figure.savefig(partial, bbox_inches=box, dpi=PLOT_DPI)
            if suffix == "svg":
                drawn = partial.read_text(encoding="utf-8")
                rounded = re.sub(r"(\.\d\d)\d+", r"\1", drawn)  # a hundredth of a point will do
                partial.write_text(re.sub(r"\n +", "\n", share_letters(rounded)), encoding="utf-8")
            if suffix == "png":  # few colours, so a palette makes it a third of the size
                octree = PIL.Image.Quantize.FASTOCTREE
                PIL.Image.open(partial).convert("RGB").quantize(COLOURS_IN_PNG, octree).save(partial, optimize=True)
    plt.close(figure)
    display(Image(run.figures / f"{name}.png", alt=alt), metadata={"figure": name})


def shortened(line: str) -> str:
    """A line of text as a figure can hold it."""
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
