"""Sequence logos, alone, in grids and in columns as in Figure 1."""

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D

from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif, information, reverse_complement
from expact_utils.report.glyphs import COLOURS, glyph
from expact_utils.run.names import data_title

LETTER_GAP = 0.04  # of a position's width
VISIBLE = 0.02  # bits: a lower letter is less than a pixel high
LOGO_HEIGHT, NAME_WIDTH = 0.42, 0.65  # of a row of Figure 1 and of the name beside a logo, inches


def logo(pfm: np.ndarray, ax: Axes | None = None, offset: float = 0) -> Axes:
    """Draw a sequence logo: letters as high as frequency times the position's information, 0 to 2 bits.

    Parameters
    ----------
    pfm : np.ndarray
        shape=(width, 4), columns A C G T, rows that sum to 1.
    ax : Axes, optional
        Where to draw; a new one otherwise.
    offset : float
        Position of the first column on the x axis.
    """
    ax = ax or plt.subplots(figsize=(4, 1))[1]
    heights = np.asarray(pfm) * information(pfm)[:, None]
    outlines, colours = [], []
    for position, column in enumerate(heights):
        bottom = 0.0
        for base in np.argsort(column, kind="stable"):
            if column[base] > VISIBLE:
                outlines.append(_letter(ALPHABET[base], offset + position, bottom, column[base]))
                colours.append(COLOURS[ALPHABET[base]])
            bottom += column[base]
    # One collection of paths draws ten times faster than an artist a letter.
    ax.add_collection(PathCollection(outlines, facecolors=colours, linewidths=0))
    ax.set(xlim=(min(offset, 0), offset + len(pfm)), ylim=(0, 2), xticks=[], yticks=[])
    sns.despine(ax=ax, left=True)
    return ax


def large_logo(pfm: np.ndarray) -> Axes:
    """Draw one PFM, shape=(width, 4), large and with axes, by logomaker: bits by position."""
    heights = pd.DataFrame(np.asarray(pfm) * information(pfm)[:, None], columns=list(ALPHABET))
    drawn = logomaker.Logo(heights, color_scheme=COLOURS, figsize=(7, 2.2))
    drawn.style_spines(visible=False)
    drawn.style_spines(spines=["left", "bottom"], visible=True)
    drawn.ax.set(ylim=(0, 2), yticks=[0, 1, 2], xticks=range(len(pfm)), xlabel="position", ylabel="bits")
    return drawn.ax


