"""Kinds of claim: what each says, and the claim that the trials of one data set make of it.

`trials` are rows of `trials.csv` of one data set; `paper` is what the paper says, or begins with `verdicts.OURS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from expact_utils.dna.jaspar import GROUND_TRUTH
from expact_utils.results import verdicts
from expact_utils.results.inference import friedman, paired, wilson
from expact_utils.results.paper import stands_for
from expact_utils.results.verdicts import HOLDS, IN_PART, MARGIN, NOT, OURS, UNKNOWN
from expact_utils.run.names import activation_title, architecture_title, network_title

LATE = 0.7  # of the epochs: a network whose best one is later was still improving
PAIRED = "paired t over trials, exponential − ReLU"


@dataclass(frozen=True)
class Claim:
    """A row of `claims.csv`; `effect`, `low` and `high` are what `test` says, NaN where there is no test.

    Where the verdict rests on `p`, it is `if_different`, verdict and why, once the corrected p is under `LEVEL`, and
    `floor` is the smallest p that the test could have given.
    """

    claim: str
    data: str
    paper: str
    ours: str
    test: str
    effect: float
    low: float
    high: float
    p: float
    verdict: str
    why: str
    if_different: tuple[str, str] | None = None
    floor: float = np.nan


def same_accuracy(trials: pd.DataFrame, architecture: str, paper: str) -> Claim:
    """The exponential costs no auPR."""
    mean, low, high, p = paired(trials, architecture, "aupr")
    verdict, why = verdicts.no_cost(low, high, "" if stands_for(_data(trials)) else " of twelve")
    why += _still_improving(trials[trials["architecture"] == architecture])
    text = f"The exponential costs {architecture_title(architecture)} no accuracy (auPR)"
    ours = _both(trials, architecture, "aupr")
    return Claim(text, _data(trials), paper, ours, PAIRED, mean, low, high, p, verdict, why)


def more(trials: pd.DataFrame, architecture: str, measure: str, paper: str) -> Claim:
    """More filters are relevant, or `jaspar`, match the database, with the exponential."""
    mean, low, high, p = paired(trials, architecture, measure)
    verdict, why = verdicts.more_filters(mean, low, high)
    if verdict == UNKNOWN and architecture == "cnn-50":
        why += "; where the first pool is large, ReLU's filters are motifs already"
    what = "are relevant" if measure == "relevant" else "match a JASPAR motif"
    text = f"{architecture_title(architecture)}: more filters {what} with the exponential"
    ours = _both(trials, architecture, measure)
    return Claim(text, _data(trials), paper, ours, PAIRED, mean, low, high, p, verdict, why)


def missed(trials: pd.DataFrame, architecture: str) -> Claim:
    """TFs that a network has hardly learned (auROC under .7), a trial, and trials that did not train at all."""
    mean, low, high, p = paired(trials, architecture, "missed")
    failed = {name: _failed(trials, architecture, name) for name in ("relu", "exponential")}
    verdict, why = verdicts.no_more_missed(low, high, failed["exponential"] > failed["relu"])
    untrained = ", ".join(f"{activation_title(name)} {number}" for name, number in failed.items() if number)
    no_more = "with the exponential no more TFs are missed (auROC < .7), no more trials fail"
    text = f"{architecture_title(architecture)}: {no_more}"
    of = f" of {len(GROUND_TRUTH)}" if stands_for(_data(trials)) else ""
    ours = f"{_both(trials, architecture, 'missed', '.1f')}{of} a trial; did not train: {untrained or 'none'}"
    return Claim(text, _data(trials), OURS, ours, f"{PAIRED}, in TFs", mean, low, high, p, verdict, why)


def across_networks(trials: pd.DataFrame, paper: str) -> Claim:
    """No network or activation differs: by Friedman's test, trials as blocks; effect: best mean − worst mean."""
    table = trials.pivot_table(index="trial", columns=["architecture", "activation"], values="aupr").dropna()
    means = table.mean()
    spread = float(means.max() - means.min())
    p, floor = friedman(table.to_numpy())
    best, worst = (network_title(*means.index[i]) for i in (int(means.argmax()), int(means.argmin())))
    far = spread > MARGIN
    not_found = f"{best} is {spread:.2f} above {worst}, but the test can't tell that from chance"
    return Claim(
        "Networks and activations do not differ in auPR",
        _data(trials),
        paper,
        f"{means.min():.3f} ({worst}) to {means.max():.3f} ({best})",
        "Friedman over the networks, trials as blocks; effect: best − worst mean",
        *(spread, np.nan, np.nan, p),
        UNKNOWN if far else HOLDS,
        not_found if far else "no difference is found",
        (NOT if far else IN_PART, f"{best} scores higher than {worst}"),
        floor,
    )


def pooling(trials: pd.DataFrame, paper: str) -> Claim:
    """Whether the network still matters: by Friedman's test over networks; effect: largest difference of means."""
    by_trial = trials.pivot_table(index="trial", columns=["activation", "architecture"], values="relevant")
    means = {name: by_trial[name].mean() for name in ("exponential", "relu")}
    exponential, relu = (of_one.max() - of_one.min() for of_one in means.values())
    p, floor = friedman(by_trial["exponential"].dropna().to_numpy())
    smaller = exponential < 0.2 * relu
    why = f"the networks differ by {exponential:.2f} with the exponential and by {relu:.2f} with ReLU"
    ours = [f"{activation_title(name)} {of_one.min():.2f} to {of_one.max():.2f}" for name, of_one in means.items()]
    return Claim(
        "With the exponential the design of the network (pooling, depth) no longer matters",
        _data(trials),
        paper,
        "; ".join(ours),
        "Friedman over the networks, exponential; effect: largest difference of means",
        *(float(exponential), np.nan, np.nan, p),
        HOLDS if smaller else NOT,
        why,
        (IN_PART, f"{why}; small, but not by chance") if smaller else None,
        floor,
    )


