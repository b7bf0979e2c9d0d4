"""Attribution maps of real sequences against sites of each factor's own matrix, as no file says where it binds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from expact_utils.attribution import maps as maps_module
from expact_utils.attribution.explained import Explained
from expact_utils.dna.dinucleotides import shuffle_known
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.databases import load
from expact_utils.motifs.scanning import narrowed, threshold_of
from expact_utils.networks import histories
from expact_utils.results.controls import shuffled
from expact_utils.results.inference import difference
from expact_utils.results.maps import Mark, covered, sites
from expact_utils.results.verdicts import FEWEST_TRIALS
from expact_utils.run.names import SCORES, architecture_title, data_title, network_title
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import Progress
from expact_utils.run.words import counted

COPIES = 5  # shuffled, of each sequence
NAMED = 3  # factors that a sentence names, at most
COLUMNS = [*KEY, "method", "sequences", "with_site", "by_chance", "auroc", "shuffled"]


@dataclass(frozen=True, eq=False)
class Marked:
    """Where sites of the factors' matrices are in sequences, and where those of the controls.

    Attributes
    ----------
    sites : np.ndarray
        bool, shape=(N, length): where a base is in a site.
    shuffled : list[np.ndarray]
        The same of matrices whose positions are in random order, without what overlaps a site of the matrix itself.
    by_chance : float
        Share of shuffled copies of the sequences, dinucleotides kept, that have a site.
    """

    sites: np.ndarray
    shuffled: list[np.ndarray]
    by_chance: float


def named_matrices(names: Iterable[str], database: str) -> dict[str, Motif]:
    """Class to the matrix of its name in a database, the first of several by ID; what has none is left out.

    Raises
    ------
    InputError
        As `databases.load`.
    """
    named = {motif.name.upper(): motif for motif in sorted(load(database), key=lambda motif: motif.id, reverse=True)}
    return {name: named[name.upper()] for name in names if name.upper() in named}


def mark(
    explained: Explained, classes: list[str], matrices: Mapping[str, Motif], seed: int = 0, norc: bool = False
) -> Marked:
    """Mark each sequence's sites of the matrix of the class that is explained.

    Parameters
    ----------
    explained : Explained
        Sequences, and the class of each.
    classes : list[str]
        Their names.
    matrices : Mapping[str, Motif]
        As from `named_matrices`.
    seed : int
        Of shuffled sequences and matrices.
    norc : bool
        Look at the given strand alone.
    """
    codes, number = explained.codes, len(matrices)
    of_rows = np.array(classes)[explained.classes]
    rng = np.random.default_rng(seed)
    own = covered(_sites(codes, of_rows, matrices, norc), codes.shape)
    others = shuffled(list(matrices.values()), rng)
    sets = [dict(zip(matrices, others[i : i + number], strict=True)) for i in range(0, len(others), number or 1)]
    controls = [
        [
            [site for site in of_row if not marked[slice(*site[:2])].any()]
            for of_row, marked in zip(found, own, strict=True)
        ]
        for found in (_sites(codes, of_rows, one, norc) for one in sets)
    ]
    copies = np.stack([shuffle_known(codes[row], rng) for row in np.repeat(np.arange(len(codes)), COPIES)])
    by_chance = float(np.mean([bool(of_row) for of_row in _sites(copies, np.repeat(of_rows, COPIES), matrices, norc)]))
    return Marked(own, [covered(found, codes.shape) for found in controls], by_chance)


def _sites(codes: np.ndarray, of_rows: np.ndarray, matrices: Mapping[str, Motif], norc: bool) -> list[list]:
    """Sites of each row's matrix, as from `results.maps.sites`."""
    found: list[list] = [[] for _ in codes]
    for name, motif in matrices.items():
        rows, pfm = np.flatnonzero(of_rows == name), narrowed(motif.pfm, codes.shape[1])
        for row, of_row in zip(rows, sites(codes[rows], [Mark(name, pfm, threshold_of(pfm))], norc), strict=True):
            found[row] = of_row
    return found


