import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import from_elsewhere

from expact_utils.data import datasets
from expact_utils.dna.jaspar import GMEB1
from expact_utils.motifs import filters, tomtom
from expact_utils.networks import histories
from expact_utils.report import page, panels, sentences
from expact_utils.results import tables
from expact_utils.results.paper import beside_baselines, beside_paper, paper_numbers, paper_relevant
from expact_utils.run.errors import InputError
from expact_utils.run.files import write_json
from expact_utils.run.paths import Network, Run

FILTERS = 5


def trial(run, number, matches, aupr, dataset="synthetic"):
    """Write the files of a CNN-2 with ReLU: five filters, the last one dead, and `matches` (filter, target)."""
    key = (dataset, "cnn-2", "relu", number)
    sites = np.array([10, 10, 10, 10, 0])
    pfms = np.full((FILTERS, 19, 4), 0.25)
    filters.write(
        run.meme(Network(*key)),
        run.filters(Network(*key)),
        filters.Filters(pfms, np.ones(FILTERS), sites, np.tile([0, 19], (FILTERS, 1)), 0.5),
    )
    rows = [(f"filter{i}", target, 0, 1e-6, 5e-4, 1e-3, 10, "A", "A", "+") for i, target in matches]
    tomtom.write_tsv(run.matches(Network(*key)), pd.DataFrame(rows, columns=tomtom.COLUMNS))
    history = dict(zip(("dataset", "architecture", "activation", "trial"), key, strict=True))
    history |= {"training_loss": [0.3, 0.2, 0.1], "validation_loss": [0.3, 0.2, 0.3]}
    history |= {"epochs": 3, "best_epoch": 2, "seconds": 1.5, "trained": number == 0, "seed": 0, "device": "CPU"}
    history |= {"commit": "0123456789abcdef", "protocol": "preprint2019", "started": f"2026-01-0{number + 1}T00:00:00"}
    scores = {"aupr_mean": aupr, "auroc_mean": 0.9, "aupr": {"MAX": aupr, "SRF": None}}
    scores["auroc"] = {"MAX": 0.95, "SRF": None, "YY1": 0.55}
    write_json(run.history(Network(*key)), history | {"test": scores})


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    # Trial 0: filter 0 is SRF's (and, at a lower rank, MEF2A's), filter 1 is CTCF's, filter 2 only Gmeb1's; the
    # dead filter 4 "matches" MAX, which must not count. Trial 1: nothing matches.
    trial(run, 0, [(0, "MA0083.3"), (0, "MA0052.3"), (1, "MA0139.1"), (2, GMEB1), (4, "MA0058.3")], aupr=0.5)
    trial(run, 1, [], aupr=0.7)
    return run


def collect(run, **changes):
    return tables.collect(run, ["synthetic"], ["cnn-2"], ["relu"], range(2), **changes)


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


def test_columns_of_figure_1_are_those_of_trial_0(run):
    columns = panels.panels(run, collect(run).filters, "synthetic", ["cnn-2"], ["relu"])
    pfms, names = columns["CNN-2, ReLU"]
    assert np.shape(pfms) == (FILTERS, 19, 4)
    assert names == ["SRF", "", "", "", ""]


def test_the_authors_list_counts_more(run):
    trial(run, 1, [(0, "MA0601.1")], aupr=0.7)  # Arid3b
    assert collect(run).trials["relevant"].iloc[1] == 0
    assert collect(run).trials["relevant_authors"].iloc[1] == 1 / 5
    assert collect(run, relevant_list="authors").trials["relevant"].iloc[1] == 1 / 5


def test_own_data_have_the_ground_truth_that_they_state_or_none(run, tiny):
    trial(run, 0, [(0, "MA0083.3"), (1, "MA0139.1"), (2, "MA0052.3")], aupr=0.5, dataset="own")

    def measures(relevant):
        datasets.write(run.data("own"), replace(tiny, relevant=relevant))
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


def test_own_table_puts_baselines_first_and_hides_what_is_unknown(run, tiny):
    trial(run, 0, [(0, "MA0083.3")], aupr=0.5, dataset="own")
    datasets.write(run.data("own"), tiny)
    table = tables.collect(run, ["own"], ["cnn-2"], ["relu"], [0]).table1
    baselines = pd.DataFrame(
        {"baseline": ["GC content"] * 2, "class": ["a", "b"], "aupr": [0.4, 0.6], "auroc": [0.5, 0.7]}
    )
    shown = beside_baselines(table, baselines)
    assert shown.to_numpy().tolist() == [
        ["GC content", "–", "0.500", "0.600", "–"],
        ["CNN-2", "ReLU", "0.500", "0.900", "0.200"],
    ]
    assert list(shown.columns) == ["predictor", "activation", "auPR", "auROC", "matched"]


def test_text_of_users_is_no_html():
    table = pd.DataFrame({"<i>class</i>": ["<b>SRF & co</b>"]}, index=["<u>row</u>"])
    html = page.as_table(table, index=True, caption="<script>").to_html()
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<u>" not in html
    assert "<script>" not in html
    assert "&lt;b&gt;SRF &amp; co&lt;/b&gt;" in html


def test_a_column_without_a_name_has_no_header():
    for name, heads in (("hash", 1), ("", 0)):
        table = page.as_table(pd.Series({"commit": "0d7c"}, name=name).to_frame(), index=True).to_html()
        assert table.count("col_heading") == heads
        assert table.count("row_heading") == 1


def test_written_tables_are_the_computed_ones(run):
    found = collect(run)
    tables.write(run, found)
    pd.testing.assert_frame_equal(pd.read_csv(run.folder / "table1.csv"), found.table1)
    assert len(pd.read_csv(run.folder / "filters.csv")) == 2 * FILTERS


