"""The paper's claims, weighed against a run: ours with its spread, a test, a verdict, and why.

A verdict rests on the 95 % interval of its own claim where there is one, and else on a test's p-value, corrected for
all tests of its kind in the table (Holm 1979). `rules` says it in full; `inference` computes both.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from expact_utils.dna.jaspar import GROUND_TRUTH
from expact_utils.results.inference import friedman, holm, paired, wilson
from expact_utils.results.verdicts import (
    FEW,
    FEWEST_EPOCHS,
    FEWEST_TRIALS,
    HOLDS,
    IN_PART,
    LEVEL,
    MARGIN,
    NOT,
    OURS,
    UNKNOWN,
)
from expact_utils.run.names import activation_title, architecture_title, network_title

COLUMNS = ["claim", "data", "paper", "ours", "test", "effect", "low", "high", "p", "p_holm", "verdict", "why"]
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


def weigh(trials: pd.DataFrame) -> pd.DataFrame:
    """Weigh the claims that a run can speak to.

    Parameters
    ----------
    trials : pd.DataFrame
        A row a training, as in `trials.csv`.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, a row a claim. Where a run has fewer than 3 trials or 100 epochs the verdict is "can't be told".
        No row where a run has one activation only.
    """
    if trials["activation"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    claims, scales = [], []
    for dataset, own in trials.groupby("dataset", sort=False):
        claims += _synthetic(own) if dataset == "synthetic" else _in_vivo(own)
        scales += [own] * (len(claims) - len(scales))
    corrected = _corrected(claims)
    settled = map(_of_full_scale, _by_tests(claims, corrected), scales)
    rows = [asdict(claim) | {"p_holm": p} for claim, p in zip(settled, corrected, strict=True)]
    return pd.DataFrame(rows)[COLUMNS]


def _corrected(claims: list[Claim]) -> np.ndarray:
    """Corrected p of each claim: for the paired tests together, and for Friedman's together."""
    p = pd.Series([claim.p for claim in claims], dtype=float)
    return p.groupby([claim.test.split()[0] for claim in claims]).transform(holm).to_numpy()


def _by_tests(claims: list[Claim], corrected: np.ndarray) -> list[Claim]:
    """Settle the claims whose verdict rests on a p-value; that none is small says nothing where none can be."""
    settled = []
    for i, claim in enumerate(claims):
        if claim.if_different is not None:
            at_best = _corrected([*claims[:i], replace(claim, p=claim.floor), *claims[i + 1 :]])[i]
            if corrected[i] < LEVEL:
                claim = replace(claim, verdict=claim.if_different[0], why=claim.if_different[1])
            elif not at_best < LEVEL:
                cannot = f"so few trials can't give a corrected p under {LEVEL}, however they differ"
                claim = replace(claim, verdict=UNKNOWN, why=f"{claim.why}; {cannot}")
        settled.append(claim)
    return settled


def _synthetic(trials: pd.DataFrame) -> list[Claim]:
    networks = list(dict.fromkeys(trials["architecture"]))
    claims = [_same_accuracy(trials, name, "no significant difference") for name in networks]
    claims += [_across_networks(trials, "no significant difference")] if len(networks) > 1 else []
    for name in networks:
        if name != "cnn-50":
            claims.append(_at_most(trials, name, "relu", 0.01, "< 1 %"))
    claims += [_at_least(trials, name, "exponential", 0.9, "over 90 %") for name in networks]
    if "cnn-50" in networks:
        claims.append(_near(trials, "cnn-50", "relu", "relevant", 0.92, 0.058, "92 % (± .058 in the 2019 notebook)"))
    claims += [_about_sixty(trials, name) for name in networks if name != "cnn-50"]
    claims += [_pooling(trials)] if len(networks) > 1 else []
    claims += [_more(trials, "cnn-50", "relevant", OURS)] if "cnn-50" in networks else []
    claims += [_missed(trials, name) for name in networks]
    return claims


