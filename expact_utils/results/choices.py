"""Whether other choices than the run's would change its result, in words: of the table of `robustness`."""

import pandas as pd

from expact_utils.run.names import architecture_title, data_title

PAIR = ("relu", "exponential")
ARE = {"relevant": "are relevant", "jaspar": "match a motif of the database"}


def sentence(checks: pd.DataFrame, evalue: float) -> str:
    """Whether some choice closes the gap between ReLU and the exponential, on each data set.

    Parameters
    ----------
    checks : pd.DataFrame
        As from `robustness.check_all`. What varies is the activation threshold, which sites count, and the largest
        E-value up to the run's own, one at a time; shares are means over trials.
    evalue : float
        The run's own.
    """
    said = [_of_data(str(name), rows, evalue) for name, rows in checks.groupby("dataset", sort=False)]
    return " ".join(filter(None, said)) or "This run does not compare ReLU with the exponential."


def _of_data(dataset: str, checks: pd.DataFrame, evalue: float) -> str:
    measure = "relevant" if checks["relevant"].notna().any() else "jaspar"
    ends = _ends(_varied(checks, evalue), measure)
    if ends.empty:
        return ""
    apart = ends[ends["exponential", "min"] > ends["relu", "max"]]
    said = []
    if len(apart):
        relu, exponential = apart["relu", "max"].max(), apart["exponential", "min"].min()
        said.append(
            f"no choice tried here closes the gap in {_and(apart.index)}: at most {relu:.2f} of ReLU's filters "
            f"{ARE[measure]}, and at least {exponential:.2f} of the exponential's, {_choices(checks, evalue)}"
        )
    said += [
        f"in {architecture_title(name)} ReLU has {low:.2f} to {high:.2f}, the exponential {least:.2f} to {most:.2f}"
        for name, low, high, least, most in ends.drop(apart.index).itertuples(name=None)
    ]
    return f"On {data_title(dataset)} {'; '.join(said)}.{_by_chance(checks, measure)}"


def _varied(checks: pd.DataFrame, evalue: float) -> pd.DataFrame:
    """Rows of other thresholds and sites, and of E-values up to the run's own: at larger ones all filters match."""
    small = (checks["check"] == "evalue") & (pd.to_numeric(checks["setting"], errors="coerce") <= evalue)
    return checks[checks["check"].isin(["threshold", "sites"]) | small]


def _ends(checks: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Smallest and largest share over settings: a row a network, columns of ReLU and of the exponential."""
    means = checks.groupby(["architecture", "activation", "check", "setting"], sort=False)[measure].mean().reset_index()
    ends = means.pivot_table(
        index="architecture", columns="activation", values=measure, aggfunc=["min", "max"], sort=False
    )
    columns = [(end, activation) for activation in PAIR for end in ("min", "max")]
    return ends[columns].swaplevel(axis=1).dropna() if set(columns) <= set(ends.columns) else pd.DataFrame()


def _choices(checks: pd.DataFrame, evalue: float) -> str:
    thresholds, evalues = (
        pd.to_numeric(checks.loc[checks["check"] == name, "setting"]) for name in ("threshold", "evalue")
    )
    return (
        f"whichever activation threshold ({thresholds.min():g} to {thresholds.max():g}), sites or largest E-value "
        f"({evalues.min():g} to {evalue:g}) is taken, one at a time"
    )


def _by_chance(checks: pd.DataFrame, measure: str) -> str:
    controls = checks[checks["setting"].isin(["shuffled", "untrained"])]
    if controls.empty:
        return ""
    means = controls.groupby(["architecture", "activation", "setting"])[measure].mean()
    return f" Of filters that learned nothing, at most {means.max():.2f} {ARE[measure]}."


def _and(names) -> str:
    *most, last = map(architecture_title, names)
    return f"{', '.join(most)} and {last}" if most else last
