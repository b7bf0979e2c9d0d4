"""Figures: sequence logos, the grid of Figure 1, learning curves, and how a figure gets its alt text.

Every function takes or makes matplotlib axes and returns them; none shows anything but `show`.
"""

import re
from functools import cache

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import PIL.Image
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from matplotlib.transforms import Affine2D

from expact_utils.config import ACTIVATION_NAMES, NETWORK_NAMES, data_title, network_title
from expact_utils.files import atomic
from expact_utils.motifs import ALPHABET, Motif, information, reverse_complement
from expact_utils.runs import Run

# The conventional nucleotide colours, darkened until they can be told apart and read on white.
COLOURS = {"A": "#0a8f2b", "C": "#1f4fd8", "G": "#e08a00", "T": "#d1202f"}
ACTIVATION_COLOURS = {"relu": "#5b6770", "exponential": "#c1440e"}
LINE_COLOURS = ("#000000", "#0072b2", "#d55e00", "#e6b400")  # told apart by the colour-blind too; then dashes
LETTER_GAP = 0.04  # of a position's width
VISIBLE = 0.02  # bits: a lower letter is less than a pixel high
PLOT_DPI = 160
COLOURS_IN_PNG = 48
plt.rcParams["text.parse_math"] = False  # a name with a dollar sign is a name
SVG_COMMANDS = {
    Outline.MOVETO: "M",
    Outline.LINETO: "L",
    Outline.CURVE3: "Q",
    Outline.CURVE4: "C",
    Outline.CLOSEPOLY: "Z",
}
SVG_LETTER = re.compile(r'<path d="([^"]+)" clip-path="[^"]+" style="fill: (#\w{6})"/>')  # as matplotlib writes it
LOGO_HEIGHT, NAME_WIDTH = 0.42, 0.65  # of a row of Figure 1 and of the name beside a logo, inches


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
                rounded = re.sub(r"(\.\d\d)\d+", r"\1", partial.read_text())  # a hundredth of a point will do
                partial.write_text(_share_letters(rounded))
            if suffix == "png":  # few colours, so a palette makes it a third of the size
                octree = PIL.Image.Quantize.FASTOCTREE
                PIL.Image.open(partial).convert("RGB").quantize(COLOURS_IN_PNG, octree).save(partial, optimize=True)
    plt.close(figure)
    display(Image(run.figures / f"{name}.png", alt=alt), metadata={"figure": name})


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
        np.atleast_1d(figure.subfigures(1, len(panels), wspace=0.05)), panels.items(), strict=True
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


def learning_curves(histories: list[dict], ax: Axes | None = None) -> Axes:
    """Draw training (dashed) and validation loss (solid) by epoch, a colour an activation."""
    ax = ax or plt.subplots(figsize=(6, 3.4))[1]
    for history in histories:
        colour = ACTIVATION_COLOURS[history["activation"]]
        epochs = np.arange(1, len(history["training_loss"]) + 1)
        label = network_title(history["architecture"], history["activation"])
        ax.plot(epochs, history["training_loss"], "--", color=colour, label=f"{label}: training")
        ax.plot(epochs, history["validation_loss"], color=colour, label=f"{label}: validation")
        kept = history["kept_epoch"]
        ax.plot(kept, history["validation_loss"][kept - 1], "o", color=colour, label=f"kept: epoch {kept}")
    ax.set(xlabel="epoch", ylabel="binary cross-entropy")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=8, frameon=False)
    sns.despine(ax=ax)
    return ax