def _in_vivo(trials: pd.DataFrame) -> list[Claim]:
    """Claims in vivo; what the paper says there, it says of DeepSEA's windows of 1,000 nt."""
    networks = list(dict.fromkeys(trials["architecture"]))
    published = {"cnn-2": ".02 to .50", "cnn-50": ".38 to .50", "cnn-deep": ".00 to .57"}
    claims = []
    for name in networks:
        plot = f"{published[name]} (DeepSEA, 64 filters; journal version, read off its plot)"
        first = "exponential above ReLU (DeepSEA; first version)"
        claims.append(_more(trials, name, "relevant", plot))
        claims.append(_more(trials, name, "jaspar", f"{OURS}; ReLU 90 % (DeepSEA)" if name == "cnn-50" else first))
    none = "no significant difference (DeepSEA)"
    claims += [_same_accuracy(trials, name, none) for name in networks]
    claims += [_across_networks(trials, none)] if len(networks) > 1 else []
    if "cnn-50" in networks:
        paper = "90 % match JASPAR (DeepSEA; first version)"
        claims.append(_near(trials, "cnn-50", "relu", "jaspar", 0.9, 0.05, paper))
    claims += [_missed(trials, name) for name in networks]
    return claims


def _same_accuracy(trials: pd.DataFrame, architecture: str, paper: str) -> Claim:
    mean, low, high, p = paired(trials, architecture, "aupr")
    if low > 0:
        verdict, why = IN_PART, "no cost, but a difference: the exponential is better"
    elif high <= -MARGIN:
        verdict, why = NOT, "the exponential costs as much as a TF that is missed in every trial, or more"
    elif high < 0 and low >= -MARGIN:
        verdict, why = IN_PART, f"the exponential costs accuracy, less than the {MARGIN} that missing one TF does"
    elif low >= -MARGIN and high <= MARGIN:
        verdict, why = HOLDS, "the interval holds 0 and excludes all that one TF would make"
    else:
        verdict, why = UNKNOWN, f"the interval reaches past the {MARGIN} that one TF makes"
    return Claim(
        f"The exponential costs {architecture_title(architecture)} no accuracy (auPR)",
        _data(trials),
        paper,
        _both(trials, architecture, "aupr"),
        PAIRED,
        *(mean, low, high, p),
        verdict,
        why + _still_improving(trials, architecture),
    )


def _still_improving(trials: pd.DataFrame, architecture: str) -> str:
    """Say so where every training of a network was best near its end: more epochs might change its accuracy."""
    rows = trials[trials["architecture"] == architecture]
    if (rows["best_epoch"] <= LATE * rows["epochs"]).any():
        return ""
    first, last = rows["best_epoch"].min(), rows["best_epoch"].max()
    return f"; the best epochs are {first} to {last} of {rows['epochs'].max()}, so it was still improving"


def _across_networks(trials: pd.DataFrame, paper: str) -> Claim:
    """Compare all networks and activations by Friedman's test, trials as blocks; effect: best mean − worst mean."""
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


def _at_most(trials: pd.DataFrame, architecture: str, activation: str, limit: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, "relevant")
    number = int(_of(trials, architecture, activation, "filters").sum())
    counted = f"{round(mean * number)} of {number} filters"
    if mean <= limit and high <= FEW:
        verdict, why = HOLDS, counted
    elif mean <= FEW and low <= limit:
        verdict, why = (
            IN_PART,
            f"{counted}: few, but whether they are {paper} can't be told, as the interval holds both",
        )
    elif mean <= FEW:
        verdict, why = IN_PART, f"{counted}: few, but more than the paper's"
    elif low > limit:
        verdict, why = NOT, f"{counted}: clearly more than the paper's"
    else:
        verdict, why = UNKNOWN, f"{counted}, and the interval holds {limit:.0%}"
    return Claim(
        f"{network_title(architecture, activation)}: almost no filter is relevant",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, "relevant"),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        why,
    )


