import numpy as np
import pandas as pd
import pytest
from handmade import FILTERS, collect, two_trials, write_data, write_trial
from support import from_elsewhere

from expact_utils.report import panels
from expact_utils.results import tables
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Network


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_measures_of_a_trial_by_hand(run):
    row = collect(run).trials.iloc[0]
    assert row["jaspar"] == 3 / 5
    assert row["jaspar_without_gmeb1"] == 2 / 5
    assert row["relevant"] == 1 / 5
    assert row["coverage"] == 2 / 12  # SRF and MEF2A, both by one filter
    assert row["dead"] == 1
    assert (row["filters"], row["missed"]) == (FILTERS, 1)  # YY1; SRF has no score
    assert collect(run).trials["trained"].tolist() == [True, False]


def test_table1_is_mean_and_population_std_over_trials(run):
    table = collect(run).table1
    assert list(table.columns) == [
        "dataset", "architecture", "activation", "trials", "epochs", "aupr_mean", "aupr_std", "auroc_mean",
        "auroc_std", "jaspar_mean", "jaspar_std", "relevant_mean", "relevant_std", "coverage_mean", "coverage_std",
    ]  # fmt: skip
    row = table.iloc[0]
    assert (row["trials"], row["epochs"]) == (2, 3)
    assert (row["aupr_mean"], row["aupr_std"]) == pytest.approx((0.6, 0.1))
    assert (row["jaspar_mean"], row["jaspar_std"]) == pytest.approx((0.3, 0.3))
    assert (row["relevant_mean"], row["relevant_std"]) == pytest.approx((0.1, 0.1))


def test_a_row_a_filter(run):
    table = collect(run).filters
    assert len(table) == 2 * FILTERS
    first, dead = table.iloc[0], table.iloc[4]
    assert (first["best_match"], first["best_match_name"], first["relevant_tfs"]) == ("MA0083.3", "SRF", "SRF;MEF2A")
    assert (dead["dead"], dead["jaspar"], dead["relevant"], dead["matches"]) == (True, False, False, 0)


def test_the_authors_list_counts_more(run):
    write_trial(run, 1, [(0, "MA0601.1")], aupr=0.7)  # Arid3b
    assert collect(run).trials["relevant"].iloc[1] == 0
    assert collect(run).trials["relevant_authors"].iloc[1] == 1 / 5
    assert collect(run, relevant_list="authors").trials["relevant"].iloc[1] == 1 / 5


def test_own_data_have_the_ground_truth_that_they_state_or_none(run):
    write_trial(run, 0, [(0, "MA0083.3"), (1, "MA0139.1"), (2, "MA0052.3")], aupr=0.5, dataset="own")

    def measures(relevant):
        write_data(run, "own", {"mine": relevant} if relevant else {})
        return tables.collect(run, ["own"], ["cnn-2"], ["relu"], [0])

    known = measures({"SRF": ["MA0083.1"], "CTCF": ["MA0139.1"], "YY1": ["MA0095.2"]})
    row = known.trials.iloc[0]
    assert (row["relevant"], row["coverage"]) == (2 / 5, 2 / 3)
    assert panels.panels(run, known.filters, "own", ["cnn-2"], ["relu"])["CNN-2, ReLU"][1][:3] == ["SRF", "CTCF", ""]
    assert [motif.name for motif in tables.truth(run, "own", "jaspar2016")] == ["SRF", "YY1", "CTCF"]

    unknown = measures({})
    assert unknown.trials.iloc[0][["relevant", "coverage"]].isna().all()
    assert unknown.trials.iloc[0]["jaspar"] == 3 / 5
    columns = panels.panels(run, unknown.filters, "own", ["cnn-2"], ["relu"])
    assert columns["CNN-2, ReLU"][1] == ["SRF", "CTCF", "MEF2A", "", ""]
    assert tables.truth(run, "own", "jaspar2016") == []


def test_written_tables_are_the_computed_ones(run):
    found = collect(run)
    tables.write(run, found)
    pd.testing.assert_frame_equal(pd.read_csv(run.folder / "table1.csv"), found.table1)
    assert len(pd.read_csv(run.folder / "filters.csv")) == 2 * FILTERS


def test_scores_by_class(run):
    table = tables.scores_by_class(run, ["synthetic"], ["cnn-2"], ["relu"], range(2))
    assert table.loc["MAX"].iloc[0] == pytest.approx(0.6)
    assert np.isnan(table.loc["SRF"].iloc[0])


def test_missing_or_broken_files(run):
    network = Network("synthetic", "cnn-2", "relu", 1)
    from_elsewhere(run.history(network)).write_text("{")
    with pytest.raises(InputError, match="relu_1.json is not valid JSON"):
        collect(run)
    write_trial(run, 1, [(7, "MA0083.3")], aupr=0.5)
    with pytest.raises(InputError, match="relu_1.tsv has the query filter7, which is not a filter of this network"):
        collect(run)
    run.matches(network).unlink()
    with pytest.raises(InputError, match="cannot read .*relu_1.tsv: No such file"):
        collect(run)


def test_trials_are_read_back_and_checked(run):
    tables.write(run, collect(run))
    pd.testing.assert_frame_equal(tables.read_trials(run), collect(run).trials)
    from_elsewhere(run.folder / "trials.csv").write_text("dataset,trial\n")
    with pytest.raises(InputError, match="trials.csv lacks the column architecture"):
        tables.read_trials(run)
    (run.folder / "trials.csv").unlink()
    with pytest.raises(InputError, match="cannot read .*trials.csv: No such file"):
        tables.read_trials(run)


def test_correlations_have_their_intervals():
    shown = tables.with_intervals(pd.DataFrame({"6-mers": [0.5, np.nan]}, index=["a", "b"]), np.array([103, 50]))
    assert shown["6-mers"].tolist() == ["0.50 (0.33 to 0.64)", "–"]
