"""What the filters of deeper layers tell, in sentences: differences between designs, paired over trainings."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from expact_utils.results.deeper import CONTROLS
from expact_utils.results.inference import difference
from expact_utils.results.verdicts import MARGIN
from expact_utils.run.names import activation_title, architecture_title, data_title, variation
from expact_utils.run.words import counted

ALONE, PLAIN = "exponential", "relu"  # in layer 1 alone, and without any
WHOLE = 0  # stands for all layers beyond the first


class Difference(NamedTuple):
    """A design less another, in shares of filters: in words, its mean, 95 % interval and number of pairs."""

    title: str
    mean: float
    low: float
    high: float
    pairs: int

    @property
    def sign(self) -> int:
        """1 and -1 where the interval tells the two apart, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    def __str__(self) -> str:
        interval = f", 95 % interval {self.low:+.2f} to {self.high:+.2f}" if self.pairs > 1 else ""
        return f"{self.mean:+.2f}{interval}, {counted(self.pairs, 'pair')} of trainings"

    @property
    def short(self) -> str:
        """Its mean and interval, without a word."""
        return f"{self.mean:+.2f}, {self.low:+.2f} to {self.high:+.2f}"


def verdict(filters: pd.DataFrame) -> str:
    """Whether exponentials in deeper layers, and one in layer 1 alone, make deeper filters readable: two sentences.

    `filters` as of `deeper.Looked`. A share is of all filters beyond layer 1 of a training; designs are compared by the
    trainings that both have.
    """
    return " ".join(f"{_name(rows)}: {_deeper(rows)} {_alone(rows)}".strip() for rows in _networks(filters))


def layers_and_controls(filters: pd.DataFrame) -> str:
    """What single layers tell, and the largest share of each control; two sentences a network."""
    every = _networks(filters)
    said = [
        (f"{_name(rows)}: " if len(every) > 1 else "") + f"{_single_layers(rows)} {_of_controls(rows)}".strip()
        for rows in every
    ]
    return " ".join(said).strip()


def accuracy(scores: pd.DataFrame) -> str:
    """AuPR of the designs, trainings that failed, and what recalibrating changes, a sentence or two.

    `scores` as of `deeper.Looked`.
    """
    means = scores.groupby(["dataset", "architecture", "activation"], sort=False)["aupr"].mean().dropna()
    if means.empty:
        return "No auPR is known, so what recalibrating batch normalisation changes is not either."
    change = (scores["aupr_recalibrated"] - scores["aupr"]).abs().max()
    breaks = "break" if change > MARGIN else "do not break"
    failed = int((scores["failure"] != "").sum())
    failures = f"; {failed} of {len(scores)} trainings failed" if failed else ""
    return (
        f"The designs' mean auPR is {means.min():.3f} to {means.max():.3f}{failures}. Recalibrating batch "
        f"normalisation changes auPR by {change:.3f} at most: its moving statistics {breaks} inference."
    )


def pairs(table: pd.DataFrame) -> str:
    """How many filters of the trained networks, of every layer and trial, hold a pair of motifs, a sentence.

    `table` as `deeper.csv`.
    """
    rows = table[table["control"] == ""]
    number = rows["filters"] * rows["trials"]
    found = round((rows["pairs_mean"] * number).sum())
    hold = "hold" if found > 1 else "holds"
    why = "" if found else ": an average shows one only where its motifs keep their distance, and these stand at any"
    return f"{found or 'None'} of the {number.sum():,} filters of trained networks {hold} a pair of motifs{why}."


def _networks(filters: pd.DataFrame) -> list[pd.DataFrame]:
    return [rows for _, rows in filters.groupby(["dataset", "architecture"], sort=False)]


