"""The paper's claims, weighed against a run: ours with its spread, a test, a verdict, and why.

A difference between activations is paired over trials, which start from the same weights and see the same batches: its
mean, Student's 95 % interval and p, without correction; `p_holm` corrects for all of a table's tests together (Holm
1979). A share of filters has Wilson's 95 % interval (Wilson 1927) over the filters of all trials, as if they were
independent, which filters of one network are not quite.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import stats

from expact_utils.config import ACTIVATION_NAMES, NETWORK_NAMES, network_title

HOLDS, IN_PART, NOT, UNKNOWN = "holds", "holds in part", "does not hold here", "can't be told"
VERBS = {HOLDS: "hold", IN_PART: "hold in part", NOT: "do not hold here", UNKNOWN: "can't be told"}
COLUMNS = ["claim", "data", "paper", "ours", "test", "effect", "low", "high", "p", "p_holm", "verdict", "why"]
FEWEST_TRIALS, FEWEST_EPOCHS = 3, 100
MARGIN = 0.05  # of an auPR: what missing one of twelve TFs costs the mean; a smaller difference is called none


@dataclass(frozen=True)
class Claim:
    """A row of `claims.csv`; `effect`, `low` and `high` are what `test` says, NaN where there is no test."""

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
    rows = []
    if trials["activation"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    for dataset, own in trials.groupby("dataset", sort=False):
        claims = _synthetic(own) if dataset == "synthetic" else _in_vivo(own, dataset)
        rows += [asdict(_of_full_scale(claim, own)) for claim in claims]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_holm"])
    table["p_holm"] = holm(table["p"].to_numpy(dtype=float))
    return table[COLUMNS]


def verdicts(table: pd.DataFrame) -> str:
    """One sentence: how many claims have which verdict."""
    if table.empty:
        return "This run compares no activations, so it can weigh no claim."
    counts = table["verdict"].value_counts()
    parts = (f"{counts[verdict]} {VERBS[verdict]}" for verdict in VERBS if verdict in counts)
    return f"Of {len(table)} claims, {'; '.join(parts)}."


def paired(trials: pd.DataFrame, architecture: str, measure: str) -> tuple[float, float, float, float]:
    """Exponential minus ReLU of a measure, paired over trials: mean, 95 % interval and p; NaN with one trial."""
    rows = trials[trials["architecture"] == architecture]
    own = rows.pivot_table(index="trial", columns="activation", values=measure)
    difference = (own["exponential"] - own["relu"]).dropna().to_numpy(dtype=float)
    mean = float(difference.mean())
    if len(difference) < 2:
        return mean, np.nan, np.nan, np.nan
    if np.ptp(difference) == 0:  # no spread: the interval is the point, and t has no value
        return mean, mean, mean, 1.0 if mean == 0 else np.nan
    result = stats.ttest_1samp(difference, 0)
    low, high = result.confidence_interval(0.95)
    return mean, float(low), float(high), float(result.pvalue)


def wilson(share: float, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `number`."""
    interval = stats.binomtest(round(share * number), number).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's correction of p-values; NaN stays NaN and is not counted."""
    corrected = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return corrected


def _synthetic(trials: pd.DataFrame) -> list[Claim]:
    networks = list(dict.fromkeys(trials["architecture"]))
    claims = [_same_accuracy(trials, name) for name in networks]
    claims += [_across_networks(trials)] if len(networks) > 1 else []
    for name in networks:
        if name != "cnn-50":
            claims.append(_at_most(trials, name, "relu", 0.01, "< 1 %"))
    claims += [_at_least(trials, name, "exponential", 0.9, "over 90 %") for name in networks]
    if "cnn-50" in networks:
        claims.append(_near(trials, "cnn-50", "relu", "relevant", 0.92, 0.058, "92 % (± .058 in the 2019 notebook)"))
    claims += [_about_sixty(trials, name) for name in networks if name != "cnn-50"]
    claims += [_pooling(trials)] if len(networks) > 1 else []
    claims += [_readable(trials, "cnn-50", "not stated")] if "cnn-50" in networks else []
    claims += [_missed(trials, name) for name in networks]
    return claims