def logo_grid(pfms: list[np.ndarray], labels: list[str], columns: int = 5) -> Figure:
    """Draw logos in a grid, a label above each."""
    rows = max(1, -(-len(pfms) // columns))
    figure, axes = plt.subplots(rows, columns, figsize=(1.8 * columns, 0.9 * rows), squeeze=False)
    for ax in axes.flat[len(pfms) :]:
        ax.set_axis_off()
    for ax, pfm, label in zip(axes.flat, pfms, labels, strict=False):
        logo(pfm, ax).set_title(label, fontsize=8, pad=2)
    figure.tight_layout(h_pad=0.6, w_pad=0.6)
    return figure


def logo_table(rows: dict[str, list[tuple[np.ndarray, str] | None]], headings: tuple[str, ...] = ()) -> Figure:
    """Draw a table of logos: a row a name, which stands before it, and in it PFMs with a title each, or blanks.

    `headings` stand above the columns, as many as a row has places at most.
    """
    columns = max(1, len(headings), *map(len, rows.values()))
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(2.7 * columns + 1, 0.8 * len(rows) + 0.4), squeeze=False, layout="constrained"
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for of_row, (name, cells) in zip(axes, rows.items(), strict=True):
        of_row[0].text(
            -0.03, 0.5, name.replace(", ", "\n"), transform=of_row[0].transAxes, fontsize=9, ha="right", va="center"
        )
        for ax, cell in zip(of_row, cells, strict=False):
            if cell:
                ax.set_axis_on()
                logo(cell[0], ax).set_title(cell[1], fontsize=8, pad=2)
    for ax, heading in zip(axes[0], headings, strict=False):
        ax.text(0.5, 1.45, heading, transform=ax.transAxes, fontsize=10, fontweight="bold", ha="center", va="bottom")
    return figure


def logo_table_alt(rows: dict[str, list[tuple[np.ndarray, str] | None]]) -> str:
    """What `logo_table` shows, in words: the titles of each row."""
    return "; ".join(
        f"{name}: {', '.join(cell[1] for cell in cells if cell) or 'none'}" for name, cells in rows.items()
    )


def filter_columns(
    panels: dict[str, tuple[list[np.ndarray], list[str]]], truth: list[Motif], title: str = ""
) -> Figure:
    """Draw filters like the paper's Figure 1: a column a network, a row a filter, ground truth, if any, at the bottom.

    Parameters
    ----------
    panels : dict[str, tuple[list[np.ndarray], list[str]]]
        Column title to PFMs, each shape=(width, 4), and labels; an empty label leaves the logo unnamed.
    truth : list[Motif]
        Drawn below with their reverse complements, four logos a row at least.
    title : str
        Above all of it.
    """
    columns = len(panels)
    filters = max(len(pfms) for pfms, _ in panels.values())
    beside = max(4, 2 * (columns // 2))  # a motif and its reverse complement side by side
    truth_rows = -(-2 * len(truth) // beside)
    width = 2.5 * max(columns, 3)
    heights = [LOGO_HEIGHT * filters + 0.5, *([LOGO_HEIGHT * truth_rows + 0.6] if truth else [])]
    figure = plt.figure(figsize=(width, sum(heights)))
    upper, *lower = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False).ravel()

    axes = upper.subplots(filters, columns, squeeze=False, gridspec_kw=_room(width, heights[0], columns))
    for column, (heading, (pfms, labels)) in enumerate(panels.items()):
        axes[0, column].set_title(heading, fontsize=11, fontweight="bold")
        for ax, pfm, label in zip(axes[:, column], pfms, labels, strict=True):
            _named_logo(ax, pfm, label)
        for ax in axes[len(pfms) :, column]:
            ax.set_axis_off()

    if title:
        figure.text(0.01, 1, title, fontsize=11, va="bottom")
    if truth:
        axes = lower[0].subplots(truth_rows, beside, squeeze=False, gridspec_kw=_room(width, heights[1], beside))
        _ground_truth(lower[0], axes, truth)
    return figure


def side_by_side(panels: dict[str, tuple[list[np.ndarray], list[str]]], columns: int = 3) -> Figure:
    """Draw some filters of each network as a block of logos, the blocks beside each other.

    Parameters
    ----------
    panels : dict[str, tuple[list[np.ndarray], list[str]]]
        Title of a block to PFMs, each shape=(width, 4), and labels; an empty label leaves the logo unnamed.
    columns : int
        Logos in a row of a block.
    """
    rows = -(-max(len(pfms) for pfms, _ in panels.values()) // columns)
    figure = plt.figure(figsize=(1.55 * columns * len(panels), 0.72 * rows + 0.55), layout="constrained")
    for block, (heading, (pfms, labels)) in zip(
        figure.subfigures(1, len(panels), squeeze=False, wspace=0.05).flat, panels.items(), strict=True
    ):
        block.suptitle(heading, fontsize=11, fontweight="bold")
        axes = block.subplots(rows, columns, squeeze=False)
        for ax in axes.flat[len(pfms) :]:
            ax.set_axis_off()
        for ax, pfm, label in zip(axes.flat, pfms, labels, strict=False):
            logo(pfm, ax).set_title(label, fontsize=8, pad=1)
    return figure


def side_by_side_alt(panels: dict[str, tuple[list[np.ndarray], list[str]]], dataset: str) -> str:
    """Alt text of `side_by_side`: what the titles say, and the names of each block."""
    named = "; ".join(
        f"{heading}: {', '.join(filter(None, names)) or 'none'}" for heading, (_, names) in panels.items()
    )
    return f"The best filters with ReLU and with the exponential side by side, {data_title(dataset)}. Names: {named}."


def filter_columns_alt(panels: dict[str, tuple[list[np.ndarray], list[str]]]) -> str:
    """Alt text of `filter_columns`: how many filters of each column have a name."""
    counts = "; ".join(f"{heading}: {sum(map(bool, names))} of {len(names)}" for heading, (_, names) in panels.items())
    return (
        "Sequence logos of all filters, a column a network; ground truth, where it is known, below. "
        f"Filters that carry a name, because they match a motif: {counts}."
    )


def match_grid(matches: pd.DataFrame, queries: list[Motif], targets: list[Motif], columns: int = 4) -> Figure:
    """Draw every match of a Tomtom table in a grid, each filter above its target, as `matched_logos`."""
    query_of, target_of = ({motif.id: motif for motif in motifs} for motifs in (queries, targets))
    rows = max(1, -(-len(matches) // columns))
    figure, axes = plt.subplots(
        3 * rows, columns, figsize=(2.3 * columns, 1.8 * rows), squeeze=False, height_ratios=[1, 1, 0.45] * rows
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for place, (_, match) in enumerate(matches.iterrows()):
        row, column = divmod(place, columns)
        pair = axes[3 * row : 3 * row + 2, column]
        for ax in pair:
            ax.set_axis_on()
        matched_logos(query_of[match["Query_ID"]], target_of[match["Target_ID"]], match, pair)
    if matches.empty:
        axes.flat[0].text(0, 0.5, "no filter matches")
    return figure


def matched_logos(query: Motif, target: Motif, match, axes) -> None:
    """Draw a filter above its match, aligned at Tomtom's offset and in its orientation.

    Parameters
    ----------
    query, target : Motif
        The filter and the matrix of the database.
    match : pd.Series
        A row of Tomtom's table.
    axes : sequence of two Axes
        Upper and lower.
    """
    pfm = target.pfm if match["Orientation"] == "+" else reverse_complement(target.pfm)
    offset = int(match["Optimal_offset"])
    logo(query.pfm, axes[0], max(offset, 0))
    logo(pfm, axes[1], max(-offset, 0))
    right = max(query.width + max(offset, 0), target.width + max(-offset, 0))
    for ax in axes:
        ax.set_xlim(0, right)
    axes[0].set_title(f"{query.id}, E = {match['E-value']:.1e}", fontsize=8.5, pad=2)
    orientation = "" if match["Orientation"] == "+" else ", rev. comp."
    axes[1].set_xlabel(f"{target.name} {target.id}{orientation}", fontsize=8.5, labelpad=2)


def _room(width: float, height: float, columns: int) -> dict[str, float]:
    """Margins and gaps, in matplotlib's units, that leave equal room for a name left of every logo."""
    logo_width = 0.99 * width / columns - NAME_WIDTH
    return {
        "left": NAME_WIDTH / width,
        "right": 0.99,
        "bottom": 0.02,
        "top": 1 - 0.35 / height,
        "wspace": NAME_WIDTH / logo_width,
        "hspace": 0.25,
    }


def _ground_truth(figure, axes, truth: list[Motif]) -> None:
    """Fill the lower part of `filter_columns`: each motif beside its reverse complement."""
    figure.suptitle("Ground truth and reverse complements", fontsize=11, fontweight="bold", y=0.99)
    for ax in axes.flat[2 * len(truth) :]:
        ax.set_axis_off()
    for i, motif in enumerate(truth):
        _named_logo(axes.flat[2 * i], motif.pfm, motif.name)
        _named_logo(axes.flat[2 * i + 1], reverse_complement(motif.pfm), f"{motif.name}\nrev. comp.")


def _named_logo(ax: Axes, pfm: np.ndarray, label: str) -> None:
    logo(pfm, ax).set_ylabel(label, fontsize=7.5, rotation=0, ha="right", va="center", labelpad=3)


def _letter(letter: str, x: float, y: float, height: float) -> Outline:
    placed = Affine2D().scale(1 - 2 * LETTER_GAP, height).translate(x + LETTER_GAP, y)
    return placed.transform_path(glyph(letter))
