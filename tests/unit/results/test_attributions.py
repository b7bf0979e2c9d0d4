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


def test_the_sentence_names_chance(scores):
    said = attributions.sentence(attributions.summarise(scores))
    assert said == (
        "The maps nearest the truth are those of saliency (0.77): auROC on average over networks with ReLU and the "
        "exponential, where chance gives 0.50. By the norm over bases, which has no sign: saliency (0.60). "
        "With an exponential first layer instead of ReLU: saliency +0.11."
    )
    both = pd.concat([scores, scores.assign(dataset="synthetic", auroc=scores["auroc"] - 0.103)])
    assert attributions.sentence(attributions.summarise(both)) == (
        f"{said} On synthetic data: saliency (0.67) over networks with ReLU and the exponential; with the exponential "
        "instead of ReLU: saliency +0.11."
    )
    alone = attributions.sentence(attributions.summarise(scores[scores["activation"] == "relu"]))
    assert "instead of ReLU" not in alone
    unknown = attributions.summarise(scores.assign(auroc=np.nan))
    assert "is not known" in attributions.sentence(unknown)


def test_the_sentence_names_what_is_alike_and_what_is_best_by_aupr_and_by_the_norm(scores):
    """Mutagenesis is .1 above DeepSHAP in auROC, and .2 below it in auPR."""
    one = scores[(scores["trial"] == 0) & (scores["activation"] == "relu")]
    both = [one.assign(method="mutagenesis", auroc=0.9, aupr=0.5), one.assign(method="deepshap", auroc=0.8, aupr=0.7)]
    assert attributions.sentence(attributions.summarise(pd.concat(both))) == (
        "The maps nearest the truth are those of in-silico mutagenesis (0.90): auROC on average over networks with ReLU "
        "and the exponential, where chance gives 0.50 (DeepSHAP 0.80). By auPR it is DeepSHAP (0.70); in-silico "
        "mutagenesis has 0.50. By the norm over bases, which has no sign: in-silico mutagenesis (0.60) and DeepSHAP "
        "(0.60)."
    )
    same = attributions.sentence(attributions.summarise(pd.concat([both[0].assign(aupr=0.75), both[1]])))
    assert "auPR" not in same
    near = attributions.sentence(attributions.summarise(pd.concat([both[0], both[1].assign(auroc=0.895)])))
    assert near.startswith("The maps nearest the truth are those of in-silico mutagenesis (0.90) and DeepSHAP (0.90): ")


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