def _at_least(trials: pd.DataFrame, architecture: str, activation: str, limit: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, "relevant")
    verdict = HOLDS if mean >= limit else IN_PART if high >= limit or mean >= limit - 0.1 else NOT
    within = f", and the interval holds {limit:.0%}" if high >= limit else ""
    return Claim(
        f"{network_title(architecture, activation)}: nearly every filter is relevant",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, "relevant"),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        "so it is"
        if verdict == HOLDS
        else f"most are, {mean:.0%}{within}"
        if verdict == IN_PART
        else f"only {mean:.0%} are",
    )


def _near(trials, architecture: str, activation: str, measure: str, value: float, spread: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, measure)
    off = abs(mean - value)
    verdict = HOLDS if off <= spread else IN_PART if off <= 2 * spread + 0.02 else NOT
    relevant = measure == "relevant"
    what = "most filters are relevant already with ReLU" if relevant else "most ReLU filters match a JASPAR motif"
    why = f"within {spread} of the paper's" if verdict == HOLDS else f"{off:.2f} {'above' if mean > value else 'below'}"
    return Claim(
        f"{architecture_title(architecture)}: {what}",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, measure),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        why,
    )


def _about_sixty(trials: pd.DataFrame, architecture: str) -> Claim:
    """Some JASPAR motif: the hit rate, its largest trial, and what the authors' 2019 notebook prints in its place."""
    mean, low, high = _share(trials, architecture, "relu", "jaspar")
    largest = _of(trials, architecture, "relu", "jaspar").max()
    filters = _of(trials, architecture, "relu", "filters")
    missed = len(GROUND_TRUTH) * (1 - _of(trials, architecture, "relu", "coverage"))
    printed = ((filters - missed) / filters).mean()
    verdict = HOLDS if low <= 0.6 <= high else NOT
    return Claim(
        f"{network_title(architecture, 'relu')}: about 60 % of the filters match some JASPAR motif",
        _data(trials),
        "about 60 %",
        f"{_mean_std(trials, architecture, 'relu', 'jaspar')}, the largest trial {largest:.3f}; "
        f"(filters − motifs missed) / filters: {printed:.3f}",
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        "the interval holds .60"
        if verdict == HOLDS
        else "probably no hit rate: the 2019 notebook prints (30 − motifs missed) / 30, which is 18/30 for a network "
        "that finds none; the authors' stored Tomtom files give 27 to 30 % for CNN-2",
    )


def _pooling(trials: pd.DataFrame) -> Claim:
    """Does the network still matter? Friedman over the networks; effect: largest difference of means."""
    by_trial = trials.pivot_table(index="trial", columns=["activation", "architecture"], values="relevant")
    table = by_trial["exponential"]
    means = pd.DataFrame({name: by_trial[name].mean() for name in ("exponential", "relu")})
    spread = means.max() - means.min()
    p, floor = friedman(table.dropna().to_numpy())
    smaller = spread["exponential"] < 0.2 * spread["relu"]
    why = (
        f"the networks differ by {spread['exponential']:.2f} with the exponential and by {spread['relu']:.2f} with ReLU"
    )
    return Claim(
        "With the exponential the design of the network (pooling, depth) no longer matters",
        _data(trials),
        ".91 to .96 relevant; ReLU .00 to .92",
        f"exponential {means['exponential'].min():.2f} to {means['exponential'].max():.2f}; "
        f"ReLU {means['relu'].min():.2f} to {means['relu'].max():.2f}",
        "Friedman over the networks, exponential; effect: largest difference of means",
        *(float(spread["exponential"]), np.nan, np.nan, p),
        HOLDS if smaller else NOT,
        why,
        (IN_PART, f"{why}; small, but not by chance") if smaller else None,
        floor,
    )


