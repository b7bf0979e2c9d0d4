"""What stands beside the paper's numbers, and what has none of them."""

import numpy as np
import pandas as pd
import pytest
from handmade import collect, two_trials, write_data, write_trial

from expact_utils.results import paper, tables
from expact_utils.results.tables import table1
from expact_utils.run.paths import DESIGN

PAPER = "the paper's Relevant"
AUTHORS = "Relevant, authors' list"


def trials(*designs, **measures):
    """One trial of each dataset, architecture and activation."""
    values = {"trial": 0, "epochs": 100, **dict.fromkeys(("aupr", "auroc", "jaspar", "relevant", "coverage"), 0.5)}
    keys = ("dataset", "architecture", "activation")
    return pd.DataFrame([dict(zip(keys, design, strict=True)) | values | measures for design in designs])


def test_what_the_paper_speaks_of():
    speaks = {
        ("synthetic", "cnn-2", "relu"): True,
        ("k562", "cnn-deep", "exponential"): True,  # which stands for DeepSEA
        ("own", "cnn-2", "relu"): False,
        ("elsewhere", "cnn-2", "relu"): False,
        ("synthetic", "toy", "relu"): False,
        ("synthetic", "cnn-2", "softplus"): False,
    }
    assert paper.speaks_of(trials(*speaks)).tolist() == list(speaks.values())


def test_its_numbers_stand_beside_its_networks_alone():
    """CNN-2 with the exponential has .96 relevant in the paper, on the synthetic data."""
    design = "synthetic", "cnn-2", "exponential"
    found = trials(design, ("toy", *design[1:]), (design[0], "toy", design[2]), (*design[:2], "softplus"))
    shown = paper.beside_paper(table1(found), found)
    assert shown[PAPER].tolist()[0].startswith(".96")
    assert shown[PAPER].tolist()[1:] == ["–"] * 3


@pytest.mark.parametrize("design", [("toy", "cnn-2", "relu"), ("synthetic", "toy", "relu")])
def test_without_its_numbers_it_has_no_column(design):
    found = trials(design, relevant_authors=0.6)
    shown = paper.beside_paper(table1(found), found)
    assert PAPER not in shown
    assert shown[AUTHORS].tolist() == [".60"]


def test_data_that_have_one_list_of_matrices_have_no_column_of_the_other():
    one = trials(("toy", "cnn-2", "relu"))
    assert AUTHORS not in paper.beside_paper(table1(one), one)
    both = pd.concat([one, trials(("synthetic", "cnn-2", "relu"), relevant_authors=0.6)], ignore_index=True)
    assert np.isnan(both["relevant_authors"][0])
    assert paper.beside_paper(table1(both), both)[AUTHORS].tolist() == ["–", ".60"]


def test_figures_are_laid_out_as_the_paper_s_where_it_has_such_data():
    assert paper.laid_out("synthetic") == ", laid out as in the paper's Figure 1"
    assert paper.laid_out("k562") == ", laid out as in the paper's Figure 2"
    assert paper.laid_out("own") == paper.laid_out("toy") == ""


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_own_table_puts_baselines_first_and_hides_what_is_unknown(run):
    write_trial(run, 0, [(0, "MA0083.3")], aupr=0.5, dataset="own")
    write_data(run, "own", {})
    table = tables.collect(run, ["own"], ["cnn-2"], ["relu"], [0]).table1
    baselines = pd.DataFrame(
        {"baseline": ["GC content"] * 2, "class": ["a", "b"], "aupr": [0.4, 0.6], "auroc": [0.5, 0.7]}
    )
    shown = paper.beside_baselines(table, baselines)
    assert shown.to_numpy().tolist() == [
        ["GC content", "–", "0.500", "0.600", "–"],
        ["CNN-2", "ReLU", "0.500", "0.900", "0.200"],
    ]
    assert list(shown.columns) == ["predictor", "activation", "auPR", "auROC", "matched"]
    mean = pd.DataFrame([("own", "cnn-2", "relu", 3, 0.7, 0.8)], columns=[*tables.ENSEMBLES, "aupr", "auroc"])
    assert paper.beside_baselines(table, baselines, mean).iloc[-1].tolist() == [
        *("CNN-2, mean of 3 trainings", "ReLU", "0.700", "0.800", "–"),
    ]


def test_beside_the_papers_numbers(run):
    found = collect(run)
    row = paper.beside_paper(found.table1, found.trials).iloc[0]
    assert (row["network"], row["activation"], row["auPR"]) == ("CNN-2", "ReLU", ".60 ± .10")
    assert (row["Relevant"], row["Relevant, authors' list"]) == (".10 ± .10", ".10 ± .10")
    assert row["the paper's Relevant"] == ".01 ± .01"
    assert list(row.index).index("the paper's Relevant") == list(row.index).index("Relevant") + 1
    in_vivo = paper.beside_paper(found.table1.assign(dataset="k562"), found.trials.assign(dataset="k562")).iloc[0]
    assert in_vivo["the paper's Relevant"] == ".02"  # DeepSEA's, read off a plot


def test_papers_numbers_have_a_source():
    numbers = paper.paper_numbers()
    assert numbers["source"].notna().all()
    assert len(numbers) == 21
    assert not paper.paper_relevant().duplicated(DESIGN).any()