def _in_vivo(trials: pd.DataFrame, dataset: str) -> list[Claim]:
    networks = list(dict.fromkeys(trials["architecture"]))
    published = {"cnn-2": ".02 to .50", "cnn-50": ".38 to .50", "cnn-deep": ".00 to .57"}
    claims = [_readable(trials, name, f"{published[name]} (journal version, read off its plot)") for name in networks]
    claims += [_same_accuracy(trials, name) for name in networks]
    if "cnn-50" in networks:
        claims.append(_near(trials, "cnn-50", "relu", "jaspar", 0.9, 0.05, "90 % match JASPAR"))
    return claims


def _same_accuracy(trials: pd.DataFrame, architecture: str) -> Claim:
    mean, low, high, p = paired(trials, architecture, "aupr")
    if low > 0:
        verdict, why = IN_PART, "no cost, but a difference: the exponential is better"
    elif high < 0 and mean <= -MARGIN:
        verdict, why = NOT, "the exponential costs as much as a TF that is missed in every trial, or more"
    elif high < 0:
        verdict, why = IN_PART, f"the exponential costs accuracy, less than the {MARGIN} that missing one TF does"
    elif max(-low, high) < 2 * MARGIN:
        verdict, why = HOLDS, "the interval holds 0 and excludes all that two TFs would make"
    else:
        verdict, why = UNKNOWN, "the interval holds 0, but is so wide that a cost of two TFs would go unseen"
    return Claim(
        f"The exponential costs {NETWORK_NAMES[architecture]} no accuracy (auPR)",
        _data(trials),
        "no significant difference",
        _both(trials, architecture, "aupr"),
        "paired t over trials, exponential − ReLU",
        *(mean, low, high, p),
        verdict,
        why,
    )


def _across_networks(trials: pd.DataFrame) -> Claim:
    """Compare all networks and activations by Friedman's test, trials as blocks; effect: best mean − worst mean."""
    table = trials.pivot_table(index="trial", columns=["architecture", "activation"], values="aupr")
    means = table.mean()
    enough = len(table) >= FEWEST_TRIALS
    p = float(stats.friedmanchisquare(*table.to_numpy().T).pvalue) if enough else np.nan
    best, worst = (network_title(*means.index[i]) for i in (int(means.argmax()), int(means.argmin())))
    return Claim(
        "Networks and activations do not differ in auPR",
        _data(trials),
        "no significant difference",
        f"{means.min():.3f} ({worst}) to {means.max():.3f} ({best})",
        "Friedman over the networks, trials as blocks; effect: best − worst mean",
        *(float(means.max() - means.min()), np.nan, np.nan, p),
        UNKNOWN if not enough else HOLDS if p > 0.05 else IN_PART if means.max() - means.min() < 2 * MARGIN else NOT,
        "no difference is found" if p > 0.05 else f"{best} scores higher than {worst}",
    )


def _at_most(trials: pd.DataFrame, architecture: str, activation: str, limit: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, "relevant")
    verdict = HOLDS if mean <= limit else IN_PART if mean <= 0.05 else NOT
    return Claim(
        f"{network_title(architecture, activation)}: almost no filter is relevant",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, "relevant"),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        "so it is"
        if verdict == HOLDS
        else f"{mean:.1%} of the filters; "
        + ("few, but more than the paper's" if verdict == IN_PART else "clearly more than the paper's"),
    )


def _at_least(trials: pd.DataFrame, architecture: str, activation: str, limit: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, "relevant")
    verdict = HOLDS if mean >= limit else IN_PART if high >= limit or mean >= limit - 0.1 else NOT
    return Claim(
        f"{network_title(architecture, activation)}: nearly every filter is relevant",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, "relevant"),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        "so it is" if verdict == HOLDS else f"most are, {mean:.0%}" if verdict == IN_PART else f"only {mean:.0%} are",
    )