def _more(trials: pd.DataFrame, architecture: str, measure: str, paper: str) -> Claim:
    mean, low, high, p = paired(trials, architecture, measure)
    verdict = HOLDS if low > 0 else NOT if high <= 0 else UNKNOWN
    if verdict == HOLDS and mean < 0.1:
        verdict = IN_PART
    reasons = {
        HOLDS: f"{mean:+.2f} of the filters",
        IN_PART: f"more, but only {mean:+.2f} of the filters",
        NOT: f"{mean:+.2f} of the filters: none gained",
        UNKNOWN: f"{mean:+.2f} of the filters, and the interval holds 0"
        + ("; where the first pool is large, ReLU's filters are motifs already" if architecture == "cnn-50" else ""),
    }
    what = "are relevant" if measure == "relevant" else "match a JASPAR motif"
    return Claim(
        f"{architecture_title(architecture)}: more filters {what} with the exponential",
        _data(trials),
        paper,
        _both(trials, architecture, measure),
        PAIRED,
        *(mean, low, high, p),
        verdict,
        reasons[verdict],
    )


def _missed(trials: pd.DataFrame, architecture: str) -> Claim:
    """TFs that a network has hardly learned (auROC under .7), a trial, and trials that did not train at all."""
    mean, low, high, p = paired(trials, architecture, "missed")
    failed = {
        activation: int((~_of(trials, architecture, activation, "trained").astype(bool)).sum())
        for activation in ("relu", "exponential")
    }
    untrained = ", ".join(f"{activation_title(name)} {number}" for name, number in failed.items() if number)
    if low > 0:
        verdict, why = NOT, "the exponential network misses more"
    elif high < 0:
        verdict, why = HOLDS, "it misses fewer"
    else:
        verdict, why = (HOLDS, "no difference") if high <= 1 else (UNKNOWN, "one TF more or less would go unseen")
    if failed["exponential"] > failed["relu"]:
        verdict, why = IN_PART if verdict == HOLDS else NOT, f"{why}; more of its trials fail"
    return Claim(
        f"{architecture_title(architecture)}: with the exponential no more TFs are missed (auROC < .7), "
        "no more trials fail",
        _data(trials),
        OURS,
        _both(trials, architecture, "missed", ".1f") + f" of 12 a trial; did not train: {untrained or 'none'}",
        f"{PAIRED}, in TFs",
        *(mean, low, high, p),
        verdict,
        why,
    )


def _of_full_scale(claim: Claim, trials: pd.DataFrame) -> Claim:
    """Return the claim, its verdict open where the run is smaller than the paper's protocol."""
    number, epochs = trials["trial"].nunique(), int(trials["epochs"].max())
    if number >= FEWEST_TRIALS and epochs >= FEWEST_EPOCHS:
        return claim
    scale = (
        f"{number} trial{'s' * (number > 1)} of {epochs} epochs; it takes at least {FEWEST_TRIALS} of {FEWEST_EPOCHS}"
    )
    return replace(claim, verdict=UNKNOWN, why=scale)


def _data(trials: pd.DataFrame) -> str:
    return str(trials["dataset"].iloc[0])


def _of(trials: pd.DataFrame, architecture: str, activation: str, measure: str) -> pd.Series:
    return trials[(trials["architecture"] == architecture) & (trials["activation"] == activation)][measure]


def _share(trials: pd.DataFrame, architecture: str, activation: str, measure: str) -> tuple[float, float, float]:
    """Mean share and its interval over the filters of all trials."""
    values = _of(trials, architecture, activation, measure)
    filters = _of(trials, architecture, activation, "filters").sum()
    return float(values.mean()), *wilson(float(values.mean()), int(filters))


def _mean_std(trials, architecture: str, activation: str, measure: str, digits: str = ".3f") -> str:
    values = _of(trials, architecture, activation, measure)
    spread = f" ± {values.std(ddof=0):{digits}}" if len(values) > 1 else ""
    return f"{values.mean():{digits}}{spread}"


def _both(trials: pd.DataFrame, architecture: str, measure: str, digits: str = ".3f") -> str:
    return "; ".join(
        f"{activation_title(activation)} {_mean_std(trials, architecture, activation, measure, digits)}"
        for activation in dict.fromkeys(trials["activation"])
    )