def test_beside_the_papers_numbers(run):
    found = collect(run)
    row = beside_paper(found.table1, found.trials).iloc[0]
    assert (row["network"], row["activation"], row["auPR"]) == ("CNN-2", "ReLU", ".60 ± .10")
    assert (row["Relevant"], row["Relevant, authors' list"]) == (".10 ± .10", ".10 ± .10")
    assert row["the paper's Relevant"] == ".01 ± .01"
    assert list(row.index).index("the paper's Relevant") == list(row.index).index("Relevant") + 1
    in_vivo = beside_paper(found.table1.assign(dataset="k562"), found.trials.assign(dataset="k562")).iloc[0]
    assert in_vivo["the paper's Relevant"] == ".02"  # DeepSEA's, read off a plot


def test_one_trial_has_no_spread(run):
    found = tables.collect(run, ["synthetic"], ["cnn-2"], ["relu"], [0])
    assert beside_paper(found.table1, found.trials)["auPR"].iloc[0] == ".50"
    assert sentences.caption(found.table1) == "Table 1: synthetic data, 1 trial of 3 epochs; no spread from one trial."


@pytest.mark.parametrize(
    ("score", "accuracy"), [(0.879, "the same accuracy (auPR 0.87 and 0.88)"), (0.8, "an auPR of 0.87 and 0.80")]
)
def test_answer(score, accuracy):
    rows = [("cnn-2", "relu", 0, 0.87), ("cnn-2", "exponential", 0.9667, score), ("cnn-50", "relu", 0.8, 0.9)]
    table = pd.DataFrame(rows, columns=["architecture", "activation", "relevant_mean", "aupr_mean"])
    shares = "0% of CNN-2's filters match a motif of the twelve TFs with ReLU, 97% with exponential"
    assert sentences.answer(table) == f"{shares}, at {accuracy}."


def test_headline(run):
    assert (
        sentences.headline(collect(run).table1) == "Filters that match a motif of the twelve TFs. CNN-2: 10% with ReLU."
    )


def test_the_front_page_has_the_first_data_set_and_one_sentence_of_each_other(run):
    table = collect(run).table1
    first, other = sentences.first_and_other(pd.concat([table, table.assign(dataset="k562", relevant_mean=0.5)]))
    assert list(first["dataset"]) == ["synthetic"]
    assert other == "On k562 data. Filters that match a motif of the twelve TFs. CNN-2: 50% with ReLU."
    assert sentences.first_and_other(table)[1] == "This run has no in vivo data."


def test_aupr_by_class(run):
    table = tables.aupr_by_class(run, ["synthetic"], ["cnn-2"], ["relu"], range(2))
    assert table.loc["MAX"].iloc[0] == pytest.approx(0.6)
    assert np.isnan(table.loc["SRF"].iloc[0])


def test_papers_numbers_have_a_source():
    paper = paper_numbers()
    assert paper["source"].notna().all()
    assert len(paper) == 21
    assert not paper_relevant().duplicated(paths.DESIGN).any()


def test_missing_or_broken_files(run):
    key = ("synthetic", "cnn-2", "relu", 1)
    from_elsewhere(run.history(Network(*key))).write_text("{")
    with pytest.raises(InputError, match="relu_1.json is not valid JSON"):
        collect(run)
    run.history(Network(*key)).write_text(json.dumps({}))
    with pytest.raises(InputError, match="relu_1.json is not the history of a training: 'dataset' is missing"):
        collect(run)
    trial(run, 1, [(7, "MA0083.3")], aupr=0.5)
    with pytest.raises(InputError, match="relu_1.tsv has the query filter7, which is not a filter of this network"):
        collect(run)
    run.matches(Network(*key)).unlink()
    with pytest.raises(InputError, match="cannot read .*relu_1.tsv: No such file"):
        collect(run)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format_version": 2}, "format version 2; expected 1"),
        ({"trial": 0}, r"is the history of \('synthetic', 'cnn-2', 'relu', 0\); expected .* 1\)"),
        ({"validation_loss": [0.3, 0.2]}, "has not a training and a validation loss for each epoch up to the best one"),
        ({"best_epoch": 4}, "has not a training and a validation loss for each epoch up to the best one"),
        ({"training_loss": None}, "is not the history of a training"),
        ({"test": {}}, "is not the history of a training: 'aupr' is missing"),
    ],
)
def test_a_history_that_is_not_sound(run, change, sentence):
    key = ("synthetic", "cnn-2", "relu", 1)
    write_json(run.history(Network(*key)), histories.read(run, key) | change)
    with pytest.raises(InputError, match=f"relu_1.json:? {sentence}"):
        histories.read(run, key)


def test_trials_are_read_back_and_checked(run):
    tables.write(run, collect(run))
    pd.testing.assert_frame_equal(tables.read_trials(run), collect(run).trials)
    from_elsewhere(run.folder / "trials.csv").write_text("dataset,trial\n")
    with pytest.raises(InputError, match="trials.csv lacks the column architecture"):
        tables.read_trials(run)
    (run.folder / "trials.csv").unlink()
    with pytest.raises(InputError, match="cannot read .*trials.csv: No such file"):
        tables.read_trials(run)


def test_where_trainings_come_from(run):
    origin = page.origin_of_trainings(run, collect(run).trials)
    assert origin["trained on"] == "CPU (2 trainings)"
    assert origin["trained by commit"] == "0123456789ab (2 trainings)"
    assert origin["trained from"] == "2026-01-01T00:00:00 to 2026-01-02T00:00:00 (starts)"
    assert origin["training took"] == "3 s in all"
    one = page.networks([("synthetic", "cnn-2", "relu", 1)] * 2)
    assert page.origin_of_trainings(run, one)["seed of the trainings"] == "0 (1 training)"