def almost_none(trials: pd.DataFrame, architecture: str, limit: float, paper: str) -> Claim:
    """Almost no filter is relevant with ReLU."""
    rule = partial(verdicts.almost_none, limit=limit, number=_filters(trials, architecture, "relu"))
    text = f"{network_title(architecture, 'relu')}: almost no filter is relevant"
    return _on_share(trials, (architecture, "relu", "relevant"), text, paper, rule)


def nearly_all(trials: pd.DataFrame, architecture: str, limit: float, paper: str) -> Claim:
    """Nearly every filter is relevant with the exponential."""
    text = f"{network_title(architecture, 'exponential')}: nearly every filter is relevant"
    of = architecture, "exponential", "relevant"
    return _on_share(trials, of, text, paper, lambda mean, low, high: verdicts.nearly_all(mean, high, limit))


def most(trials: pd.DataFrame, architecture: str, measure: str, value: float, spread: float, paper: str) -> Claim:
    """Most filters are relevant, or match the database, already with ReLU."""
    relevant = measure == "relevant"
    what = "most filters are relevant already with ReLU" if relevant else "most ReLU filters match a JASPAR motif"
    text = f"{architecture_title(architecture)}: {what}"
    of = architecture, "relu", measure
    return _on_share(trials, of, text, paper, lambda mean, low, high: verdicts.near(mean, value, spread))


def about_sixty(trials: pd.DataFrame, architecture: str) -> Claim:
    """Some JASPAR motif: the hit rate, its largest trial, and what the authors' 2019 notebook prints in its place."""
    largest = _of(trials, architecture, "relu", "jaspar").max()
    filters = _of(trials, architecture, "relu", "filters")
    missed = len(GROUND_TRUTH) * (1 - _of(trials, architecture, "relu", "coverage"))
    printed = f"(filters − motifs missed) / filters: {((filters - missed) / filters).mean():.3f}"
    text = f"{network_title(architecture, 'relu')}: about 60 % of the filters match some JASPAR motif"
    ours = f"{_mean_std(trials, architecture, 'relu', 'jaspar')}, the largest trial {largest:.3f}; {printed}"
    return _on_share(trials, (architecture, "relu", "jaspar"), text, "about 60 %", _sixty, ours)


def _sixty(mean: float, low: float, high: float) -> tuple[str, str]:
    if low <= 0.6 <= high:
        return HOLDS, "the interval holds .60"
    return (
        NOT,
        "probably no hit rate: the 2019 notebook prints (30 − motifs missed) / 30, which is 18/30 for a network "
        "that finds none; the authors' stored Tomtom files give 27 to 30 % for CNN-2",
    )


def _on_share(
    trials: pd.DataFrame, of: tuple[str, str, str], text: str, paper: str, rule: Callable, ours: str = ""
) -> Claim:
    """Claim on the mean share and its interval over the filters of all trials; `rule` takes all three."""
    mean = float(_of(trials, *of).mean())
    low, high = wilson(mean, _filters(trials, *of[:2]))
    test = "share of filters, Wilson's interval"
    return Claim(
        text,
        _data(trials),
        paper,
        ours or _mean_std(trials, *of),
        test,
        mean,
        low,
        high,
        np.nan,
        *rule(mean, low, high),
    )


def _still_improving(trials: pd.DataFrame) -> str:
    """Say so where every training of a network was best near its end: more epochs might change its accuracy."""
    if (trials["best_epoch"] <= LATE * trials["epochs"]).any():
        return ""
    first, last = trials["best_epoch"].min(), trials["best_epoch"].max()
    return f"; the best epochs are {first} to {last} of {trials['epochs'].max()}, so it was still improving"


def _data(trials: pd.DataFrame) -> str:
    return str(trials["dataset"].iloc[0])


def _of(trials: pd.DataFrame, architecture: str, activation: str, measure: str) -> pd.Series:
    return trials[(trials["architecture"] == architecture) & (trials["activation"] == activation)][measure]


def _filters(trials: pd.DataFrame, architecture: str, activation: str) -> int:
    return int(_of(trials, architecture, activation, "filters").sum())


def _failed(trials: pd.DataFrame, architecture: str, activation: str) -> int:
    return int((~_of(trials, architecture, activation, "trained").astype(bool)).sum())


def _mean_std(trials, architecture: str, activation: str, measure: str, digits: str = ".3f") -> str:
    values = _of(trials, architecture, activation, measure)
    spread = f" ± {values.std(ddof=0):{digits}}" if len(values) > 1 else ""
    return f"{values.mean():{digits}}{spread}"


def _both(trials: pd.DataFrame, architecture: str, measure: str, digits: str = ".3f") -> str:
    return "; ".join(
        f"{activation_title(activation)} {_mean_std(trials, architecture, activation, measure, digits)}"
        for activation in dict.fromkeys(trials["activation"])
    )