def _near(trials, architecture: str, activation: str, measure: str, value: float, spread: float, paper: str) -> Claim:
    mean, low, high = _share(trials, architecture, activation, measure)
    off = abs(mean - value)
    verdict = HOLDS if off <= spread else IN_PART if off <= 2 * spread + 0.02 else NOT
    relevant = measure == "relevant"
    what = "most filters are relevant already with ReLU" if relevant else "most ReLU filters match a JASPAR motif"
    why = f"within {spread} of the paper's" if verdict == HOLDS else f"{off:.2f} {'above' if mean > value else 'below'}"
    other = "" if trials["dataset"].iloc[0] in ("synthetic", "deepsea") else "; the paper's data were DeepSEA's"
    return Claim(
        f"{NETWORK_NAMES[architecture]}: {what}",
        _data(trials),
        paper,
        _mean_std(trials, architecture, activation, measure),
        "share of filters, Wilson's interval",
        *(mean, low, high, np.nan),
        verdict,
        why + other,
    )


def _about_sixty(trials: pd.DataFrame, architecture: str) -> Claim:
    mean, low, high = _share(trials, architecture, "relu", "jaspar")
    verdict = HOLDS if low <= 0.6 <= high else NOT
    return Claim(
        f"{network_title(architecture, 'relu')}: about 60 % of the filters match some JASPAR motif",
        _data(trials),
        "about 60 %",
        _mean_std(trials, architecture, "relu", "jaspar"),
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
    several = len(table) >= FEWEST_TRIALS and table.shape[1] > 2
    different = several and bool(table.nunique(axis=1).gt(1).any())
    p = float(stats.friedmanchisquare(*table.to_numpy().T).pvalue) if different else np.nan
    smaller = spread["exponential"] < 0.2 * spread["relu"]
    return Claim(
        "With the exponential the design of the network (pooling, depth) no longer matters",
        _data(trials),
        ".91 to .96 relevant; ReLU .00 to .92",
        f"exponential {means['exponential'].min():.2f} to {means['exponential'].max():.2f}; "
        f"ReLU {means['relu'].min():.2f} to {means['relu'].max():.2f}",
        "Friedman over the networks, exponential; effect: largest difference of means",
        *(float(spread["exponential"]), np.nan, np.nan, p),
        HOLDS if smaller and not p < 0.05 else IN_PART if smaller else NOT,
        f"the networks differ by {spread['exponential']:.2f} with the exponential and by {spread['relu']:.2f} with ReLU"
        + ("; small, but not by chance" if p < 0.05 else ""),
    )


def _readable(trials: pd.DataFrame, architecture: str, paper: str) -> Claim:
    mean, low, high, p = paired(trials, architecture, "relevant")
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
    return Claim(
        f"{NETWORK_NAMES[architecture]}: more filters are relevant with the exponential",
        _data(trials),
        paper,
        _both(trials, architecture, "relevant"),
        "paired t over trials, exponential − ReLU",
        *(mean, low, high, p),
        verdict,
        reasons[verdict],
    )


def _missed(trials: pd.DataFrame, architecture: str) -> Claim:
    """TFs that a network has not learned at all (auROC under .7), a trial."""
    mean, low, high, p = paired(trials, architecture, "missed")
    failed = trials[(trials["architecture"] == architecture) & ~trials["trained"].astype(bool)]
    untrained = ", ".join(f"{ACTIVATION_NAMES[name]} {n}" for name, n in failed["activation"].value_counts().items())
    if low > 0:
        verdict, why = NOT, "the exponential network misses more"
    elif high < 0:
        verdict, why = HOLDS, "it misses fewer"
    else:
        verdict, why = (HOLDS, "no difference") if high <= 1 else (UNKNOWN, "one TF more or less would go unseen")
    return Claim(
        f"{NETWORK_NAMES[architecture]}: with the exponential no more TFs are missed (auROC < .7), no more trials fail",
        _data(trials),
        "not stated",
        _both(trials, architecture, "missed", ".1f") + f" of 12 a trial; did not train: {untrained or 'none'}",
        "paired t over trials, exponential − ReLU, in TFs",
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
    return Claim(**{**asdict(claim), "verdict": UNKNOWN, "why": scale})


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
        f"{ACTIVATION_NAMES[activation]} {_mean_std(trials, architecture, activation, measure, digits)}"
        for activation in dict.fromkeys(trials["activation"])
    )
