"""Attribution maps of real sequences against sites of each factor's own matrix, as no file says where it binds."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from expact_utils.attribution import maps as maps_module
from expact_utils.attribution import scores
from expact_utils.attribution.explained import Explained
from expact_utils.dna.dinucleotides import shuffle_known
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.databases import load
from expact_utils.motifs.scanning import best_sites
from expact_utils.results.robustness import shuffled
from expact_utils.run.names import data_title, network_title
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import Progress

CHANCE = 0.05  # of shuffled sequences whose best site scores as high as one that counts
COLUMNS = [*KEY, "method", "sequences", "with_site", "auroc", "by_chance"]


def own_matrices(names: Iterable[str], database: str) -> dict[str, Motif]:
    """Class to the matrix of its name in a database, the last version; what has none is left out."""
    named = {motif.name.upper(): motif for motif in sorted(load(database), key=lambda motif: motif.id)}
    return {name: named[name.upper()] for name in names if name.upper() in named}


def positions(codes: np.ndarray, motif: Motif, seed: int = 0) -> np.ndarray:
    """Where the best site of a motif lies in each sequence, on either strand, if it is no chance's.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    motif : Motif
        No wider than the sequences.
    seed : int
        Of the sequences' shuffled copies, with the same dinucleotides.

    Returns
    -------
    np.ndarray
        int8, shape=(N, length): 1 in the site; nothing where it scores no higher than the best site of all but
        `CHANCE` of the shuffled copies.
    """
    rng = np.random.default_rng(seed)
    copies = np.stack([shuffle_known(sequence, rng) for sequence in codes])
    found, others = (best_sites(of, motif.pfm[None]).of(0) for of in (codes, copies))
    sites = found.starts[:, None] + np.arange(motif.width)
    marked = np.zeros(codes.shape, np.int8)
    np.put_along_axis(marked, sites, 1, axis=1)
    marked[found.scores <= np.quantile(others.scores, 1 - CHANCE)] = 0
    return marked


def of_factors(explained: Explained, classes: list[str], matrices: Mapping[str, Motif], seed: int = 0) -> np.ndarray:
    """`positions` of each sequence for the matrix of the class that is explained; shape=(N, length)."""
    marked = np.zeros(explained.codes.shape, np.int8)
    for number, name in enumerate(classes):
        rows = explained.classes == number
        if name in matrices and rows.any():
            marked[rows] = positions(explained.codes[rows], matrices[name], seed)
    return marked


def shuffled_matrices(matrices: Mapping[str, Motif], seed: int = 0) -> list[dict[str, Motif]]:
    """The same matrices with their positions in random order, several times: sites that say nothing of the factor."""
    rng, number = np.random.default_rng(seed), len(matrices)
    found = shuffled(list(matrices.values()), rng)
    return [dict(zip(matrices, found[i : i + number], strict=True)) for i in range(0, len(found), number)]


def collect(
    run: Run, trained: list[Network], methods: Iterable[str], truth: np.ndarray, controls: list[np.ndarray]
) -> pd.DataFrame:
    """Score the maps of one data set's networks against sites.

    Parameters
    ----------
    run : Run
        Holds the maps, of the sequences that `truth` is of.
    trained : list[Network]
        Of one data set.
    methods : Iterable[str]
        Attribution methods.
    truth, controls : np.ndarray, list[np.ndarray]
        As from `of_factors`, of the factors' matrices and of each set of shuffled ones.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`: `with_site` how many of the `sequences` have a site; `auroc` of each position's attribution against
        it, mean over these, and `by_chance`, the same of the shuffled matrices' sites.
    """
    rows, methods = [], list(methods)
    progress = Progress("maps against sites", len(trained) * len(methods))
    for network in trained:
        for method in methods:
            found = maps_module.read(run.maps(network, method))
            values = maps_module.valued(found, method)
            by_chance = [_auroc(values, control) for control in controls]
            rows.append(
                {**network._asdict(), "method": method, "sequences": len(values)}
                | {"with_site": int(truth.any(axis=1).sum()), "auroc": _auroc(values, truth)}
                | {"by_chance": float(np.nanmean(by_chance)) if np.isfinite(by_chance).any() else np.nan}
            )
            progress.report(len(rows), network.title)
    return pd.DataFrame(rows, columns=COLUMNS)


def sentence(table: pd.DataFrame, dataset: str, matrices: Mapping[str, Motif]) -> str:
    """How far maps of a data set stand out at its factors' sites, by network, mean over trainings and methods."""
    if table.empty or not matrices:
        return f"{data_title(dataset)}: the database has no matrix of the factor, so its maps have no score."
    found = ", ".join(f"{name} ({motif.id})" for name, motif in matrices.items())
    first = table.iloc[0]
    means = table.groupby(["architecture", "activation"], sort=False)[["auroc", "by_chance"]].mean()
    each = "; ".join(
        f"{network_title(*key)} {row.auroc:.2f}" for key, row in zip(means.index, means.itertuples(), strict=True)
    )
    return (
        f"{data_title(dataset)}: {first.with_site} of {first.sequences} sequences have a site of {found}. auROC of "
        f"their maps against it, mean over methods: {each} (sites of shuffled matrices: "
        f"{means['by_chance'].mean():.2f})."
    )


def _auroc(values: np.ndarray, truth: np.ndarray) -> float:
    has = truth.any(axis=1)
    return float(scores.table(values[has], truth[has])["auroc"].mean()) if has.any() else np.nan
