"""What the first page says was found, by hand."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from expact_utils.dna.pfm import Motif
from expact_utils.report import found


def motifs(*rows):
    """A table like motifs.csv: consensus, name, corrected E, shares, evidence, variant of."""
    columns = ["consensus", "best_match_name", "evalue_corrected", "positives_with_site", "negatives_with_site"]
    table = pd.DataFrame(rows, columns=[*columns, "evidence", "same_as"])
    table = table.assign(also_match="", others=0)
    table.insert(0, "motif", [f"motif{i}" for i in range(1, len(table) + 1)])
    return table.assign(
        **{"class": "bound", "position_p": [1e-9, 1e-9, 0.5][: len(rows)], "from_centre": [0.05, 0.4, 0.1][: len(rows)]}
    )


IRF = ("GAAAGTGAAAG", "Irf1", 1e-8, 0.62, 0.05, True, "")
NEW = ("TGACGTCA", "CREB1", 3.0, 0.3, 0.1, True, "")
NOISE = ("ACGTACGT", "", np.nan, 0.2, 0.2, False, "")
VARIANT = ("GAAAGTG", "Irf1", 1e-3, 0.5, 0.1, False, "motif1")
BASELINES = pd.DataFrame({"baseline": ["GC content", "6-mers"], "class": "bound", "aupr": 0.5, "auroc": [0.6, 0.8]})


def test_what_was_found_in_words():
    table = motifs(IRF, NEW, NOISE)
    assert found.names(table, 0.1).tolist() == ["Irf1", "TGACGTCA", "ACGTACGT"]  # CREB1's E-value is too large
    assert found.headline(table, 0.1) == (
        "2 motifs tell the classes apart: Irf1 in 62 % of the bound sequences, 5 % of the others; TGACGTCA in 30 % of the "
        "bound sequences, 10 % of the others. Not counted: 1 motif without evidence."
    )
    assert found.headline(motifs(IRF, VARIANT), 0.1).startswith("One motif tells the classes apart: Irf1 in 62 %")
    assert found.headline(motifs(IRF, VARIANT), 0.1).endswith("Not counted: 1 variant of these.")
    assert found.headline(motifs(IRF), 0.1).endswith("5 % of the others.")
    assert found.places(table).tolist() == ["near the centre", "towards the ends", ""]


def test_others_that_match_are_told_with_the_best():
    table = motifs(IRF, NEW).assign(also_match="IRF8, STAT2", others=2)
    assert found.described(table, 0.1).tolist() == ["Irf1 (also IRF8, STAT2)", "TGACGTCA"]
    assert "Irf1 (also IRF8, STAT2 and 7 more) in 62 %" in found.headline(table.assign(others=10), 0.1)


def test_nothing_found_is_said():
    table = motifs(NOISE)
    assert found.headline(table, 0.1).startswith("No motif was found that tells the classes apart")
    assert found.alt(table, 0.1) == "No motif has evidence on held-out sequences."
    assert found.headline(table.head(0), 0.1).startswith("No motif was found")


@pytest.mark.parametrize(
    ("positives", "networks", "trained", "why"),
    [
        (500, 0.5, False, "No network trained"),
        (20, 0.9, True, "There are few sequences: 20 positive ones to test on"),
        (500, 0.805, True, "no better than 6-mers (0.80)"),
        (500, 0.9, True, "know more than the baselines (0.80 at best), but no filter"),
    ],
)
def test_why_nothing_was_found(positives, networks, trained, why):
    assert why in found.why_nothing(positives, networks, BASELINES, trained)


def test_filters_that_did_not_learn_come_before_few_sequences():
    why = found.why_nothing(10, 0.9, BASELINES, trained=True, learned=False)
    assert why.startswith("No filter left its initial weights")


def test_what_is_not_explained():
    assert "an auROC of 0.90, by the best network with 0.97" in found.unexplained(0.9, 0.97)
    assert "too high a score if it was trained on some of these" in found.unexplained(0.9, 0.97, foreign=True)


def test_the_figure_shows_the_motifs_with_evidence_or_says_that_there_is_none():
    table, drawn = motifs(IRF, NOISE), [Motif(f"motif{i}", "x", np.eye(4), 20) for i in (1, 2)]
    figure = found.figure(drawn, table, 0.1)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Irf1: in 62 % of the bound sequences, 5 % of the others"
    ]
    (ax,) = found.figure(drawn, motifs(NOISE), 0.1).axes
    assert [text.get_text() for text in ax.texts] == ["No motif has evidence on held-out sequences."]
    plt.close("all")
