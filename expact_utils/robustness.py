"""How much of Relevant and JASPAR hangs on choices made after training, and how much comes by chance.

No network is trained for it. Choices: the activation threshold of a PFM, one window a sequence or every position,
the largest E-value. Chance: filters with their positions shuffled, and the filters of a network before training.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from expact_utils import datasets, models, tomtom
from expact_utils import filters as filters_module
from expact_utils.datasets import Dataset
from expact_utils.filters import Filters
from expact_utils.motifs import Motif, relevant_tf
from expact_utils.progress import Progress
from expact_utils.results import NETWORK, read_history, relevant_of
from expact_utils.runs import Run
from expact_utils.trial import Settings, Trial

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
EVALUES = (0.001, 0.01, 0.1, 1.0, 10.0)
SHUFFLES = 10
COLUMNS = [*NETWORK, "trial", "check", "setting", "jaspar", "relevant", "sites"]  # of robustness.csv
CHECKS = {
    "threshold": "share of the largest activation that a site reaches",
    "sites": "which sites a PFM averages",
    "evalue": "largest E-value of a match",
    "control": "filters that learned nothing",
}


def check_all(
    run: Run,
    names: list[str],
    architectures: list[str],
    activations: list[str],
    trials: int,
    targets: list[Motif],
    evalue: float = 0.1,
    relevant_list: str = "expact",
) -> pd.DataFrame:
    """Check every trained network of a run, as `check` does; `names` are its data sets."""
    keys = list(product(architectures, activations, range(trials)))
    progress, tables = Progress("robustness", len(names) * len(keys)), []
    for name in names:
        data = datasets.read(run.data(name))
        for of_one in keys:
            key = (name, *of_one)
            tables.append(check(run, data, key, read_history(run, key), targets, evalue, relevant_list))
            progress.report(len(tables), " ".join(map(str, key)))
    return pd.concat(tables, ignore_index=True)


def check(
    run: Run,
    data: Dataset,
    key: tuple,
    history: dict,
    targets: list[Motif],
    evalue: float = 0.1,
    relevant_list: str = "expact",
) -> pd.DataFrame:
    """Check one trained network.

    Parameters
    ----------
    run : Run
        Holds the network and its filters.
    data : Dataset
        Its test sequences are scanned.
    key : tuple
        Dataset, architecture, activation and trial.
    history : dict
        Of the training: the untrained network starts from the same weights.
    targets : list[Motif]
        What the filters are compared with, as from `databases.load`.
    evalue : float
        Largest E-value of a match, where that is not what is varied.
    relevant_list : str
        `expact` or `authors`.

    Returns
    -------
    pd.DataFrame
        A row a check and setting: dataset, architecture, activation, trial, check (of `CHECKS`), setting (text), jaspar
        and relevant (fractions of the filters in [0, 1]; a dead filter is no match; relevant is NaN without ground
        truth), sites (median of a filter).
    """
    relevant = relevant_of(run, key[0], relevant_list)
    rows = []
    for name, setting, filters, queries, largest in _variants(run, data, key, history, evalue):
        number = len(filters.sites) * (SHUFFLES if setting == "shuffled" else 1)
        jaspar_share, relevant_share = _shares(queries, number, targets, largest, relevant)
        rows.append(
            {
                **dict(zip((*NETWORK, "trial"), key, strict=True)),
                "check": name,
                "setting": setting,
                "jaspar": jaspar_share,
                "relevant": relevant_share,
                "sites": float(np.median(filters.sites)),
            }
        )
    return pd.DataFrame(rows)


def shuffle(motif: Motif, rng: np.random.Generator, name: str) -> Motif:
    """Motif with the positions in random order and a new ID: the same bases and information, another pattern."""
    return Motif(name, name, rng.permutation(motif.pfm), motif.nsites)


def shuffles(motifs: list[Motif], history: dict) -> list[Motif]:
    """Each motif `SHUFFLES` times with its positions in random order, by the seed and trial of a training."""
    rng = np.random.default_rng([history["seed"], history["trial"]])
    return [shuffle(motif, rng, f"{motif.id}/{i}") for i in range(SHUFFLES) for motif in motifs]


def by_chance(filters: Filters, history: dict, targets: list[Motif], evalue: float = 0.1) -> float:
    """Share of a network's filters that match some target once their positions are shuffled, in [0, 1]."""
    queries = shuffles(_alive(filters), history)
    return _shares(queries, len(filters.sites) * SHUFFLES, targets, evalue, {})[0]


def summarise(checks: pd.DataFrame, name: str) -> pd.DataFrame:
    """One check's rows, mean over trials: a row a dataset, network, activation and setting, in order."""
    own = checks[checks["check"] == name]
    keys = ["dataset", "architecture", "activation", "setting"]
    return own.groupby(keys, sort=False)[["jaspar", "relevant", "sites"]].mean().reset_index()


def _variants(run: Run, data: Dataset, key: tuple, history: dict, evalue: float) -> Iterator[tuple]:
    """Check, setting, filters, motifs to compare and largest E-value of everything that is tried."""
    model, usual = models.load(run, key, data), filters_module.read(run.filters(*key))
    codes = data.X["test"][:]
    maxima, width = filters_module.maxima(model, codes), filters_module.width(model)
    for threshold in THRESHOLDS:
        filters = filters_module.from_activations(*maxima, codes, width, threshold)
        yield "threshold", f"{threshold:g}", filters, _alive(filters), evalue
    once = filters_module.from_activations(*maxima, codes, width)
    every = filters_module.from_every_position(lambda: filters_module.activations(model, codes), codes, width)
    yield "sites", "one a sequence", once, _alive(once), evalue
    yield "sites", "every position", every, _alive(every), evalue
    for largest in EVALUES:
        yield "evalue", f"{largest:g}", usual, _alive(usual), largest
    shuffled = shuffles(_alive(usual), history)
    initial = _untrained(key, history, data)
    untrained = filters_module.extract(initial, codes, usual.threshold, history["protocol"])
    yield "control", "trained", usual, _alive(usual), evalue
    yield "control", "shuffled", usual, shuffled, evalue
    yield "control", "untrained", untrained, _alive(untrained), evalue


def _alive(filters: Filters) -> list[Motif]:
    return [motif for motif, dead in zip(filters.motifs(), filters.dead, strict=True) if not dead]


def _shares(
    queries: list[Motif], number: int, targets: list[Motif], evalue: float, relevant: dict[str, tuple[str, ...]]
) -> tuple[float, float]:
    """Shares of `number` filters that match any matrix, and a ground-truth TF's."""
    if not queries:
        return 0.0, 0.0 if relevant else np.nan
    matches = tomtom.tomtom(queries, targets, evalue)
    matched = matches["Query_ID"].nunique() / number
    if not relevant:
        return matched, np.nan
    found = matches["Target_ID"].map(lambda target: relevant_tf(target, relevant) is not None).astype(bool)
    return matched, matches["Query_ID"][found].nunique() / number


def _untrained(key: tuple, history: dict, data: Dataset):
    """Return the network as it was before its first epoch."""
    dataset, architecture, activation, trial = key
    settings = Settings(architecture, activation, trial, seed=history["seed"], protocol=history["protocol"])
    return Trial(dataset, settings, data, None, "").model
