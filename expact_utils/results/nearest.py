"""Which method's maps are nearest the truth, by activation: the best, what can't be told from it, and what is worse.

Differences are paired by trial and averaged over networks first, so that an interval is of trainings, not of networks.
"""

from collections.abc import Iterable

import pandas as pd

from expact_utils.attribution.maps import AUTHORS
from expact_utils.results import map_baselines
from expact_utils.results.attributions import COMPARED
from expact_utils.results.inference import difference
from expact_utils.results.verdicts import FEWEST_TRIALS
from expact_utils.run.names import METHODS, activation_title, architecture_title, data_title

BEST, ALIKE, WORSE, UNKNOWN = "best", "not told from the best", "worse", "too few trainings"
COLUMNS = ("dataset", "activation", "method", "trials", "auroc", "difference", "low", "high", "verdict")


def ranked(scores: pd.DataFrame, target: str = "logit") -> pd.DataFrame:
    """Methods of ReLU and of the exponential, the best first, each less the best in auROC.

    Parameters
    ----------
    scores : pd.DataFrame
        A row a network, method and target, as from `attributions.collect`.
    target : str
        `logit` or `probability`.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`: auroc is the mean over networks and those trials that all networks have; low and high are Student's
        95 % interval over these trials. The verdict takes at least 3.
    """
    own = scores[(scores["target"] == target) & scores["auroc"].notna()]
    found: list[dict] = []
    for dataset, of_data in own.groupby("dataset", sort=False):
        for activation in _shown(of_data):
            rows = _against_best(_by_trial(of_data[of_data["activation"] == activation]))
            found += [{"dataset": dataset, "activation": activation, **row} for row in rows]
    return pd.DataFrame(found, columns=list(COLUMNS))


