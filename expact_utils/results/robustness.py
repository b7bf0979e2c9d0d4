"""How much of Relevant and JASPAR hangs on choices made after training, and how much comes by chance.

No network is trained for it. Choices: the activation threshold of a PFM, one window a sequence or every position,
the largest E-value. Chance: filters with their positions shuffled, and the filters of a network before training.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.dna.jaspar import relevant_tf
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import filters as filters_module
from expact_utils.motifs import tomtom
from expact_utils.motifs.filters import Filters
from expact_utils.networks import histories, models
from expact_utils.networks.protocols import PROTOCOLS, Protocol
from expact_utils.networks.trial import SINGLE
from expact_utils.results.controls import SHUFFLES, before_training, shuffled
from expact_utils.results.known import Known
from expact_utils.results.tables import relevant_of
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import Progress

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
EVALUES = (0.001, 0.01, 0.1, 1.0, 10.0)
COLUMNS = [*KEY, "check", "setting", "jaspar", "relevant", "sites"]  # of robustness.csv
CHECKS = {
    "threshold": "share of the largest activation that a site reaches",
    "sites": "which sites a PFM averages",
    "evalue": "largest E-value of a match",
    "control": "filters that learned nothing",
}


def check_all(
    run: Run,
    trained: list[Network],
    targets: list[Motif],
    evalue: float = 0.1,
    relevant_list: str = "expact",
    known: Known | None = None,
) -> pd.DataFrame:
    """Check trained networks of a run, as `check` does, but for those whose rows are `known`."""
    progress, checked = Progress("robustness", len(trained)), dict(known or {})
    data = {name: datasets.read(run.data(name)) for name in dict.fromkeys(network.dataset for network in trained)}
    for number, network in enumerate(trained, start=1):
        if network not in checked:
            history = histories.read(run, network)
            checked[network] = check(run, data[network.dataset], network, history, targets, evalue, relevant_list)
        progress.report(number, " ".join(map(str, network)))
    return pd.concat([checked[network] for network in trained], ignore_index=True)


def check(
    run: Run,
    data: Dataset,
    network: Network,
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
    network : Network
        Which.
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
        `COLUMNS`, a row a check (of `CHECKS`) and setting (text), the run's own among them: jaspar and relevant are
        fractions of the filters in [0, 1] (a dead filter is no match; relevant is NaN without ground truth), sites the
        median of a filter.
    """
    relevant, most = relevant_of(run, network.dataset, relevant_list), max(*EVALUES, evalue)
    rows: list[tuple] = []
    for filters, queries, times, checks in _variants(run, data, network, history, evalue):
        matches = tomtom.tomtom(queries, targets, most) if queries else None
        for name, setting, largest in checks:
            shares = _shares(matches, len(filters.sites) * times, largest, relevant)
            rows.append((*network, name, setting, *shares, float(np.median(filters.sites))))
    return pd.DataFrame(rows, columns=COLUMNS)


def shuffles(motifs: list[Motif], history: dict) -> list[Motif]:
    """Each motif `SHUFFLES` times with its positions in random order, by the seed and trial of a training."""
    return shuffled(motifs, np.random.default_rng([history["seed"], history["trial"]]))


def by_chance(filters: Filters, history: dict, targets: list[Motif], evalue: float = 0.1) -> float:
    """Share of a network's filters that match some target once their positions are shuffled, in [0, 1]."""
    norc = history.get("strand") == SINGLE
    return matched(shuffles(filters.alive(), history), len(filters.sites) * SHUFFLES, targets, evalue, norc)


def matched(motifs: list[Motif], number: int, targets: list[Motif], evalue: float, norc: bool = False) -> float:
    """Share of `number` motifs, of which `motifs` are those that are not dead, that match some target, in [0, 1]."""
    matches = tomtom.tomtom(motifs, targets, evalue, norc=norc) if motifs else None
    return _shares(matches, number, evalue, {})[0]


def summarise(checks: pd.DataFrame, name: str) -> pd.DataFrame:
    """One check's rows, mean over trials: a row a dataset, network, activation and setting, in order."""
    own = checks[checks["check"] == name]
    keys = ["dataset", "architecture", "activation", "setting"]
    return own.groupby(keys, sort=False)[["jaspar", "relevant", "sites"]].mean().reset_index()


def _variants(run: Run, data: Dataset, network: Network, history: dict, evalue: float) -> Iterator[tuple]:
    """Filters, motifs to compare, how many a filter, and the checks of these: name, setting and largest E-value."""
    model, usual = models.load(run, network, data), filters_module.read(run.filters(network))
    codes, alive = data.X["test"][:], usual.alive()
    for name, setting, filters in _sites(model, codes, usual.threshold, PROTOCOLS[history["protocol"]]):
        yield filters, filters.alive(), 1, [(name, setting, evalue)]
    of_evalues = [("evalue", f"{largest:g}", largest) for largest in sorted({*EVALUES, evalue})]
    yield usual, alive, 1, [*of_evalues, ("control", "trained", evalue)]
    initial = before_training(network, history, data)
    untrained = filters_module.extract(initial, codes, usual.threshold, history["protocol"])
    yield usual, shuffles(alive, history), SHUFFLES, [("control", "shuffled", evalue)]
    yield untrained, untrained.alive(), 1, [("control", "untrained", evalue)]


def _sites(model, codes: np.ndarray, threshold: float, protocol: Protocol) -> Iterator[tuple[str, str, Filters]]:
    """Check, setting and filters by other sites: other thresholds by the protocol's rule, and both rules at the own."""
    width = filters_module.window(model, protocol)
    once = partial(filters_module.from_activations, *filters_module.maxima(model, codes), codes, width)
    every = partial(filters_module.from_every_position, lambda: filters_module.activations(model, codes), codes, width)
    own = every if protocol.every_position else once
    for share in sorted({*THRESHOLDS, threshold}):
        yield "threshold", f"{share:g}", own(share)
    yield "sites", "one a sequence", once(threshold)
    yield "sites", "every position", every(threshold)


def _shares(
    matches: pd.DataFrame | None, number: int, evalue: float, relevant: dict[str, tuple[str, ...]]
) -> tuple[float, float]:
    """Shares of `number` filters that match any matrix, and a ground-truth TF's; no matches where no filter lives."""
    if matches is None:
        return 0.0, 0.0 if relevant else np.nan
    matches = matches[matches["E-value"] <= evalue]
    matched = matches["Query_ID"].nunique() / number
    if not relevant:
        return matched, np.nan
    found = matches["Target_ID"].map(lambda target: relevant_tf(target, relevant) is not None).astype(bool)
    return matched, matches["Query_ID"][found].nunique() / number