def share_bars(
    table: pd.DataFrame, measure: str = "relevant", of: str = "a motif of the twelve TFs", ax: Axes | None = None
) -> Axes:
    """Draw the share of filters that match `of`, by network and activation; rows of `table1.csv` of one data set."""
    ax = ax or plt.subplots(figsize=(6, 3.2))[1]
    networks = list(dict.fromkeys(table["architecture"]))
    activations = list(dict.fromkeys(table["activation"]))
    width = 0.8 / len(activations)
    for i, activation in enumerate(activations):
        rows = table[table["activation"] == activation].set_index("architecture").loc[networks]
        x = np.arange(len(networks)) + (i - (len(activations) - 1) / 2) * width
        bars = ax.bar(
            x,
            rows[f"{measure}_mean"],
            width * 0.92,
            yerr=rows[f"{measure}_std"] if (rows["trials"] > 1).all() else None,
            color=ACTIVATION_COLOURS[activation],
            label=ACTIVATION_NAMES[activation],
        )
        ax.bar_label(bars, fmt="%.2f", fontsize=9, padding=2)
    ax.set_xticks(range(len(networks)), [NETWORK_NAMES[name] for name in networks])
    ax.set(ylim=(0, 1.12), ylabel=f"share of filters that match\n{of}")
    ax.set_title(data_title(table["dataset"].iloc[0]), fontsize=10)
    ax.legend(title="first-layer activation", fontsize=9, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(ax=ax)
    return ax


def sweep_curves(table: pd.DataFrame, measure: str, xlabel: str, log: bool = False) -> Figure:
    """Draw a share of filters against a setting that was varied: a row a dataset, a column a network.

    `table` has columns dataset, architecture, activation, trial, setting (number) and `measure`; the line is the mean
    over trials, the band goes from the lowest to the highest.
    """
    datasets, networks = (list(dict.fromkeys(table[column])) for column in ("dataset", "architecture"))
    figure, axes = plt.subplots(
        len(datasets),
        len(networks),
        figsize=(3 * len(networks) + 1, 2.4 * len(datasets) + 0.4),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for (i, j), ax in np.ndenumerate(axes):
        own = table[(table["dataset"] == datasets[i]) & (table["architecture"] == networks[j])]
        for activation, rows in own.groupby("activation", sort=False):
            over_trials = rows.groupby("setting")[measure]
            mean, colour = over_trials.mean(), ACTIVATION_COLOURS[activation]
            ax.plot(mean.index, mean, "o-", color=colour, markersize=4, label=ACTIVATION_NAMES[activation])
            ax.fill_between(mean.index, over_trials.min(), over_trials.max(), color=colour, alpha=0.2, linewidth=0)
        ax.set(ylim=(-0.03, 1.03), xscale="log" if log else "linear")
        if i == 0:
            ax.set_title(NETWORK_NAMES[networks[j]], fontsize=11)
        if j == 0:
            ax.set_ylabel(f"{datasets[i]}\nshare of filters")
    if log:  # matplotlib's own labels are formulas
        axes[0, 0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes[0, 0].xaxis.set_minor_formatter(NullFormatter())
    axes[0, -1].legend(title="first layer", fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.supxlabel(xlabel, fontsize=10)
    sns.despine(figure)
    figure.tight_layout()
    return figure


def intervals(table: pd.DataFrame, labels: list[str], xlabel: str) -> Figure:
    """Draw effects with their intervals (columns effect, low, high), a row each, and a line at no effect."""
    figure, ax = plt.subplots(figsize=(6, 0.34 * len(table) + 0.9))
    places = np.arange(len(table))[::-1]
    ax.axvline(0, color="0.6", linewidth=1)
    ax.hlines(places, table["low"], table["high"], color="#5b6770")
    ax.plot(table["effect"], places, "o", color="#c1440e")
    ax.set_yticks(places, labels, fontsize=9)
    ax.set(xlabel=xlabel, ylim=(-0.6, len(table) - 0.4))
    sns.despine(ax=ax, left=True)
    return figure


def heat_map(table: pd.DataFrame, title: str) -> Figure:
    """Draw a table of numbers as a heat map around 0: rows are named motifs, columns classes."""
    figure, ax = plt.subplots(figsize=(2.8 + 0.7 * table.shape[1], 1 + 0.22 * len(table)))
    sns.heatmap(table, center=0, cmap="vlag", annot=True, fmt=".2f", annot_kws={"fontsize": 8}, cbar=False, ax=ax)
    ax.set(xlabel="", ylabel="")
    ax.set_title(title, fontsize=10)
    ax.tick_params(axis="y", rotation=0)
    return figure


def position_curves(histogram: pd.DataFrame, filters: list[str], title: str) -> Figure:
    """Draw where along the sequence some filters' sites lie: a curve a filter, as share of its sites.

    `histogram` has a row a filter and a column a bin, named by the bin's centre in nucleotides.
    """
    figure, ax = plt.subplots(figsize=(7, 3))
    ax.set_prop_cycle(plt.cycler(linestyle=["-", "--"]) * plt.cycler(color=LINE_COLOURS))
    for name in filters:
        row = histogram.loc[name]
        ax.plot(row.index.astype(float), row / max(row.sum(), 1), label=name, linewidth=1.2)
    ax.set(xlabel="position of the site's centre (nt)", ylabel="share of its sites", ylim=(0, None))
    ax.set_title(title, fontsize=10)
    if filters:
        ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(ax=ax)
    return figure


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


@cache
def glyph(letter: str) -> Outline:
    """Outline of a letter scaled to the unit square."""
    path = TextPath((0, 0), letter, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = path.get_extents()
    return Affine2D().translate(-box.x0, -box.y0).scale(1 / box.width, 1 / box.height).transform_path(path)


def _letter(letter: str, x: float, y: float, height: float) -> Outline:
    placed = Affine2D().scale(1 - 2 * LETTER_GAP, height).translate(x + LETTER_GAP, y)
    return placed.transform_path(glyph(letter))


def outline(letter: str) -> str:
    """SVG path of a letter in the unit square, y downwards."""
    parts = []
    for points, code in glyph(letter).iter_segments():
        pairs = np.asarray(points).reshape(-1, 2) * (1, -1) + (0, 1)
        numbers = "" if code == Outline.CLOSEPOLY else " ".join(f"{x:.3f} {y:.3f}" for x, y in pairs)
        parts.append(SVG_COMMANDS[code] + numbers)
    return "".join(parts)


def _share_letters(svg: str) -> str:
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
        place = f"{across:.3f} 0 0 {down:.3f} {x - across * left:.2f} {y - down * top:.2f}"
        return f'<use xlink:href="#{letter}" transform="matrix({place})"/>'

    drawn = SVG_LETTER.sub(use, svg)
    shapes = "".join(f'<path id="{letter}" d="{outlines[letter]}" fill="{COLOURS[letter]}"/>' for letter in COLOURS)
    return drawn.replace("<defs>", f"<defs>{shapes}", 1) if drawn != svg else svg


def _corners(path: str) -> np.ndarray:
    """Upper left and lower right of the points of an SVG path."""
    points = np.array(re.findall(r"-?\d[\d.]*", path), dtype=float).reshape(-1, 2)
    return np.array([points.min(axis=0), points.max(axis=0)])
