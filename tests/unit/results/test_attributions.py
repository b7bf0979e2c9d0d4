"""Scores of maps over trials, and beside the journal's, by hand."""

import numpy as np
import pandas as pd
import pytest

from expact_utils.attribution import maps
from expact_utils.results import attributions
from expact_utils.run.paths import Network, Run
from expact_utils.run.tables import write_csv

NETWORKS = [Network("regulatory-code", "cnn-local", of, trial) for of in ("relu", "exponential") for trial in range(3)]
AUROC = dict(zip(NETWORKS, (0.70, 0.72, 0.74, 0.80, 0.84, 0.85), strict=True))


@pytest.fixture
def scores(tmp_path):
    run = Run(tmp_path)
    for network in NETWORKS:
        rows = [
            {"method": "saliency", "target": target, "sequences": 500, "auroc": AUROC[network], "aupr": 0.5}
            | {"snr": 1.0, "cosine": 0.4, "share": 0.2, "norm_auroc": 0.6, "sum_error": 0.3, "off_share": 1.0}
            for target in ("logit", "probability")
        ]
        write_csv(run.map_scores(network), pd.DataFrame(rows))
    return attributions.collect(run, NETWORKS)


def test_means_over_trials(scores):
    table = attributions.summarise(scores).set_index(["activation", "target"])
    row = table.loc[("relu", "logit")]
    assert row["auroc_mean"] == pytest.approx(0.72)
    assert row["auroc_std"] == pytest.approx(np.sqrt(2 / 3) * 0.02, abs=1e-6)
    assert (row["trials"], row["sequences"], row["share"]) == (3, 500, pytest.approx(0.2))


def test_the_exponential_against_relu(scores):
    table = attributions.against_relu(scores).set_index("target")
    for target in ("logit", "probability"):
        assert table.loc[target, "difference"] == pytest.approx(0.11)
        assert table.loc[target, "verdict"] == "exponential better"
    assert table.loc["probability", "journal"] == pytest.approx(0.827 - 0.771)
    assert np.isnan(table.loc["logit", "journal"])


def test_one_trial_tells_nothing(scores):
    table = attributions.against_relu(scores[scores["trial"] == 0])
    assert set(table["verdict"]) == {"can't be told from one trial"}


def test_beside_the_journal_is_what_it_prints(scores):
    table = attributions.beside_journal(attributions.summarise(scores))
    assert list(table["auroc_mean_journal"]) == [0.771, 0.827]


def test_one_training_has_no_spread(scores):
    table = attributions.summarise(scores[scores["trial"] == 0])
    assert table[["auroc_std", "aupr_std"]].isna().all(axis=None)
    assert table.loc[0, "auroc_mean"] == 0.7


def test_a_difference_is_told_by_the_corrected_p(scores):
    """Differences of .10, .12 and .11 have p = .0028; the least of 20 rows, corrected by Holm it is .055."""
    alike = [scores.assign(method=f"none{number}", auroc=scores["trial"] % 2 * 0.1 + 0.5) for number in range(19)]
    noisy = [of.assign(auroc=of["auroc"] + np.where(of["activation"] == "relu", of["trial"] * 0.01, 0)) for of in alike]
    table = attributions.against_relu(pd.concat([scores, *noisy]))
    row = table[(table["method"] == "saliency") & (table["target"] == "logit")].iloc[0]
    assert row["low"] > 0
    assert row["p"] > 0.05
    assert row["verdict"] == "no difference shown"


def test_a_column_a_method(scores):
    table = attributions.by_method(attributions.summarise(scores))
    assert list(table.columns) == ["dataset", "architecture", "activation", "trials", "saliency"]
    assert list(table["activation"]) == ["relu", "exponential"]
    assert (table["saliency"].diff()[1]).round(2) == 0.11


def test_maps_that_do_not_sum_are_counted():
    table = pd.DataFrame({"method": ["deepshap", "saliency"], "off_share": [0, 0.42]})
    assert maps.marked(table)["sums"].tolist() == ["100% of maps", "58% of maps"]
