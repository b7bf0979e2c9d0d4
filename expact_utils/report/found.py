"""What was found, for the first page: a figure of the best motifs, and sentences."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from expact_utils.dna.pfm import Motif
from expact_utils.motifs.clusters import ALSO
from expact_utils.report.logos import logo
from expact_utils.run.words import counted

MOST = 5  # motifs of the figure
FEWEST = 50  # positive sequences to test on, under which a motif that is there may well be missed
ANYWHERE = 0.001  # p-value of places, above which sites may lie anywhere
AT_RANDOM = 0.25  # of the length: mean distance from the centre of places at random
# Columns of `motifs.csv` that are a motif's evidence, as a page's table names and formats them.
EVIDENCE = {
    "positives_with_site": "with a site",
    "negatives_with_site": "of the others",
    "odds_ratio": "odds ratio",
    "p_corrected": "corrected p",
    "auroc": "auROC alone",
    "shuffled_auroc": "auROC shuffled",
}
FORMATS = {
    "with a site": "{:.0%}",
    "of the others": "{:.0%}",
    "odds ratio": "{:.1f}",
    "corrected p": "{:.1e}",
    "auROC alone": "{:.2f}",
    "auROC shuffled": "{:.2f}",
}
AS_GOOD = 0.01  # auROC: a network that beats a baseline by less does not beat it


def names(table: pd.DataFrame, evalue: float) -> pd.Series:
    """Name of each motif: its match in the database, if its corrected E-value is small enough, else its consensus.

    `table` is as `motifs.csv`; the result is indexed as it is.
    """
    matched = table["evalue_corrected"] <= evalue
    return table["best_match_name"].where(matched, table["consensus"])


def described(table: pd.DataFrame, evalue: float) -> pd.Series:
    """Name of each motif as `names`, and, in brackets, others that match: factors of one family share a motif."""
    short = names(table, evalue)
    tail = (table["others"] - ALSO).map(lambda number: f" and {number} more" if number > 0 else "")
    also = " (also " + table["also_match"] + tail + ")"
    return short + also.where(short.eq(table["best_match_name"]) & table["others"].gt(0), "")


def in_words(row: pd.Series) -> str:
    """Shares of sequences with a site, e.g. `in 62 % of the bound sequences, 5 % of the others`."""
    with_site, without = (100 * row[f"{kind}_with_site"] for kind in ("positives", "negatives"))
    return f"in {with_site:.0f} % of the {row['class']} sequences, {without:.0f} % of the others"


def places(table: pd.DataFrame) -> pd.Series:
    """Where each motif's sites lie: near the centre, towards the ends, or nothing where that may be chance."""
    words = table["from_centre"].lt(AT_RANDOM).map({True: "near the centre", False: "towards the ends"})
    return words.where(table["position_p"] < ANYWHERE, "")


def figure(motifs: list[Motif], table: pd.DataFrame, evalue: float) -> Figure:
    """Draw the motifs with evidence as logos, the best first, each with its name and evidence; or say there is none."""
    rows = table[table["evidence"]].head(MOST)
    pfm_of, named = {motif.id: motif.pfm for motif in motifs}, described(table, evalue)
    height = max(len(rows), 1)
    drawn, axes = plt.subplots(height, 1, figsize=(7.5, 1.3 * height), squeeze=False, layout="constrained")
    if rows.empty:
        axes[0, 0].set_axis_off()
        axes[0, 0].text(0.5, 0.5, "No motif has evidence on held-out sequences.", ha="center", va="center")
    for ax, (i, row) in zip(axes.flat, rows.iterrows(), strict=False):
        logo(pfm_of[row["motif"]], ax).set_title(f"{named[i]}: {in_words(row)}", fontsize=11, loc="left", pad=3)
    return drawn


def alt(table: pd.DataFrame, evalue: float) -> str:
    """What the figure shows, for those who cannot see it."""
    rows, named = table[table["evidence"]].head(MOST), described(table, evalue)
    if rows.empty:
        return "No motif has evidence on held-out sequences."
    shown = "; ".join(f"{named[i]} {in_words(row)}" for i, row in rows.iterrows())
    return f"Sequence logos of the best motifs. {shown}."


def headline(table: pd.DataFrame, evalue: float) -> str:
    """One or two sentences: which motifs tell the classes apart, and how many others do not."""
    rows, named = table[table["evidence"]], described(table, evalue)
    if rows.empty:
        return "No motif was found that tells the classes apart on the test set."
    shown = [f"{named[i]} {in_words(row)}" for i, row in rows.head(MOST).iterrows()]
    more = f", and {len(rows) - MOST} more" if len(rows) > MOST else ""
    count = "One motif tells" if len(rows) == 1 else f"{len(rows)} motifs tell"
    return f"{count} the classes apart: {'; '.join(shown)}{more}. {_rest(table)}".strip()


def _rest(table: pd.DataFrame) -> str:
    """How many of the others are variants, and how many have no evidence."""
    variants = int((table["same_as"] != "").sum())
    without = int((~table["evidence"]).sum()) - variants
    parts = [f"{counted(variants, 'variant')} of these"] * (variants > 0)
    parts += [f"{counted(without, 'motif')} without evidence"] * (without > 0)
    return f"Not counted: {' and '.join(parts)}." if parts else ""


def unexplained(by_motifs: float, networks: float, numbers: bool = False, foreign: bool = False) -> str:
    """Score (auROC, or Pearson's r of numbers) of the motifs found alone beside the best network's, in words.

    Of a `foreign` network nobody knows which sequences it was trained on.
    """
    what = "numbers are predicted with a correlation" if numbers else "classes are told apart with an auROC"
    alone = f"By these motifs alone the {what} of {by_motifs:.2f}"
    if networks < by_motifs + AS_GOOD:
        return f"{alone}, by the best network with {networks:.2f}: they explain all that it knows."
    if foreign:
        return (
            f"{alone}, by the best network with {networks:.2f}: too high a score if it was trained on some of these "
            "sequences; else what lies between is not explained."
        )
    return f"{alone}, by the best network with {networks:.2f}: what lies between is not explained."


def why_nothing(positives: int, networks: float, baselines: pd.DataFrame, trained: bool, learned: bool = True) -> str:
    """Why no motif was found: nothing was learned, too few sequences, a baseline as good, or none is there.

    `trained` says whether a network did, `learned` whether any filter left its initial weights.
    """
    score, title = ("pearson", "correlation") if "pearson" in baselines else ("auroc", "auROC")
    means = baselines.groupby("baseline", sort=False)[score].mean()
    if not trained:
        return "No network trained: none did better than knowing the mean of the labels."
    if not learned:
        return "No filter left its initial weights, so none can show a motif: more epochs may change that."
    if positives < FEWEST:
        return f"There are few sequences: {positives} positive ones to test on, where {FEWEST} would be more like it."
    if networks < means.max() + AS_GOOD:
        return (
            f"The networks ({title} {networks:.2f}) are no better than {means.idxmax()} "
            f"({means.max():.2f}), which knows no motif of this length."
        )
    return (
        f"The networks ({title} {networks:.2f}) know more than the baselines ({means.max():.2f} at best), but no "
        "filter of their first layer shows it by itself."
    )
