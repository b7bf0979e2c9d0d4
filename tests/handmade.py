"""A run of two networks whose files are written by hand: five filters each, of which the last is dead."""

import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.dna.jaspar import GMEB1, relevant_lists
from expact_utils.motifs import filters, tomtom
from expact_utils.networks import histories
from expact_utils.results import tables
from expact_utils.run.paths import Network, Run

FILTERS = 5


def write_data(run: Run, dataset: str, relevant: dict) -> None:
    """Write a small data set with this ground truth."""
    rng = np.random.default_rng(0)
    X = {split: rng.integers(0, 4, (4, 100), dtype=np.int8) for split in datasets.SPLITS}
    Y = {split: np.array([[0, 1], [1, 0]] * 2, np.int8) for split in datasets.SPLITS}
    datasets.write(run.data(dataset), datasets.Dataset(X, Y, ["first", "second"], "test", 0, relevant=relevant))


def write_trial(run: Run, number: int, matches: list, aupr: float, dataset: str = "synthetic") -> None:
    """Write the files of a CNN-2 with ReLU: five filters, the last one dead, and `matches` (filter, target)."""
    network = Network(dataset, "cnn-2", "relu", number)
    sites = np.array([10, 10, 10, 10, 0])
    found = filters.Filters(
        np.full((FILTERS, 19, 4), 0.25), np.ones(FILTERS), sites, np.tile([0, 19], (FILTERS, 1)), 0.5
    )
    filters.write(run.meme(network), run.filters(network), found)
    rows = [(f"filter{i}", target, 0, 1e-6, 5e-4, 1e-3, 10, "A", "A", "+") for i, target in matches]
    tomtom.write_tsv(run.matches(network), pd.DataFrame(rows, columns=tomtom.COLUMNS))
    history = network._asdict() | {"training_loss": [0.3, 0.2, 0.1], "validation_loss": [0.3, 0.2, 0.3]}
    history |= {"epochs": 3, "best_epoch": 2, "seconds": 1.5, "trained": number == 0, "seed": 0, "device": "CPU"}
    history |= {"commit": "0123456789abcdef", "protocol": "preprint2019", "started": f"2026-01-0{number + 1}T00:00:00"}
    scores = {"aupr_mean": aupr, "auroc_mean": 0.9, "aupr": {"MAX": aupr, "SRF": None}}
    scores["auroc"] = {"MAX": 0.95, "SRF": None, "YY1": 0.55}
    histories.write(run, network, history | {"test": scores})


def two_trials(folder) -> Run:
    """Trial 0: filter 0 is SRF's (and, at a lower rank, MEF2A's), filter 1 is CTCF's, filter 2 only Gmeb1's; the dead
    filter 4 "matches" MAX, which must not count. Trial 1: nothing matches."""
    run = Run(folder)
    write_data(run, "synthetic", relevant_lists())
    write_trial(run, 0, [(0, "MA0083.3"), (0, "MA0052.3"), (1, "MA0139.1"), (2, GMEB1), (4, "MA0058.3")], aupr=0.5)
    write_trial(run, 1, [], aupr=0.7)
    return run


def collect(run: Run, **changes) -> tables.Results:
    """Tables of both trials."""
    return tables.collect(run, ["synthetic"], ["cnn-2"], ["relu"], range(2), **changes)
