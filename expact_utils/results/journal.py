"""Claims of the journal version (Koo & Ploenzke 2021) on attribution maps, weighed: theirs, ours, a verdict, and why.

Each rests on the auROC of maps against the truth, and a comparison on Student's 95 % interval, paired over trials.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from expact_utils.attribution.maps import AUTHORS
from expact_utils.attribution.methods import METHODS as METHODS_BY_NAME
from expact_utils.results.attributions import journal
from expact_utils.results.inference import difference
from expact_utils.results.verdicts import FEWEST_TRIALS, HOLDS, IN_PART, NOT, OURS, UNKNOWN, counted
from expact_utils.run.names import METHODS, activation_title, architecture_title
from expact_utils.run.paths import DESIGN

DATASET = "regulatory-code"
SMALL = 0.02  # of an auROC: a difference that is called small
VARIES = 0.05  # standard deviation over trainings from which on maps vary from one to the next
RIVAL = "shift_scale_sigmoid"  # the activation that the journal's table has above the exponential


@dataclass(frozen=True)
class Claim:
    """A row: the claim, of which network, what the journal prints, ours, the verdict, why, by how many trials."""

    claim: str
    network: str
    journal: str
    ours: str
    verdict: str
    why: str
    trials: int


def weigh(scores: pd.DataFrame) -> pd.DataFrame:
    """Weigh what the journal version says of maps, as far as there are scores to do so, and what we ask besides.

    Parameters
    ----------
    scores : pd.DataFrame
        A row a network, method and target, as from `attributions.collect`.

    Returns
    -------
    pd.DataFrame
        A row a claim, with the columns of `Claim`. With fewer than 3 trainings of each the verdict is "can't be told".
    """
    own = scores[scores["dataset"] == DATASET]
    claims: list[Claim] = []
    for architecture, rows in own.groupby("architecture", sort=False):
        authors = rows[rows["target"] == AUTHORS]
        for method in journal()["method"].unique():
            claims += _compared(authors, (architecture, method), ("exponential", "relu"), 0.0)
        claims += _compared(authors, (architecture, "saliency"), (RIVAL, "exponential"), SMALL)
        claims += _varies(authors, architecture)
        claims += _logit(rows, architecture) + _our_way(rows, architecture)
    return pd.DataFrame([asdict(claim) for claim in claims], columns=list(Claim.__dataclass_fields__))


def sentence(claims: pd.DataFrame) -> str:
    """How many of the journal's claims have which verdict, and how many of ours; empty where there is none."""
    return counted(claims, claims["journal"] == OURS, "claims of the journal version on maps")


def _compared(scores: pd.DataFrame, of: tuple[str, str], pair: tuple[str, str], allowed: float) -> list[Claim]:
    """Maps of one activation are nearer the truth than those of another; or as near, within what is `allowed`."""
    architecture, method = of
    by_trial = _by_trial(scores, of, "activation")
    if not set(pair) <= set(by_trial):
        return []
    by_trial = by_trial[[*pair]].dropna()
    mean, low, high, _ = difference(by_trial[pair[0]], by_trial[pair[1]])
    first, second = map(activation_title, pair)
    nearer = (
        f"as near the truth with {first} as with {second}"
        if allowed
        else f"nearer the truth with {first} than with {second}"
    )
    text = f"{METHODS[method]}: maps are {nearer}"
    verdict, why = _verdict(mean, low, high, allowed)
    theirs = " against ".join(filter(None, (_printed(architecture, name, method) for name in pair))) or OURS
    ours = f"{by_trial[pair[0]].mean():.3f} against {by_trial[pair[1]].mean():.3f}"
    return [Claim(text, architecture_title(architecture), theirs, ours, *_enough(by_trial, verdict, why))]


