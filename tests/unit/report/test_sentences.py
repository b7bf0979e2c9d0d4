import pandas as pd
import pytest
from handmade import collect, two_trials

from expact_utils.report import sentences
from expact_utils.results import tables
from expact_utils.results.paper import beside_paper


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_one_trial_has_no_spread(run):
    found = tables.collect(run, ["synthetic"], ["cnn-2"], ["relu"], [0])
    assert beside_paper(found.table1, found.trials)["auPR"].iloc[0] == ".50"
    assert sentences.caption(found.table1) == "Table 1: synthetic data, 1 trial of 3 epochs; no spread from one trial."


def test_headline(run):
    assert (
        sentences.headline(collect(run).table1) == "Filters that match a motif of the twelve TFs. CNN-2: 10% with ReLU."
    )


@pytest.mark.parametrize(
    ("score", "accuracy"), [(0.879, "the same accuracy (auPR 0.87 and 0.88)"), (0.8, "an auPR of 0.87 and 0.80")]
)
def test_answer(score, accuracy):
    rows = [("cnn-2", "relu", 0, 0.87), ("cnn-2", "exponential", 0.9667, score), ("cnn-50", "relu", 0.8, 0.9)]
    table = pd.DataFrame(rows, columns=["architecture", "activation", "relevant_mean", "aupr_mean"])
    shares = "0% of CNN-2's filters match a motif of the twelve TFs with ReLU, 97% with exponential"
    assert sentences.answer(table) == f"{shares}, at {accuracy}."


def test_the_front_page_has_the_first_data_set_and_one_sentence_of_each_other(run):
    table = collect(run).table1
    first, other = sentences.first_and_other(pd.concat([table, table.assign(dataset="k562", relevant_mean=0.5)]))
    assert list(first["dataset"]) == ["synthetic"]
    assert other == "On k562 data. Filters that match a motif of the twelve TFs. CNN-2: 50% with ReLU."
    assert sentences.first_and_other(table)[1] == "This run has no other data."


def test_what_is_counted_of_filters():
    known, unknown = pd.DataFrame({"dataset": ["k562"], "relevant_mean": [0.5]}), {"relevant_mean": [None]}
    assert sentences.measure_of(known, "jaspar2024") == ("relevant", "a motif of the twelve TFs")
    assert sentences.measure_of(known.assign(dataset="own"), "jaspar2024") == (
        "relevant",
        "a motif of the ground truth",
    )
    assert sentences.measure_of(known.assign(**unknown), "jaspar2024") == ("jaspar", "a motif of jaspar2024")
