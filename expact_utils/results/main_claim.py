"""Whether the paper's main claim holds: readable filters whatever the network, at no cost in accuracy.

It is several rows of `claims.csv`, a network each; their verdicts are put together here, by data set.
"""

import re
from collections.abc import Iterable

import pandas as pd

from expact_utils.results.verdicts import HOLDS, IN_PART, NOT, OURS, UNKNOWN
from expact_utils.run.names import data_title

GAIN = "is even a gain"  # of accuracy, where the interval lies above 0
PARTS = {  # what claims, as `kinds` words them, have to do with it; the group is the network
    "nearly every filter relevant with the exponential": r"(.+), exponential: nearly every filter is relevant",
    "more filters relevant with the exponential": r"(.+): more filters are relevant with the exponential",
    "no cost in accuracy": r"The exponential costs (.+) no accuracy \(auPR\)",
}


def sentence(claims: pd.DataFrame) -> str:
    """Whether the claim holds on each data set, and for which networks each part of it; empty where it is not weighed.

    Parameters
    ----------
    claims : pd.DataFrame
        As from `claims.weigh`. Rows that the paper does not claim are left out.
    """
    said = []
    for dataset, rows in claims[~claims["paper"].str.startswith(OURS)].groupby("data", sort=False):
        parts = {what: found for what, pattern in PARTS.items() if (found := _by_network(rows, pattern))}
        if parts:
            each = "; ".join(f"{what}: {_grouped(found)}" for what, found in parts.items())
            verdict = _together([one for found in parts.values() for one in found.values()])
            said.append(f"On {data_title(str(dataset))} this {verdict} ({each}).")
    main = (
        "The paper's main claim: the exponential makes filters readable whatever the network, at no cost in accuracy."
    )
    return " ".join([main, *said]) if said else ""


def _by_network(rows: pd.DataFrame, pattern: str) -> dict[str, str]:
    """Verdict for each network, of the claims that are so worded."""
    found = {}
    for row in rows.itertuples():
        if match := re.fullmatch(pattern, row.claim):
            gained = "costs" in row.claim and row.low > 0 and row.verdict != UNKNOWN
            found[match[1]] = GAIN if gained else row.verdict
    return found


def _grouped(found: dict[str, str]) -> str:
    """Networks by verdict, e.g. `holds for CNN-2, can't be told for CNN-50 and CNN-deep`."""
    groups: dict[str, list[str]] = {}
    for network, verdict in found.items():
        groups.setdefault(verdict, []).append(network)
    return ", ".join(f"{verdict} for {_and(networks)}" for verdict, networks in groups.items())


def _together(verdicts: list[str]) -> str:
    """One verdict of several: what holds for some networks and not for others holds in part."""
    if {*verdicts} <= {HOLDS, GAIN}:
        return HOLDS
    if {*verdicts} & {HOLDS, GAIN, IN_PART}:
        return IN_PART
    return NOT if NOT in verdicts else UNKNOWN


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