def sentence(scores: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """Which methods' maps are nearest the truth, what the exponential gains, and whether the authors' way says else.

    Of the first data set in full, of each other one the best method; `scores` and `baselines` as from
    `attributions.collect` and `map_baselines.collect`.
    """
    table = ranked(scores)
    if table.empty:
        return "The truth of these data is not known, so their maps have no score."
    first, *others = dict.fromkeys(table["dataset"])
    own = scores[scores["dataset"] == first]
    said = [_in_full(own, table[table["dataset"] == first], baselines), _gains(own), _authors(own)]
    said += [_in_short(dataset, table[table["dataset"] == dataset], baselines) for dataset in others]
    return " ".join(filter(None, said))


def _shown(scores: pd.DataFrame) -> list[str]:
    """The exponential and ReLU; the first two activations where there is neither."""
    there = list(dict.fromkeys(scores["activation"]))
    return [name for name in COMPARED if name in there] or there[:2]


def _by_trial(scores: pd.DataFrame) -> pd.DataFrame:
    """AuROC, a row a trial that every network has and a column a method, mean over networks."""
    found = scores.pivot_table(index="trial", columns=["method", "architecture"], values="auroc", sort=False).dropna()
    return found.T.groupby(level="method", sort=False).mean().T


def _against_best(by_trial: pd.DataFrame) -> list[dict]:
    """Row of each method, the best first."""
    means = by_trial.mean().sort_values(ascending=False, kind="stable")
    best, rows = means.index[0], []
    for method, mean in means.items():
        off, low, high, _ = difference(by_trial[method], by_trial[best])
        known = {"method": method, "trials": len(by_trial), "auroc": mean}
        rows.append(
            known | {"difference": off, "low": low, "high": high, "verdict": _verdict(method == best, by_trial, high)}
        )
    return rows


def _verdict(is_best: bool, by_trial: pd.DataFrame, high: float) -> str:
    if is_best:
        return BEST
    if len(by_trial) < FEWEST_TRIALS:
        return UNKNOWN
    return WORSE if high < 0 else ALIKE


def _in_full(scores: pd.DataFrame, table: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """A sentence an activation: the best method, which are alike, and which are worse."""
    networks = [architecture_title(name) for name in dict.fromkeys(scores["architecture"])]
    over = f", mean over {_and(networks)}" if len(networks) > 1 else f" in {networks[0]}"
    without = _without(baselines, table["dataset"].iloc[0])
    said: list[str] = []
    for activation, rows in table.groupby("activation", sort=False):
        best, aside = rows.iloc[0], f"{over}{without}" if not said else ""
        nearest = f"maps by {METHODS[best['method']]} are nearest the truth (auROC {best['auroc']:.2f}{aside})"
        said.append(f"With {_the(activation)}, {nearest}{_others(rows.iloc[1:])}.")
    return " ".join(said)


def _others(rows: pd.DataFrame) -> str:
    """What is alike and what is worse, behind the best, or that it can't be told."""
    if (rows["verdict"] == UNKNOWN).any():
        return f", though it takes {FEWEST_TRIALS} trainings to tell methods apart"
    alike = [METHODS[method] for method in rows.loc[rows["verdict"] == ALIKE, "method"]]
    worse = [f"{METHODS[row.method]} ({row.difference:.2f})" for row in rows.itertuples() if row.verdict == WORSE]
    said = [f"{_and(alike)} can't be told from it"] * bool(alike)
    said += [f"{_and(worse)} {'are' if len(worse) > 1 else 'is'} behind"] * bool(worse)
    return f"; {', '.join(said)}".replace("(-", "(−") if said else ""


def _without(baselines: pd.DataFrame, dataset: str) -> str:
    best = map_baselines.best(baselines, dataset)
    return "" if best is None else f"; without a trained network, {best['baseline']} gives {best['auroc']:.2f}"


def _gains(scores: pd.DataFrame) -> str:
    """What the exponential gains over ReLU by an interval above 0, by network and method, and what it loses."""
    said = []
    for architecture, rows in scores[scores["target"] == "logit"].groupby("architecture", sort=False):
        changes = _changes(rows)
        if changes:
            up = {name: mean for name, (mean, low, _) in changes.items() if low > 0}
            down = {name: mean for name, (mean, _, high) in changes.items() if high < 0}
            said.append(f"in {architecture_title(architecture)} {_told(up, down, len(changes))}")
    return f"What the exponential gains over ReLU: {'; '.join(said)}." if said else ""


def _told(up: dict[str, float], down: dict[str, float], number: int) -> str:
    every = len(up) == number > 1
    ends = sorted(up.items(), key=lambda item: item[1])
    words = [f"{mean:+.2f} ({METHODS[name]})" for name, mean in (ends[:: len(ends) - 1] if every else ends[::-1])]
    said = f"with every method, {words[0]} to {words[1]}" if every else _and(words) or "nothing that trainings tell"
    lost = [f"{-mean:.2f} ({METHODS[name]})" for name, mean in down.items()]
    return said + (f", and it loses {_and(lost)}" if lost else "")


def _changes(scores: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Exponential minus ReLU by method: mean and 95 % interval, of at least `FEWEST_TRIALS` pairs."""
    found = {}
    for method, rows in scores.groupby("method", sort=False):
        pairs = (
            rows.pivot_table(index="trial", columns="activation", values="auroc").reindex(columns=[*COMPARED]).dropna()
        )
        if len(pairs) >= FEWEST_TRIALS:
            found[str(method)] = difference(pairs["exponential"], pairs["relu"])[:3]
    return found


def _authors(scores: pd.DataFrame) -> str:
    """Which method is first scored the authors' way, where that is another than by the logit."""
    firsts = [table[table["verdict"] == BEST] for table in (ranked(scores), ranked(scores, AUTHORS))]
    ours, theirs = (of.set_index("activation") for of in firsts)
    if theirs.empty or ours["method"].equals(theirs["method"]):
        return ""
    of_method = theirs.groupby("method", sort=False)
    each = [
        f"{METHODS[name]} is first with {_and([f'{_the(of)} ({score:.2f})' for of, score in rows['auroc'].items()])}"
        for name, rows in of_method
    ]
    way = "of the probability, mutagenesis by the norm over bases, without a sign"
    return f"Scored the authors' way ({way}), {_and(each)}."


def _in_short(dataset: str, table: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """The best method of each activation, in a sentence."""
    firsts = table[table["verdict"] == BEST]
    each = [f"{METHODS[row.method]} with {_the(row.activation)} ({row.auroc:.2f})" for row in firsts.itertuples()]
    few = int(firsts["trials"].min())
    of = f", of {'one training' if few == 1 else f'{few} trainings'}" if few < FEWEST_TRIALS else ""
    return f"On {data_title(dataset)}{of}: {_and(each)}{_without(baselines, dataset)}."


def _the(activation: str) -> str:
    """An activation in a sentence: ReLU, and the others with their article."""
    return activation_title(activation) if activation == "relu" else f"the {activation_title(activation)}"


def _and(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last
