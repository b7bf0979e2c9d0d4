"""Which filters a figure shows, and the names above them."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from expact_utils.dna.jaspar import relevant_tf
from expact_utils.dna.pfm import Motif, reverse_complement
from expact_utils.motifs import filters as filters_module
from expact_utils.motifs.tomtom import tomtom
from expact_utils.results import deeper, tables
from expact_utils.run.names import activation_title
from expact_utils.run.paths import Network, Run, networks

Cells = list[tuple[np.ndarray, str] | None]  # of a row of logos: PFM, shape=(width, 4), and title; or a blank


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


def best_matches(
    motifs: Iterable[Motif],
    targets: list[Motif],
    relevant: Mapping[str, tuple[str, ...]],
    number: int,
    evalue: float = 0.1,
) -> list[tuple[str, np.ndarray, str]]:
    """Motifs that match matrices of some TFs best: TF, PFM, shape=(width, 4), and the match in words with its E-value.

    The best of each TF come first, then each one's next; at most `number`. A PFM is turned as its matrix is. A motif
    whose name has a plus is a pair, and is named so.
    """
    own, titles = {motif.id: motif for motif in motifs}, {motif.id: motif.name for motif in targets}
    if not own:
        return []
    matches = tomtom(list(own.values()), targets, evalue)
    matches = matches.assign(tf=[relevant_tf(target, dict(relevant)) for target in matches["Target_ID"]])
    found = matches.dropna(subset="tf").drop_duplicates("Query_ID").sort_values("E-value", kind="stable")
    found = found.assign(again=found.groupby("tf").cumcount()).sort_values(["again", "E-value"], kind="stable")
    best = []
    for _, row in found[:number].iterrows():
        motif, target = own[row["Query_ID"]], row["Target_ID"]
        name = motif.name if "+" in motif.name else f"{titles[target]} {target}"
        pfm = motif.pfm if row["Orientation"] == "+" else reverse_complement(motif.pfm)
        best.append((row["tf"], pfm, f"{name}, E = {row['E-value']:.0e}"))
    return best


def of_layers(
    found: deeper.Looked, network: Network, targets: list[Motif], planted: Mapping[str, tuple[str, ...]], number: int
) -> dict[str, Cells]:
    """The best filters of each layer of a first training, a row a layer, as `best_matches`: for `logos.logo_table`.

    Layers of which filters match, and of none the PFM was kept, are left out.
    """
    own = tables.of(found.filters, network)
    rows: dict[str, Cells] = {}
    for layer, of_layer in own[own["control"] == ""].groupby("layer"):
        ids = [deeper.motif_id(network, layer, name) for name in of_layer["filter"]]
        motifs = [found.motifs[one] for one in ids if one in found.motifs]
        if motifs or not deeper.lacking(network, of_layer, found.motifs):
            best = best_matches(motifs, targets, planted, number)
            rows[f"{activation_title(network.activation)}, layer {layer}"] = [(pfm, words) for _, pfm, words in best]
    return rows


def beside_truth(
    truth: Mapping[str, Motif],
    relevant: Mapping[str, tuple[str, ...]],
    sources: list[list[Motif]],
    targets: list[Motif],
    evalue: float,
) -> dict[str, Cells]:
    """Each TF's matrix, and the motif of each source that matches it best: for `logos.logo_table`, a row a TF.

    `relevant` says which matrices count as the TF's.
    """
    rows: dict[str, Cells] = {}
    for tf, matrix in truth.items():
        best = [best_matches(motifs, targets, {tf: relevant[tf]}, 1, evalue) for motifs in sources]
        rows[tf] = [(matrix.pfm, f"{matrix.name} {matrix.id}"), *(of[0][1:] if of else None for of in best)]
    return rows
