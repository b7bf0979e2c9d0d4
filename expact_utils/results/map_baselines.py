"""What maps score that know no trained network: GC content about a position, the position alone, a constant.

And saliency of each network before its first epoch. A map has to score more than these to say anything of a network.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from expact_utils.attribution import explained, scores
from expact_utils.attribution.explained import Explained
from expact_utils.attribution.methods import attribute
from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.networks import histories
from expact_utils.results.controls import before_training
from expact_utils.run.house import HOUSE
from expact_utils.run.names import data_title
from expact_utils.run.paths import Network, Run
from expact_utils.run.tables import read_csv

WINDOW = 10  # nt about a position whose G and C are counted
GC, POSITION, CONSTANT = f"GC content within {WINDOW} nt", "position alone", "constant"
COLUMNS = ("dataset", "baseline", "sequences", "auroc", "aupr", "snr", "cosine")  # of map_baselines.csv


def collect(run: Run, measured: pd.DataFrame, activations: list[str]) -> pd.DataFrame:
    """Score what knows no trained network on the sequences that a run's maps explain.

    Parameters
    ----------
    run : Run
        Holds data and histories.
    measured : pd.DataFrame
        Scores of maps, as from `attributions.collect`: of which data sets and networks, and of how many sequences.
    activations : list[str]
        First layers of the networks whose saliency before training, of trial 0, is scored.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, a row a data set and baseline, none of data whose truth is not known. Scores as in `table`.
    """
    rows = []
    for dataset, of_data in measured.groupby("dataset", sort=False):
        data = datasets.read(run.data(dataset))
        sequences = explained.of(data, int(of_data["sequences"].max()))
        if sequences.truth is None:
            continue
        every = list(dict.fromkeys(zip(of_data["architecture"], of_data["activation"], strict=True)))
        first = [Network(dataset, *design, 0) for design in every if design[1] in activations]
        found = without_network(data, sequences)
        found |= {
            f"untrained {network.title} (saliency)": _saliency(run, network, data, sequences) for network in first
        }
        rows += [{"dataset": dataset, "baseline": name, **table(of, sequences.truth)} for name, of in found.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS)).round(6)


def without_network(data: Dataset, sequences: Explained) -> dict[str, np.ndarray]:
    """A value a position of each sequence, shape=(N, length), by name: what can be said without any network.

    G and C among the `WINDOW` nt about a position, none beyond the ends; how often the position is motif in positive
    sequences of the training set; and 1 everywhere.
    """
    shape = sequences.codes.shape
    found = np.isin(sequences.codes, (1, 2)).astype(float)
    about = np.stack([np.convolve(row, np.ones(WINDOW), "same") for row in found]) / WINDOW
    return {GC: about, POSITION: np.broadcast_to(_profile(data), shape), CONSTANT: np.ones(shape)}


def table(values: np.ndarray, truth: np.ndarray) -> dict:
    """Scores of values a position, both shape=(N, length), as those of maps: mean over sequences, of `snr` the median.

    But for auPR, which is the average precision: many values are equal here, and the trapezoid that maps are scored by
    joins such a step by a line, which would give a constant more than the share of positions that are motif.
    """
    found = scores.table(values, truth)
    both = [(motif == 1, of_one) for motif, of_one in zip(truth, values, strict=True)]
    precisions = [average_precision_score(*one) for one in both if one[0].any() and not one[0].all()]
    means = found[["auroc", "cosine"]].mean().to_dict()
    return {"sequences": len(values), **means, "aupr": np.mean(precisions), "snr": found["snr"].median()}


def best(baselines: pd.DataFrame, dataset: str) -> pd.Series | None:
    """Row of the baseline with the highest auROC on a data set; None where there is none."""
    own = baselines[baselines["dataset"] == dataset]
    return None if own.empty else own.loc[own["auroc"].idxmax()]


def in_words(row: pd.Series) -> str:
    """What the line of a figure is, in words; `row` as from `best`."""
    return f"the best of what knows no trained network, {row['baseline']}, {row['auroc']:.2f}"


def sentence(baselines: pd.DataFrame) -> str:
    """Which baseline is best on each data set, and where cosine and signal begin: at what a constant scores."""
    if baselines.empty:
        return "The truth of these data is not known, so nothing can be held against it."
    said = []
    for dataset, own in baselines.groupby("dataset", sort=False):
        row, constant = own.loc[own["auroc"].idxmax()], own[own["baseline"] == CONSTANT].iloc[0]
        said.append(
            f"On {data_title(str(dataset))} the best is {row['baseline']}, auROC {row['auroc']:.2f}; a constant, which "
            f"knows nothing, has a cosine of {constant['cosine']:.2f} and an snr of {constant['snr']:.2f}: these do "
            "not begin at 0."
        )
    return " ".join(said)


def published() -> pd.DataFrame | None:
    """Baselines as the book publishes them; None where it publishes none.

    Raises
    ------
    InputError
        When the book's table is none.
    """
    path = HOUSE / "book" / "chapters" / "map_baselines.csv"
    return read_csv(path, COLUMNS) if path.is_file() else None


def _profile(data: Dataset) -> np.ndarray:
    """Share of the positive training sequences in which each position is motif of their class, shape=(length,)."""
    of_training = replace(
        data,
        X={**data.X, "test": data.X["train"]},
        Y={**data.Y, "test": data.Y["train"]},
        planted={"test": data.planted["train"]} if "train" in data.planted else {},
        truth={"test": data.truth["train"]} if "train" in data.truth else {},
    )
    truth = explained.of(of_training, len(data.X["train"])).truth
    return np.zeros(data.length) if truth is None else truth.mean(axis=0)


def _saliency(run: Run, network: Network, data: Dataset, sequences: Explained) -> np.ndarray:
    model = before_training(network, histories.read(run, network), data)
    return attribute(model, sequences.codes, "saliency", sequences.classes).contributions