def collect(run: Run, trained: list[Network], methods: Iterable[str], marked: Marked) -> pd.DataFrame:
    """Score the maps of one data set's networks against sites.

    Parameters
    ----------
    run : Run
        Holds the maps, of the sequences that are `marked`.
    trained : list[Network]
        Of one data set.
    methods : Iterable[str]
        Attribution methods.
    marked : Marked
        As from `mark`.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`: `with_site` how many of the `sequences` have a site, `by_chance` how many would if shuffled; `auroc`
        of each position's attribution against the sites, mean over the sequences that have one; `shuffled` the same
        against those of shuffled matrices, mean over sequences and matrices. NaN where there is no site.

    Raises
    ------
    InputError
        As `maps.read`.
    """
    rows, methods = [], list(methods)
    number, with_site = len(marked.sites), int(marked.sites.any(axis=1).sum())
    known = {"sequences": number, "with_site": with_site, "by_chance": round(marked.by_chance * number, 1)}
    progress = Progress("maps against sites", len(trained) * len(methods))
    for network in trained:
        for method in methods:
            values = maps_module.read(run.maps(network, method)).contributions
            scores = {"auroc": _auroc(values, [marked.sites]), "shuffled": _auroc(values, marked.shuffled)}
            rows.append({**network._asdict(), "method": method, **known, **scores})
            progress.report(len(rows), network.title)
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict(table: pd.DataFrame) -> str:
    """Whether an exponential first layer instead of ReLU makes maps stand out more at the factors' sites, a sentence.

    By the 95 % interval of exponential less ReLU in auROC, mean over methods, paired over trainings; fewer than
    `FEWEST_TRIALS` tell nothing. `table` as from `collect`, of any data sets.
    """
    known = table[table["activation"].isin(["relu", "exponential"])].dropna(subset="auroc")
    found = [of for _, rows in known.groupby(["dataset", "architecture"], sort=False) if (of := _compared(rows))]
    if not found:
        return "No maps of both ReLU and the exponential have a score at a factor's sites, so these are not compared."
    told: dict[str, list[str]] = {}
    for answer, words in found:
        told.setdefault(answer, []).append(words)
    return " ".join(f"{answer}: {', '.join(words)}." for answer, words in told.items())


def _compared(rows: pd.DataFrame) -> tuple[str, str] | None:
    """What the trainings of one network on one data set tell, and its difference in words; None without both."""
    shares = rows.pivot_table(index=["trial", "method"], columns="activation", values="auroc")
    if not {"relu", "exponential"} <= set(shares):
        return None
    of_trials = shares.groupby("trial").mean().dropna()
    mean, low, high, _ = difference(of_trials["exponential"], of_trials["relu"])
    number, first = len(of_trials), rows.iloc[0]
    what = "the exponential instead of ReLU makes maps stand out more at the factor's sites"
    enough = number >= FEWEST_TRIALS
    if enough and low > 0:
        answer = what[0].upper() + what[1:]
    elif enough and high < 0:
        answer = f"T{what[1:]}".replace("more", "less")
    else:
        answer = f"With {counted(number, 'training')} each it can't be told whether {what}"
    of_methods = shares.groupby("method").mean()
    gains = int((of_methods["exponential"] > of_methods["relu"]).sum())
    interval = f", 95 % interval {low:+.2f} to {high:+.2f}" if enough else ""
    return answer, (
        f"in {data_title(first['dataset'])}, {architecture_title(first['architecture'])}, {mean:+.2f} auROC{interval} "
        f"(higher by {gains} of {len(of_methods)} methods)"
    )


def predictions(run: Run, trained: list[Network]) -> str:
    """Score on the test set of each network of one data set, by their histories, a sentence."""
    said = []
    for network in trained:
        scores = histories.read(run, network)["test"]
        name = next(name for name in ("auroc", *SCORES) if f"{name}_mean" in scores)
        which = f", training {network.trial + 1}," if any(one.trial for one in trained) else ""
        said.append(f"{network.title}{which} {SCORES[name]} {scores[f'{name}_mean']:.3f}")
    return f"On the test set: {'; '.join(said)}."


def sentence(table: pd.DataFrame, dataset: str, matrices: Mapping[str, Motif]) -> str:
    """How far maps of a data set stand out at its factors' sites, by network, mean over trainings and methods."""
    title = data_title(dataset)
    if not matrices:
        return f"{title}: the database has no matrix of the classes' names, so the maps have no score."
    named, first = [f"{name} ({motif.id})" for name, motif in matrices.items()], table.iloc[0]
    found = ", ".join(named[:NAMED]) + f" and {len(named) - NAMED} more factors, each its own" * (len(named) > NAMED)
    begins = (
        f"{title}: {first.with_site} of {first.sequences} sequences have a site of {found}, "
        f"{first.by_chance:.0f} would by chance."
    )
    means = table.groupby(["architecture", "activation"], sort=False)[["auroc", "shuffled"]].mean()
    if means["auroc"].isna().all():
        return begins
    each = [f"{network_title(*key)} {auroc:.2f}" for key, auroc in zip(means.index, means["auroc"], strict=True)]
    return (
        f"{begins} auROC of the maps against these, mean over methods: {'; '.join(each)} (against sites of shuffled "
        f"matrices {means['shuffled'].mean():.2f})."
    )


def _auroc(values: np.ndarray, marks: list[np.ndarray]) -> float:
    """Mean over sequences with a site, of all `marks` together; NaN where there is none."""
    found = [
        roc_auc_score(of_one, own)
        for marked in marks
        for own, of_one in zip(values, marked, strict=True)
        if of_one.any() and not of_one.all()
    ]
    return float(np.mean(found)) if found else np.nan
