"""Sentences of a page that say what a table says."""

import numpy as np
import pandas as pd

from expact_utils.run.names import SOURCES, activation_title, architecture_title, data_title, measures_of, scores_of

SAME = 0.02  # auPR: less than this apart is the same to a reader; trials of one network differ as much


def measure_of(table: pd.DataFrame, database: str) -> tuple[str, str]:
    """What is counted of filters, a measure and its words: the ground truth where it is known, else the database.

    `table` has rows of one data set.
    """
    if table["relevant_mean"].isna().any():
        return "jaspar", f"a motif of {database}"
    of_paper = SOURCES[table["dataset"].iloc[0]].paper
    return "relevant", "a motif of the twelve TFs" if of_paper else "a motif of the ground truth"


def headline(table: pd.DataFrame, measure: str = "relevant", of: str = "a motif of the twelve TFs") -> str:
    """One sentence: the share of filters of each network that match `of`, by activation; rows of one data set."""
    networks = []
    for architecture, rows in table.groupby("architecture", sort=False):
        shares = ", ".join(
            f"{share:.0%} with {activation_title(activation)}"
            for activation, share in zip(rows["activation"], rows[f"{measure}_mean"], strict=True)
        )
        networks.append(f"{architecture_title(architecture)}: {shares}")
    return f"Filters that match {of}. {'; '.join(networks)}."


def answer(table: pd.DataFrame, measure: str = "relevant", of: str = "a motif of the twelve TFs") -> str:
    """One sentence for the front page: what the activation changes in the first network; rows of one data set."""
    rows = table[table["architecture"] == table["architecture"].iloc[0]]
    network = architecture_title(rows["architecture"].iloc[0])
    names = rows["activation"].map(activation_title)
    words = [f"of {network}'s filters match {of} with", *["with"] * (len(rows) - 1)]
    shares = [
        f"{share:.0%} {text} {name}" for share, text, name in zip(rows[f"{measure}_mean"], words, names, strict=True)
    ]
    scores = " and ".join(f"{score:.2f}" for score in rows["aupr_mean"])
    same = len(rows) > 1 and np.ptp(rows["aupr_mean"]) < SAME
    accuracy = f"at the same accuracy (auPR {scores})" if same else f"at an auPR of {scores}"
    return f"{', '.join(shares)}, {accuracy}."


def accuracy(table: pd.DataFrame) -> str:
    """One sentence: the mean auPR, or correlation, of each network, by activation; rows of one data set."""
    networks, (score, title) = [], next(iter(measures_of(table.columns).items()))
    for architecture, rows in table.groupby("architecture", sort=False):
        of_each = zip(rows["activation"], rows[f"{score}_mean"], strict=True)
        scores = ", ".join(f"{value:.2f} with {activation_title(activation)}" for activation, value in of_each)
        networks.append(f"{architecture_title(architecture)}: {scores}")
    return f"{title} on the test set. {'; '.join(networks)}."


def without_network(baselines: pd.DataFrame) -> str:
    """Score of each baseline, its mean over classes, e.g. `GC content 0.61, 6-mers 0.80`; as `baselines.csv`."""
    score = next(iter(scores_of(baselines.columns)))
    means = baselines.groupby("baseline", sort=False)[score].mean()
    return ", ".join(f"{name} {value:.2f}" for name, value in means.items())


def first_and_other(table: pd.DataFrame, database: str = "jaspar2016") -> tuple[pd.DataFrame, str]:
    """Table 1 of the first data set, and `headline` of each further one, for the front page."""
    first, *others = dict.fromkeys(table["dataset"])
    of_others = [(name, table[table["dataset"] == name]) for name in others]
    said = [f"On {data_title(name)}. {headline(rows, *measure_of(rows, database))}" for name, rows in of_others]
    return table[table["dataset"] == first], " ".join(said) or "This run has no other data."


def scale(table: pd.DataFrame, patience: int = 0) -> str:
    """How large the run behind a table is, e.g. `5 trials of 100 epochs`, or of up to so many with patience."""
    trials, epochs = int(table["trials"].max()), int(table["epochs"].max())
    most = "up to " * (patience > 0)
    return f"{trials} trial{'s' * (trials > 1)} of {most}{epochs} epoch{'s' * (epochs > 1)}"


def caption(table: pd.DataFrame, name: str = "Table 1") -> str:
    """Caption of a table like Table 1: the data and how large the run is."""
    spread = "mean ± standard deviation over trials" if table["trials"].max() > 1 else "no spread from one trial"
    return f"{name}: {data_title(', '.join(dict.fromkeys(table['dataset'])))}, {scale(table)}; {spread}."
