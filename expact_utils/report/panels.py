"""Which filters a figure shows, and the names above them."""

import numpy as np
import pandas as pd

from expact_utils.motifs import filters as filters_module
from expact_utils.results import tables
from expact_utils.run.paths import Run, networks


def panels(
    run: Run, filters: pd.DataFrame, dataset: str, architectures: list[str], activations: list[str], trial: int = 0
) -> dict[str, tuple[list[np.ndarray], list[str]]]:
    """Columns of Figures 1 and 2: title to PFMs, each shape=(width, 4), and names of the TFs found.

    Without ground truth the names are those of the best matches.
    """
    columns = {}
    for network in networks([dataset], architectures, activations, [trial]):
        own = tables.of(filters, network)
        known = own["relevant"].notna().all()
        names = [tfs.split(";")[0] for tfs in own["relevant_tfs"]] if known else list(own["best_match_name"])
        columns[network.title] = (list(filters_module.read(run.filters(network)).pfms), names)
    return columns


def by_figure(architectures: list[str]) -> tuple[list[str], list[str]]:
    """Networks of the first figure of all filters, and of a second: CNN-50, where there are others."""
    first = [name for name in architectures if name != "cnn-50"] or list(architectures)
    return first, [name for name in architectures if name not in first]


def best_filters(
    run: Run, filters: pd.DataFrame, dataset: str, architecture: str, activations: list[str], number: int = 12
) -> dict[str, tuple[list[np.ndarray], list[str]]]:
    """The best filters of one network in trial 0, ReLU beside exponential: panels as of `plots.side_by_side`.

    Best are those that match the ground truth (the database, where it is unknown), the best of each motif first, then
    the most informative of the others. The title says how many match; names are as of `panels`. Where there is no
    ground truth, those that never left their initial weights come last and count as no match.
    """
    measure = "relevant" if filters.loc[filters["dataset"] == dataset, "relevant"].notna().all() else "jaspar"
    blocks = {}
    for network in networks([dataset], [architecture], activations, [0]):
        [(pfms, names)] = panels(run, filters, dataset, [architecture], [network.activation]).values()
        own = tables.of(filters, network).reset_index(drop=True)
        own = own.assign(matched=own[measure].astype(bool), name=names)
        kept = ~own["learned"] & (measure == "jaspar")
        own = own.assign(matched=own["matched"] & ~kept, kept=kept).sort_values("evalue")
        own["again"] = own.groupby("name").cumcount().where(own["matched"], 0)
        order = ["kept", "matched", "again", "evalue", "bits"]
        best = own.sort_values(order, ascending=[True, False, True, True, False])[:number]
        clipped = [pfms[row][start:end] for row, start, end in best[["clip_start", "clip_end"]].itertuples()]
        title = f"{network.title}: {own['matched'].sum()} of {len(own)} filters match"
        title += f", {kept.sum()} never learned" * bool(kept.any())
        blocks[title] = clipped, list(best["name"].where(best["matched"], ""))
    return blocks