def _varies(scores: pd.DataFrame, architecture: str) -> list[Claim]:
    """Maps of the exponential vary from training to training."""
    by_trial = _by_trial(scores, (architecture, "saliency"), "activation")
    theirs = _printed(architecture, "exponential", "saliency")
    if "exponential" not in by_trial or not theirs:
        return []
    spread = by_trial["exponential"].std(ddof=0)
    claims_it = float(theirs.partition("±")[2]) >= VARIES
    text = f"{METHODS['saliency']}, exponential: maps {'vary' if claims_it else 'are alike'} between trainings"
    verdict = HOLDS if (spread >= VARIES) == claims_it else NOT
    why = f"a standard deviation of {spread:.3f}, where {VARIES} is called varied"
    ours = f"{by_trial['exponential'].mean():.3f} ± {spread:.3f}"
    return [
        Claim(text, architecture_title(architecture), theirs, ours, *_enough(by_trial[["exponential"]], verdict, why))
    ]


def _logit(scores: pd.DataFrame, architecture: str) -> list[Claim]:
    """Maps of the logit are nearer the truth than those of the probability, which a sure sigmoid flattens.

    Asked of mutagenesis, by the norm. Saliency of a probability is that of its logit times one number a sequence, so
    that the order of positions is the same; and of methods that compare, the authors' way differs in other things, too.
    """
    own = scores[scores["activation"] == "exponential"]
    by_trial = _by_trial(own, (architecture, "mutagenesis"), "target", "norm_auroc")
    if not {"logit", AUTHORS} <= set(by_trial):
        return []
    mean, low, high, _ = difference(by_trial["logit"], by_trial[AUTHORS])
    text = f"{METHODS['mutagenesis']}, exponential: maps are nearer the truth of the logit than of the probability"
    ours = f"{by_trial['logit'].mean():.3f} against {by_trial[AUTHORS].mean():.3f}"
    verdict, why = _verdict(mean, low, high, 0.0)
    return [Claim(text, architecture_title(architecture), OURS, ours, *_enough(by_trial, verdict, why))]


def _our_way(scores: pd.DataFrame, architecture: str) -> list[Claim]:
    """Of methods that compare: maps of the logit, with dinucleotides kept and times the difference, are nearer."""
    own, claims = scores[scores["activation"] == "exponential"], []
    for method in (row.name for row in METHODS_BY_NAME.values() if row.references):
        by_trial = _by_trial(own, (architecture, method), "target")
        if {"logit", AUTHORS} <= set(by_trial):
            mean, low, high, _ = difference(by_trial["logit"], by_trial[AUTHORS])
            text = f"{METHODS[method]}, exponential: maps are nearer the truth our way than the authors'"
            ours = f"{by_trial['logit'].mean():.3f} against {by_trial[AUTHORS].mean():.3f}"
            told = _enough(by_trial, *_verdict(mean, low, high, 0.0))
            claims.append(Claim(text, architecture_title(architecture), OURS, ours, *told))
    return claims


def _by_trial(scores: pd.DataFrame, of: tuple[str, str], columns: str, values: str = "auroc") -> pd.DataFrame:
    rows = scores[(scores["architecture"] == of[0]) & (scores["method"] == of[1])]
    return rows.pivot_table(index="trial", columns=columns, values=values)


def _verdict(mean: float, low: float, high: float, allowed: float) -> tuple[str, str]:
    """Whether a difference and its interval are a gain, or no more of a loss than is allowed."""
    interval = f"{mean:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}"
    if low > -allowed:
        small = not allowed and mean < SMALL
        return (IN_PART, f"{interval}: a gain, though a small one") if small else (HOLDS, interval)
    no_gain = not allowed and high <= 0
    return (NOT, interval) if high < -allowed or no_gain else (UNKNOWN, f"{interval}: it holds both")


def _enough(by_trial: pd.DataFrame, verdict: str, why: str) -> tuple[str, str, int]:
    number = len(by_trial.dropna())
    if number >= FEWEST_TRIALS:
        return verdict, why, number
    return UNKNOWN, f"{number} training{'s' * (number != 1)}; it takes at least {FEWEST_TRIALS}", number


def _printed(architecture: str, activation: str, method: str) -> str:
    """AuROC that the journal prints, with its deviation where it has one; empty where it prints none."""
    found = journal().set_index([*DESIGN, "method"])
    key = (DATASET, architecture, activation, method)
    if key not in found.index:
        return ""
    mean, std = found.loc[key, ["auroc_mean", "auroc_std"]]
    return f"{mean:.3f}" + (f" ± {std:.3f}" if not np.isnan(std) else "")
