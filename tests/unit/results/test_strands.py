"""Both strands beside one, worked out by hand."""

import pandas as pd
import pytest

from expact_utils.results import strands
from expact_utils.run.paths import Run


def table(rows, trials=3):
    """Of architecture and activation to auPR and Relevant."""
    keys = ["dataset", "architecture", "activation", "trials", "epochs", "aupr_mean", "relevant_mean", "coverage_mean"]
    return pd.DataFrame(
        [("k562", *design, trials, 100, aupr, relevant, relevant) for design, (aupr, relevant) in rows.items()],
        columns=keys,
    )


GIVEN = {("cnn-2", "relu"): (0.50, 0.1), ("cnn-2", "exponential"): (0.52, 0.6), ("cnn-50", "relu"): (0.5, 0.4)}
BOTH = {("cnn-2", "relu"): (0.56, 0.2), ("cnn-2", "exponential"): (0.54, 0.5), ("cnn-deep", "relu"): (0.5, 0.4)}


def test_rows_of_a_design_stand_together_and_what_one_table_lacks_is_left_out():
    found = strands.beside(table(BOTH), table(GIVEN, trials=5))
    rows = found[["architecture", "activation", "strand", "trials", "relevant_mean"]].to_numpy().tolist()
    assert rows == [
        ["cnn-2", "relu", "given", 5, 0.1],
        ["cnn-2", "relu", "both", 3, 0.2],
        ["cnn-2", "exponential", "given", 5, 0.6],
        ["cnn-2", "exponential", "both", 3, 0.5],
    ]


def test_what_both_strands_change_in_words():
    assert strands.sentence(strands.beside(table(BOTH), table(GIVEN))) == (
        "Both strands in training change, in the mean over networks, auPR by +0.04 (higher in 2 of 2); Relevant by "
        "+0.00 (higher in 1 of 2); coverage by +0.00 (higher in 1 of 2). Relevant is higher with exponential than ReLU "
        "in 1 of 1 networks on the given strand, and in 1 of 1 on both."
    )
    assert strands.sentence(strands.beside(table(BOTH), table({}))).startswith("No network")


def test_of_each_design_the_row_of_most_trials(monkeypatch, tmp_path):
    def collect(run, datasets, architectures, activations, trials, *_):
        class Found:
            table1 = table({(architectures[0], of): (0.5, 0.5) for of in activations}, len(trials))

        return Found

    monkeypatch.setattr(strands, "collect", collect)
    block = {"datasets": ["k562"], "architectures": ["cnn-50"], "activations": ["relu"], "trials": 1}
    blocks = [block, block | {"trials": 3}, block | {"datasets": ["irf1"], "trials": 9}]
    table({("cnn-50", "relu"): (0.4, 0.4)}, 5).to_csv(tmp_path / "table1.csv", index=False)
    found = strands.compare(None, Run(tmp_path), ["k562"], blocks, "expact", "jaspar2016")
    assert found["trials"].tolist() == [5, 3]
    assert strands.compare(None, Run(tmp_path / "none"), ["k562"], blocks, "expact", "jaspar2016").empty


def test_the_published_run_beside_itself_changes_nothing():
    designs = {"datasets": ["synthetic", "k562"], "architectures": ["cnn-2"], "activations": ["relu", "exponential"]}
    published = Run("book/chapters")
    found = strands.compare(published, published, ["k562"], [designs | {"trials": 5}], "expact", "jaspar2016")
    assert found["strand"].tolist() == ["given", "both"] * 2
    assert found["aupr_mean"][::2].to_numpy() == pytest.approx(found["aupr_mean"][1::2].to_numpy(), abs=1e-6)
    assert "auPR by +0.00" in strands.sentence(found)
