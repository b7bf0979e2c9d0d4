"""Attribution maps as logos, letters above and below a line, the motifs shaded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import rankdata

from expact_utils.attribution.maps import OFF
from expact_utils.attribution.methods import Maps
from expact_utils.dna.letters import ALPHABET, one_hot
from expact_utils.report.glyphs import COLOURS
from expact_utils.run.errors import InputError
from expact_utils.run.names import METHODS

SHADE = "#f3d9a4"
ROW = 0.85  # inches of a map
MARGIN = 1.05  # of the axis, over the tallest letter
WINDOW = 200  # positions of a map whose letters can still be read


def of_methods(maps: Mapping[str, Maps], row: int, truth: np.ndarray | None = None, start: int = 0) -> Figure:
    """Draw one sequence's maps, one below the other; `truth`, shape=(length,), shades positions that are motif.

    `start` is the position in the whole sequence at which the maps begin.
    """
    figure, axes = _rows(len(maps))
    for ax, (title, found) in zip(axes, maps.items(), strict=True):
        _draw(ax, found, row, title)
        for first, stop in spans(truth):
            ax.axvspan(first - 0.5, stop - 0.5, color=SHADE, zorder=-1)
    axes[-1].xaxis.set_major_formatter(lambda place, _: f"{start + place:.0f}")
    axes[-1].set_xlabel("position", fontsize=9)
    figure.tight_layout(h_pad=0.3)
    return figure


def of_sequences(maps: Maps, titles: list[str], sites: Sequence[Sequence[tuple[int, int, str]]] = ()) -> Figure:
    """Draw a map a sequence, one below the other, with a title each; heights are comparable.

    `sites` of each, a list of first position, the one after the last and name, are shaded and named.

    Raises
    ------
    InputError
        When there are not as many titles, and sites, as maps.
    """
    if not len(maps.codes) == len(titles) == len(sites or titles) or not titles:
        raise InputError(f"there are {len(maps.codes)} maps and {len(titles)} titles; expected one each, and sites.")
    figure, axes = _rows(len(titles))
    heights = maps.contributions
    for row, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        _draw(ax, maps, row, title)
        if np.ptp(heights) > 0:
            ax.set_ylim(min(heights.min(), 0) * MARGIN, max(heights.max(), 0) * MARGIN)
        for start, stop, name in sites[row] if sites else ():
            ax.axvspan(start - 0.5, stop - 0.5, color=SHADE, zorder=-1)
            middle, at_foot = (start + stop - 1) / 2, ax.get_xaxis_transform()
            ax.text(middle, 0, name, transform=at_foot, fontsize=8, ha="center", parse_math=False)
    figure.tight_layout(h_pad=0.3)
    return figure


def shifted(
    sites: Sequence[Sequence[tuple[int, int, str]]], starts: np.ndarray, width: int
) -> list[list[tuple[int, int, str]]]:
    """Sites in stretches of `width` positions that begin at `starts`, cut at their ends; those outside are left out."""
    return [
        [
            (max(first - start, 0), min(stop - start, width), name)
            for first, stop, name in of_sequence
            if first - start < width and stop > start
        ]
        for start, of_sequence in zip(starts.tolist(), sites, strict=True)
    ]


def focus(maps: Maps, width: int = WINDOW) -> tuple[Maps, np.ndarray]:
    """Maps about where most is, at most `width` positions each; and the first position of each, shape=(N,)."""
    width = min(width, maps.codes.shape[1])
    weights = np.lib.stride_tricks.sliding_window_view(np.abs(maps.contributions), width, axis=1).sum(axis=-1)
    starts = weights.argmax(axis=1)
    rows, places = np.arange(len(starts))[:, None], starts[:, None] + np.arange(width)
    around = maps.values[rows, places]  # noqa: PD011 - no pandas
    return replace(maps, codes=maps.codes[rows, places], values=around), starts


def together(
    maps: Mapping[str, Maps], row: int, width: int = WINDOW, sites: np.ndarray | None = None
) -> tuple[dict[str, Maps], slice]:
    """Several maps of one sequence, about where most is in all of them, each by its largest; and these positions.

    `sites`, shape=(length,), marks positions of motifs: of the stretches that hold a whole one, if any does.
    """
    heights = np.stack([np.abs(found.contributions[row]) for found in maps.values()])
    heights /= np.maximum(heights.max(axis=1, keepdims=True), np.finfo(float).tiny)
    width = min(width, heights.shape[1])
    sums = np.lib.stride_tricks.sliding_window_view(heights.sum(axis=0), width).sum(axis=1)
    starts = np.arange(len(sums))
    holds = np.any(
        [(starts <= first) & (stop <= starts + width) for first, stop in spans(sites)] or [starts < 0], axis=0
    )
    start = int(np.where(holds | ~holds.any(), sums, -1).argmax())
    part, one = slice(start, start + width), slice(row, row + 1)
    cut = {
        title: replace(found, codes=found.codes[one, part], values=found.values[one, part])  # noqa: PD011 - no pandas
        for title, found in maps.items()
    }
    return cut, part


def marked(maps: Mapping[str, Maps], row: int) -> dict[str, Maps]:
    """Maps of a sequence by title, which tells of one that does not sum by how much it is off."""
    return {title + off(found.off[row]): found for title, found in maps.items()}


def off(share: float) -> str:
    """By how much a map is off what it should sum to, for its title; empty within 1 %."""
    return f" ({share:.0%} off what it should sum to)" if share > OFF else ""


def surest(outputs: Sequence[np.ndarray], among: np.ndarray | None = None) -> dict[str, int]:
    """Rows of sequences to draw, of several networks' outputs, each shape=(N,): by the mean of their ranks.

    `among`, bool, shape=(N,), says of which, if of any.
    """
    order = np.argsort(np.mean([rankdata(of_one) for of_one in outputs], axis=0), kind="stable")
    if among is not None and among.any():
        order = order[among[order]]
    return {"highest": int(order[-1]), "median": int(order[len(order) // 2])}


def _rows(number: int) -> tuple[Figure, np.ndarray]:
    figure, axes = plt.subplots(number, 1, figsize=(12, ROW * number + 0.4), sharex=True, squeeze=False)
    return figure, axes[:, 0]


def _draw(ax, maps: Maps, row: int, title: str) -> None:
    """Draw one sequence's map on an axis."""
    heights = one_hot(maps.codes[row]) * maps.contributions[row][:, None]
    logomaker.Logo(
        pd.DataFrame(heights, columns=list(ALPHABET)), ax=ax, color_scheme=COLOURS, flip_below=False, show_spines=False
    )
    ax.set(yticks=[], ylabel="")
    ax.set_title(title, fontsize=10, loc="left", pad=2, parse_math=False)


def spans(truth: np.ndarray | None) -> list[tuple[int, int]]:
    """Starts and ends of the stretches of 1 in `truth`."""
    if truth is None:
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], truth, [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def alt(title: str, maps: Mapping[str, Maps], row: int, truth: np.ndarray | None) -> str:
    """Alt text of `of_methods`: what is drawn, and how much of each map lies in the motifs."""
    first = f"Attribution maps of {title} for one sequence, a row a method"
    if truth is None:
        return f"{first}."
    shares = []
    for name, found in maps.items():
        positive = np.maximum(found.contributions[row], 0)
        share = positive[truth == 1].sum() / max(positive.sum(), np.finfo(float).tiny)
        shares.append(f"{METHODS[name]} {share:.0%}")
    where = f"; {len(spans(truth))} motifs are shaded, {truth.mean():.0%} of the positions"
    return f"{first}{where}. Share of what speaks for the class that lies in them: {', '.join(shares)}."
