"""Attribution maps as logos, letters above and below a line, the motifs shaded."""

from collections.abc import Mapping

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from expact_utils.attribution.methods import Maps
from expact_utils.dna.letters import ALPHABET, one_hot
from expact_utils.report.glyphs import COLOURS
from expact_utils.run.names import METHODS

SHADE = "#f3d9a4"
ROW = 0.75  # inches of a map


def of_methods(maps: Mapping[str, Maps], row: int, truth: np.ndarray | None = None) -> Figure:
    """Draw one sequence's maps, one below the other; `truth`, shape=(length,), shades positions that are motif."""
    figure, axes = plt.subplots(len(maps), 1, figsize=(12, ROW * len(maps) + 0.4), sharex=True, squeeze=False)
    for ax, (title, found) in zip(axes.flat, maps.items(), strict=True):
        heights = one_hot(found.codes[row]) * found.contributions[row][:, None]
        logomaker.Logo(
            pd.DataFrame(heights, columns=list(ALPHABET)),
            ax=ax,
            color_scheme=COLOURS,
            flip_below=False,
            show_spines=False,
        )
        for start, stop in spans(truth):
            ax.axvspan(start - 0.5, stop - 0.5, color=SHADE, zorder=-1)
        ax.set(yticks=[], ylabel="")
        ax.set_title(title, fontsize=9, loc="left", pad=2)
    figure.tight_layout(h_pad=0.3)
    return figure


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
