"""The claims that a run can speak to, weighed: ours with its spread, a test, a verdict, and why.

They are the paper's, of what it speaks of (`paper.speaks_of`), and our own; each compares the exponential with ReLU. A
verdict rests on the 95 % interval of its own claim where there is one, and else on a test's p-value, corrected for all
tests of its kind in the table (Holm 1979). `verdicts` has the rules; `inference` computes both.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from expact_utils.results import kinds, paper
from expact_utils.results.inference import holm
from expact_utils.results.kinds import Claim
from expact_utils.results.verdicts import FEWEST_EPOCHS, FEWEST_TRIALS, LEVEL, OURS, UNKNOWN
from expact_utils.run.names import SOURCES, activation_title, architecture_title, data_title

COLUMNS = [
    *("claim", "data", "paper", "ours", "test", "effect", "low", "high", "p", "p_holm", "verdict", "why", "trials")
]


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
        No row where a run has not both ReLU and the exponential; networks with other activations are in none.
    """
    claims: list[Claim] = []
    scales: list[pd.DataFrame] = []
    for _, own in _compared(trials).groupby("dataset", sort=False):
        claims += _of_data_set(own)
        scales += [own] * (len(claims) - len(scales))
    corrected = _corrected(claims)
    settled = map(_of_full_scale, _by_tests(claims, corrected), scales)
    rows = [
        asdict(claim) | {"p_holm": p, "trials": scale["trial"].nunique()}
        for claim, p, scale in zip(settled, corrected, scales, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def left_out(trials: pd.DataFrame) -> str:
    """Say what in `trials.csv` the paper does not speak of; empty if it speaks of all, or if nothing is compared."""
    if _compared(trials).empty:
        return ""
    others = _titles(trials["activation"], activation_title, paper.ACTIVATIONS)
    silent = _titles(trials["architecture"], architecture_title, paper.ARCHITECTURES)
    silent += _titles(trials["dataset"], data_title, [name for name in SOURCES if paper.stands_for(name)])
    sentences = [f"Claims compare ReLU with the exponential: no claim is about {_and(others)}."] if others else []
    sentences += [f"The paper does not speak of {_and(silent)}: what is claimed there is ours."] if silent else []
    return " ".join(sentences)


def _titles(names: pd.Series, title: Callable, known: Iterable) -> list[str]:
    return [title(name) for name in names.unique() if name not in known]


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _compared(trials: pd.DataFrame) -> pd.DataFrame:
    """Rows with ReLU and with the exponential; none unless there are both."""
    compared = trials[trials["activation"].isin(paper.ACTIVATIONS)]
    return compared if compared["activation"].nunique() == len(paper.ACTIVATIONS) else compared[:0]


def _of_data_set(trials: pd.DataFrame) -> list[Claim]:
    """Return the paper's claims and ours on the networks that it speaks of, and ours on others."""
    spoken = paper.speaks_of(trials)
    claims = []
    if spoken.any():
        in_vivo = paper.stands_for(trials["dataset"].iloc[0]) == "deepsea"
        claims += (_in_vivo if in_vivo else _synthetic)(trials[spoken])
    return claims + _ours(trials[~spoken])


def _ours(trials: pd.DataFrame) -> list[Claim]:
    """Return our claims on what the paper does not speak of."""
    measure = "relevant" if _truth_known(trials) else "jaspar"
    claims = []
    for name in trials["architecture"].unique():
        claims.append(kinds.same_accuracy(trials, name, OURS))
        claims.append(kinds.more(trials, name, measure, OURS))
        claims.append(kinds.missed(trials, name))
    return claims


def _synthetic(trials: pd.DataFrame) -> list[Claim]:
    networks = list(trials["architecture"].unique())
    claims = _accuracy(trials, networks, "no significant difference")
    claims += _readable(trials, networks) if _truth_known(trials) else []
    return claims + [kinds.missed(trials, name) for name in networks]


def _readable(trials: pd.DataFrame, networks: list[str]) -> list[Claim]:
    """Claims on filters where the motifs to be found are known."""
    others = [name for name in networks if name != "cnn-50"]
    claims = [kinds.almost_none(trials, name, 0.01, "< 1 %") for name in others]
    claims += [kinds.nearly_all(trials, name, 0.9, "over 90 %") for name in networks]
    if "cnn-50" in networks:
        claims.append(kinds.most(trials, "cnn-50", "relevant", 0.92, 0.058, "92 % (± .058 in the 2019 notebook)"))
    claims += [kinds.about_sixty(trials, name) for name in others]
    claims += [kinds.pooling(trials, ".91 to .96 relevant; ReLU .00 to .92")] if len(networks) > 1 else []
    claims += [kinds.more(trials, "cnn-50", "relevant", OURS)] if "cnn-50" in networks else []
    return claims


def _in_vivo(trials: pd.DataFrame) -> list[Claim]:
    """Claims in vivo; what the paper says there, it says of DeepSEA's windows of 1,000 nt."""
    networks, known = list(trials["architecture"].unique()), _truth_known(trials)
    published = {"cnn-2": ".02 to .50", "cnn-50": ".38 to .50", "cnn-deep": ".00 to .57"}
    claims = []
    for name in networks:
        plot = f"{published[name]} (DeepSEA, 64 filters; journal version, read off its plot)"
        first = "exponential above ReLU (DeepSEA; first version)"
        claims += [kinds.more(trials, name, "relevant", plot)] if known else []
        claims.append(kinds.more(trials, name, "jaspar", f"{OURS}; ReLU 90 % (DeepSEA)" if name == "cnn-50" else first))
    claims += _accuracy(trials, networks, "no significant difference (DeepSEA)")
    if "cnn-50" in networks:
        paper_says = "90 % match JASPAR (DeepSEA; first version)"
        claims.append(kinds.most(trials, "cnn-50", "jaspar", 0.9, 0.05, paper_says))
    return claims + [kinds.missed(trials, name) for name in networks]


def _accuracy(trials: pd.DataFrame, networks: list[str], paper_says: str) -> list[Claim]:
    claims = [kinds.same_accuracy(trials, name, paper_says) for name in networks]
    return claims + ([kinds.across_networks(trials, paper_says)] if len(networks) > 1 else [])


def _truth_known(trials: pd.DataFrame) -> bool:
    return bool(trials["relevant"].notna().any())


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


def _of_full_scale(claim: Claim, trials: pd.DataFrame) -> Claim:
    """Return the claim, its verdict open where the run is smaller than the paper's protocol."""
    number, epochs = trials["trial"].nunique(), int(trials["epochs"].max())
    if number >= FEWEST_TRIALS and epochs >= FEWEST_EPOCHS:
        return claim
    scale = (
        f"{number} trial{'s' * (number > 1)} of {epochs} epochs; it takes at least {FEWEST_TRIALS} of {FEWEST_EPOCHS}"
    )
    return replace(claim, verdict=UNKNOWN, why=scale)