def _name(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"{architecture_title(first['architecture'])} ({data_title(first['dataset'])})"


def _deeper(filters: pd.DataFrame) -> str:
    """Whether exponentials in deeper layers make these more readable than one in layer 1 alone, by the intervals."""
    found = _against(filters, _designs(filters), ALONE, WHOLE)
    if not found:
        return "no design has an exponential in deeper layers beside one with it in layer 1 alone."
    more, fewer, unsure = ([one for one in found if one.sign == sign] for sign in (1, -1, 0))
    if more:
        answer = "exponentials in deeper layers can make these more readable"
    elif not fewer:
        return (
            "whether exponentials in deeper layers make these more readable can't be told: no interval of the share of "
            f"filters beyond layer 1 that match a planted motif, against the {activation_title(ALONE)} in layer 1 "
            f"alone, leaves out 0 ({'; '.join(f'{one.title} {one}' for one in found)})."
        )
    else:
        answer = f"exponentials in deeper layers {'are not seen to' if unsure else 'do not'} make these more readable"
    parts = [
        f"{word} filters beyond layer 1 match a planted motif with the {one.title} ({one})"
        for word, of in (("more", more), ("fewer", fewer))
        for one in of
    ]
    parts += [f"of {', '.join(one.title for one in unsure)} it can't be told"] if unsure else []
    return f"{answer}. Against the {activation_title(ALONE)} in layer 1 alone, {'; '.join(parts)}."


def _alone(filters: pd.DataFrame) -> str:
    """Whether an exponential in layer 1 alone makes deeper filters more readable than ReLU does."""
    shares = _shares(filters, WHOLE)
    found = _against(filters, [ALONE], PLAIN, WHOLE)
    if not found:
        return ""
    (one,) = found
    of_both = (
        f"{shares[ALONE].mean():.2f} of them match, {shares[PLAIN].mean():.2f} of {activation_title(PLAIN)}'s ({one})"
    )
    if not one.sign:
        return f"Whether the {one.title} in layer 1 alone makes them so can't be told: {of_both}."
    return f"In layer 1 alone the {one.title} makes them {'more' if one.sign > 0 else 'less'} readable: {of_both}."


def _single_layers(filters: pd.DataFrame) -> str:
    """Layers beyond the first in which a design is told from the exponential in layer 1 alone, a sentence."""
    layers = sorted(set(filters["layer"]) - {1})
    found = [(layer, one) for layer in layers for one in _against(filters, _designs(filters), ALONE, layer)]
    if not found:
        return ""
    told = [
        f"{'more' if one.sign > 0 else 'fewer'} match in layer {layer} with the {one.title} ({one.short})"
        for layer, one in found
        if one.sign
    ]
    if not told:
        return f"Nor does any single layer tell: {counted(len(found), 'comparison')} with the same."
    others = len(found) - len(told)
    rest = f"; {counted(others, 'other comparison')} can't be told" if others else ""
    return f"Layer by layer, against the same: {'; '.join(told)}{rest}. None is corrected for their number."


def _of_controls(filters: pd.DataFrame) -> str:
    """The largest share beyond layer 1 of any design's control, a sentence; empty where there is none."""
    deep = filters[(filters["layer"] > 1) & (filters["control"] != "")]
    shares = (deep["first"] != "").groupby([deep["control"], deep["activation"]], sort=False).mean()
    largest = shares.groupby(level=0).max()
    said = [f"{largest[control]:.2f} of {control} filters" for control in CONTROLS if control in largest]
    return f"Of the controls match, at most of any design, {' and '.join(said)}." if said else ""


def _designs(filters: pd.DataFrame) -> list[str]:
    """Labels with an exponential, bounded or not, in a further layer."""
    return [
        label
        for label in dict.fromkeys(filters["activation"])
        if any("exponential" in name for name in variation(label).layers[1:])
    ]


def _shares(filters: pd.DataFrame, layer: int) -> pd.DataFrame:
    """Share of filters of a layer, or of all beyond the first, that match: a row a trial, a column a design."""
    rows = filters[(filters["control"] == "") & (filters["layer"].eq(layer) if layer else filters["layer"].gt(1))]
    shares = rows.assign(share=rows["first"] != "")
    return shares.pivot_table(index="trial", columns="activation", values="share", aggfunc="mean")


def _against(filters: pd.DataFrame, labels: list[str], other: str, layer: int) -> list[Difference]:
    """Each design less another, of the trials that both have."""
    shares = _shares(filters, layer)
    if other not in shares:
        return []
    found = []
    for label in (label for label in labels if label in shares):
        mean, low, high, _ = difference(shares[label], shares[other])
        number = len(shares[[label, other]].dropna())
        found.append(Difference(activation_title(label), mean, low, high, number))
    return [one for one in found if not np.isnan(one.mean)]
