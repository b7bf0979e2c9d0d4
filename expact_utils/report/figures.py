"""Figures as files and on pages, with their alt text."""

import re

import matplotlib.pyplot as plt
import PIL.Image
from matplotlib.figure import Figure

from expact_utils.report.glyphs import share_letters
from expact_utils.run.files import atomic
from expact_utils.run.paths import Run

PLOT_DPI = 160
COLOURS_IN_PNG = 48


def show(figure: Figure, run: Run, name: str, alt: str) -> None:
    """Save a figure as PNG, SVG and PDF under the run's `figures/`, and display it with its alt text.

    Its name and alt text travel in the output's metadata; the book puts them on the page. The first sentence of the
    alt text is the caption too, so it says what the figure is; what follows says what is to be seen.
    """
    from IPython.display import Image, display

    for suffix in ("png", "svg", "pdf"):
        with atomic(run.figures / f"{name}.{suffix}") as partial:
            figure.savefig(partial, bbox_inches="tight", dpi=PLOT_DPI)
            if suffix == "svg":
                drawn = partial.read_text(encoding="utf-8")
                rounded = re.sub(r"(\.\d\d)\d+", r"\1", drawn)  # a hundredth of a point will do
                partial.write_text(share_letters(rounded), encoding="utf-8")
            if suffix == "png":  # few colours, so a palette makes it a third of the size
                octree = PIL.Image.Quantize.FASTOCTREE
                PIL.Image.open(partial).convert("RGB").quantize(COLOURS_IN_PNG, octree).save(partial, optimize=True)
    plt.close(figure)
    display(Image(run.figures / f"{name}.png", alt=alt), metadata={"figure": name})
