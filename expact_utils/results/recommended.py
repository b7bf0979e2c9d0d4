"""Which activation to use: those of many trainings, compared by pairs of trainings of the networks that both have."""

import numpy as np
import pandas as pd

from expact_utils.results.inference import difference
from expact_utils.results.verdicts import FEWEST_TRIALS
from expact_utils.results.zoo import plain
from expact_utils.run.names import activation_title, architecture_title, data_title
from expact_utils.run.paths import DESIGN

RELU = "relu"
PAIR = ["dataset", "architecture", "trial"]


def sentence(table: pd.DataFrame, trials: pd.DataFrame) -> str:
    """Which activation to use, and which cannot be told from it, in words; both tables as from `zoo.collect`.

    Of the activations with `FEWEST_TRIALS` trainings or more, those are left that no other beats: by a 95 % interval
    of the difference in Relevant, paired by trial over the networks that both have. Of these, the one with the most
    networks and trainings is recommended, among equals that with the largest mean.
    """
    known = plain(table).dropna(subset="relevant_mean")
    if known.empty:
        return "The truth of these data is not known, so no activation's filters have a share that is relevant."
    rows = known[known["trials"] >= FEWEST_TRIALS]
    rows = rows[rows.groupby(DESIGN[:2])["activation"].transform("nunique") > 1]
    if RELU not in set(rows["activation"]):
        return "No activation can be recommended from so few trainings."
    shares = trials.merge(rows[DESIGN]).pivot_table(index=PAIR, columns="activation", values="relevant")
    best = _best(rows, _unbeaten(shares))
    return f"Use {_named(best)}: {_beside(rows, best)}.{_alike(shares, best)}"


def _unbeaten(shares: pd.DataFrame) -> list[str]:
    """Activations that no other is told to be above; columns of `shares` are activations, its rows trainings."""
    return [name for name in shares if not any(_above(shares, other, name) for other in shares if other != name)]


def _above(shares: pd.DataFrame, one: str, other: str) -> bool:
    return _paired(shares, one, other)[1] > 0


def _paired(shares: pd.DataFrame, one: str, other: str) -> tuple[float, float, float, int]:
    """One minus other over the trainings that both have: mean, 95 % interval, and how many; NaN with fewer than two."""
    pairs = shares[[one, other]].dropna()
    if len(pairs) < 2:
        return np.nan, np.nan, np.nan, len(pairs)
    return *difference(pairs[one], pairs[other])[:3], len(pairs)


def _best(rows: pd.DataFrame, unbeaten: list[str]) -> str:
    of = rows[rows["activation"].isin(unbeaten)].groupby("activation", sort=False)
    sizes = pd.DataFrame({"networks": of.size(), "trials": of["trials"].sum(), "mean": of["relevant_mean"].mean()})
    return str(sizes.sort_values(["networks", "trials", "mean"], ascending=False, kind="stable").index[0])


def _beside(rows: pd.DataFrame, best: str) -> str:
    """Share and auPR of an activation in each of its networks, beside ReLU's, or of ReLU alone."""
    own, relu = rows[rows["activation"] == best], rows[rows["activation"] == RELU]
    both = own.merge(relu, on=DESIGN[:2], suffixes=("", "_relu"))
    return "; ".join(_of_network(row, best == RELU) for row in both.itertuples())


def _of_network(row, alone: bool) -> str:
    other = "" if alone else f", {row.relevant_mean_relu:.2f} of ReLU's"
    score = "" if alone else f" against {row.aupr_mean_relu:.3f}"
    return (
        f"in {architecture_title(row.architecture)} ({data_title(row.dataset)}, {row.trials} trainings) "
        f"{row.relevant_mean:.2f} of its filters match a TF of the classes{other}, at an auPR of "
        f"{row.aupr_mean:.3f}{score}"
    )


def _alike(shares: pd.DataFrame, best: str) -> str:
    """Which activations the trainings do not tell from the best, and by how much they differ, a sentence."""
    said = []
    for name in shares.columns.drop(best):
        mean, low, high, pairs = _paired(shares, name, best)
        if low <= 0 <= high:
            both = shares[[name, best]].dropna().index.unique("architecture")
            said.append(
                f"{_named(name)} (in {' and '.join(map(architecture_title, both))}: {mean:+.2f}, 95 % interval "
                f"{low:+.2f} to {high:+.2f}, {pairs} pairs of trainings)"
            )
    return f" Not told apart from it: {', '.join(said)}." if said else ""


def _named(activation: str) -> str:
    return activation_title(activation) if activation == RELU else f"the {activation_title(activation)}"
