"""Scores of attribution maps over all networks of a run, beside those that the journal version prints."""

from importlib.resources import files

import numpy as np
import pandas as pd

from expact_utils.attribution.maps import AUTHORS
from expact_utils.results.inference import holm, paired
from expact_utils.run.house import HOUSE
from expact_utils.run.names import METHODS
from expact_utils.run.paths import DESIGN, KEY, Network, Run
from expact_utils.run.tables import read_csv

SCORES = ("auroc", "aupr", "snr", "cosine")
COMPARED = ("exponential", "relu")  # activations whose maps are compared first
SIGNIFICANT = 0.05  # largest corrected p of a difference that is told


def collect(run: Run, trained: list[Network]) -> pd.DataFrame:
    """Scores of each network's maps: a row a network, method and target."""
    found = [read_csv(run.map_scores(network)).assign(**network._asdict()) for network in trained]
    table = pd.concat(found, ignore_index=True)
    return table[[*KEY, *(name for name in table.columns if name not in KEY)]]


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Means over trials, as `attribution.csv` has them; the deviation is the population's, and NaN of one training."""
    rows = []
    for key, trials in scores.groupby([*DESIGN, "method", "target"], sort=False):
        spread = {f"{name}_std": trials[name].std(ddof=0) if len(trials) > 1 else np.nan for name in SCORES[:2]}
        means = {f"{name}_mean": trials[name].mean() for name in SCORES}
        known = dict(zip((*DESIGN, "method", "target"), key, strict=True))
        rows.append(known | {"trials": len(trials), "sequences": trials["sequences"].iloc[0], **means, **spread})
        rows[-1] |= {"norm_auroc_mean": trials["norm_auroc"].mean()}
        rows[-1] |= {name: trials[name].mean() for name in ("share", "sum_error", "off_share")}
    columns = ["auroc_mean", "auroc_std", "aupr_mean", "aupr_std", "snr_mean", "cosine_mean", "norm_auroc_mean"]
    columns += ["share", "sum_error", "off_share"]
    return pd.DataFrame(rows)[[*DESIGN, "method", "target", "trials", "sequences", *columns]].round(6)


def by_method(table: pd.DataFrame, target: str = "logit") -> pd.DataFrame:
    """AuROC of each network's maps, a column a method (titles), with the number of trials; in the order of `table`."""
    own = table[table["target"] == target].replace({"method": METHODS})
    methods = list(dict.fromkeys(own["method"]))
    found = own.pivot_table(index=[*DESIGN, "trials"], columns="method", values="auroc_mean", sort=False)
    return found[methods].reset_index().rename_axis(columns=None)


def journal() -> pd.DataFrame:
    """AuROC of maps as Koo & Ploenzke 2021 print them: mean and standard deviation over ten trials."""
    with files("expact_utils.results").joinpath("journal_attribution.csv").open() as file:
        return pd.read_csv(file)


def published() -> pd.DataFrame | None:
    """Scores of maps against the truth, as the book's part two publishes them; None where it publishes none.

    Raises
    ------
    InputError
        When the book's table is none.
    """
    path = HOUSE / "book" / "chapters" / "attribution.csv"
    return read_csv(path, [*DESIGN, "method", "target", "auroc_mean"]) if path.is_file() else None


def beside_journal(table: pd.DataFrame) -> pd.DataFrame:
    """AuROC of the authors' target beside theirs, where they print one; the difference in their deviations."""
    own = table[table["target"] == AUTHORS]
    found = own.merge(journal(), on=[*DESIGN, "method"], suffixes=("", "_journal"))
    columns = [*DESIGN, "method", "trials", "auroc_mean", "auroc_std", "auroc_mean_journal", "auroc_std_journal"]
    return found[columns]


def against_relu(scores: pd.DataFrame) -> pd.DataFrame:
    """Exponential minus ReLU in auROC, paired over trials: a row a data set, network, method and target.

    The interval is Student's, of 95 %, and p, which the verdict goes by, is corrected by Holm for all of one target;
    both are missing with one trial. `journal` is the difference of the journal's means, where it prints both.
    """
    printed = journal().set_index([*DESIGN, "method"])["auroc_mean"]
    rows = []
    for (dataset, architecture, method, target), of_one in scores.groupby(
        ["dataset", "architecture", "method", "target"], sort=False
    ):
        if not {"relu", "exponential"} <= set(of_one["activation"]) or of_one["auroc"].isna().all():
            continue
        difference, low, high, p = paired(of_one, architecture, "auroc")
        theirs = [printed.get((dataset, architecture, of, method), np.nan) for of in ("exponential", "relu")]
        known = {"dataset": dataset, "architecture": architecture, "method": method, "target": target}
        by_journal = theirs[0] - theirs[1] if target == AUTHORS else np.nan
        rows.append(known | {"difference": difference, "low": low, "high": high, "p": p, "journal": by_journal})
    columns = ["dataset", "architecture", "method", "target", "difference", "low", "high", "p", "journal"]
    table = pd.DataFrame(rows, columns=columns)
    table["p"] = table.groupby("target")["p"].transform(lambda of_target: holm(of_target.to_numpy(float)))
    return table.assign(verdict=[_verdict(row) for row in table.itertuples()])


def _verdict(row) -> str:
    if np.isnan(row.p):
        return "can't be told from one trial" if np.isnan(row.low) else "no spread to tell by"
    if row.p > SIGNIFICANT:
        return "no difference shown"
    return "exponential better" if row.difference > 0 else "ReLU better"
