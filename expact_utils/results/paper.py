"""What the paper speaks of, its own numbers, and ours beside them."""

from importlib.resources import files

import numpy as np
import pandas as pd

from expact_utils.results.tables import table1
from expact_utils.run.names import (
    MEASURES,
    SOURCES,
    activation_title,
    architecture_title,
    measures_of,
    scores_of,
)
from expact_utils.run.paths import DESIGN

ARCHITECTURES = ("cnn-2", "cnn-50", "cnn-deep")  # with these activations, on its data sets: all that it speaks of
ACTIVATIONS = ("relu", "exponential")


def stands_for(dataset: str) -> str:
    """Which data set of the paper this is, or stands for: `synthetic` or `deepsea`; empty where there is none."""
    return SOURCES[dataset].paper if dataset in SOURCES else ""


def speaks_of(table: pd.DataFrame) -> pd.Series:
    """Whether the paper speaks of each row's dataset, architecture and activation; bool, shape=(rows,)."""
    known = table["architecture"].isin(ARCHITECTURES) & table["activation"].isin(ACTIVATIONS)
    return known & (table["dataset"].map(stands_for) != "")


def paper_numbers() -> pd.DataFrame:
    """Return the authors' own numbers: dataset, architecture, activation, measure, mean, std, source."""
    with files("expact_utils.results").joinpath("paper_table1.csv").open() as file:
        return pd.read_csv(file)


def beside_paper(table: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    """Table 1 as text, mean ± std, the paper's Relevant beside ours by both lists of matrices; two digits, to read.

    Parameters
    ----------
    table : pd.DataFrame
        As `table1.csv`. One trial has no spread, so its values stand alone; one data set is not named in every row.
    trials : pd.DataFrame
        As `trials.csv`: Relevant by either list, where the data sets have both.
    """
    shown = pd.DataFrame({"data": table["dataset"], "network": table["architecture"].map(architecture_title)})
    if len(set(table["dataset"])) == 1:
        shown = shown.drop(columns="data")
    shown["activation"] = table["activation"].map(activation_title)
    spread = table["trials"] > 1
    for measure, name in MEASURES.items():
        shown[name] = mean_std(table[f"{measure}_mean"], table[f"{measure}_std"].where(spread), _two_digits)
        if measure == "relevant":
            shown = shown.assign(**_paper_s_relevant(table), **_by_authors_list(trials, spread))
    return shown


def beside_baselines(
    table: pd.DataFrame, baselines: pd.DataFrame, ensembles: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Table 1 of one's own sequences as text, mean ± std, under what can be had without a network; to read.

    Parameters
    ----------
    table : pd.DataFrame
        As `table1.csv`, perhaps with `by_chance_mean`, the share of shuffled filters that match. Relevant and coverage
        are shown where there is a ground truth.
    baselines : pd.DataFrame
        As `baselines.csv`: baseline, class and the scores.
    ensembles : pd.DataFrame, optional
        As `ensembles.csv`: the mean prediction of a network's trials; its rows come last.
    """
    shown = pd.DataFrame({"predictor": table["architecture"].map(architecture_title)})
    shown["activation"] = table["activation"].map(activation_title)
    names = measures_of(table.columns) | {"jaspar": "matched"}
    for measure, name in names.items():
        if table[f"{measure}_mean"].notna().any():
            std = table[f"{measure}_std"].where(table["trials"] > 1)
            shown[name] = mean_std(table[f"{measure}_mean"], std)
        if measure == "jaspar" and "by_chance_mean" in table:
            shown["by chance"] = table["by_chance_mean"].map("{:.3f}".format)
    means = baselines.groupby("baseline", sort=False)[list(scores_of(baselines.columns))].mean().reset_index()
    without = _scores(means).assign(predictor=means["baseline"])
    together = [] if ensembles is None else [_of_ensembles(ensembles)]
    return pd.concat([without, shown, *together], ignore_index=True)[shown.columns].fillna("–")


def _of_ensembles(ensembles: pd.DataFrame) -> pd.DataFrame:
    networks = ensembles["architecture"].map(architecture_title)
    return _scores(ensembles).assign(
        predictor=networks + ", mean of " + ensembles["trials"].map("{} trainings".format),
        activation=ensembles["activation"].map(activation_title),
    )


def _scores(table: pd.DataFrame) -> pd.DataFrame:
    """Columns of scores as text: auPR and auROC, or the correlations."""
    shown = scores_of(table.columns).items()
    return pd.DataFrame({title: mean_std(table[name], table[name] * np.nan) for name, title in shown})


def laid_out(dataset: str) -> str:
    """Say which figure of the paper a figure of all filters is laid out as; empty where the paper has no such data."""
    figure = {"synthetic": "Figure 1", "deepsea": "Figure 2"}.get(stands_for(dataset))
    return f", laid out as in the paper's {figure}" if figure else ""


def paper_relevant() -> pd.DataFrame:
    """Return the authors' Relevant, one row a network: printed numbers where there are some, else read off a plot."""
    return paper_numbers().query("measure == 'relevant'").drop_duplicates(DESIGN)


def mean_std(mean: pd.Series, std: pd.Series, text_of="{:.3f}".format) -> list[str]:
    """Texts such as `.900 ± .020`; without the spread where it is NaN, and a dash where the mean is."""
    texts = ["–" if np.isnan(m) else text_of(m) for m in mean]
    return [text if np.isnan(s) else f"{text} ± {text_of(s)}" for text, s in zip(texts, std, strict=True)]


def _paper_s_relevant(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the paper's Relevant as a column beside Table 1; no column where it has none of these networks."""
    design = table[DESIGN].assign(dataset=table["dataset"].map(stands_for))
    known = design.merge(paper_relevant(), on=DESIGN, how="left")
    if known["mean"].isna().all():
        return {}
    return {"the paper's Relevant": mean_std(known["mean"], known["std"], _two_digits)}


def _by_authors_list(trials: pd.DataFrame, spread: pd.Series) -> dict[str, list[str]]:
    """Relevant by the authors' list as a column; no column where no data set has that list."""
    if "relevant_authors" not in trials:
        return {}
    table = table1(trials, ["relevant_authors"])
    std = table["relevant_authors_std"].where(spread)
    return {"Relevant, authors' list": mean_std(table["relevant_authors_mean"], std, _two_digits)}


def _two_digits(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")
