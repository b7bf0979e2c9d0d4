"""Which method's maps are nearest the truth, by trainings made up so that intervals can be told by hand."""

import numpy as np
import pandas as pd
import pytest

from expact_utils.results import nearest

# Differences that are the same in each trial have an interval that is a point.
BASE = {"exponential": 0.9, "relu": 0.8}
WIGGLE = (-0.01, 0.0, 0.01)  # of trials, of all methods alike
BASELINES = pd.DataFrame({"dataset": ["regulatory-code"] * 2, "baseline": ["constant", "GC"], "auroc": [0.5, 0.64]})


def rows(off, architecture="cnn-local", target="logit", trials=3, dataset="regulatory-code"):
    """Scores of methods, each so far `off` by activation, or by activation and trial."""
    found = []
    for (method, activation), by in off.items():
        for trial in range(trials):
            known = {"dataset": dataset, "architecture": architecture, "activation": activation, "trial": trial}
            value = BASE[activation] + WIGGLE[trial] + np.broadcast_to(by, 3)[trial]
            found.append(known | {"method": method, "target": target, "auroc": value})
    return pd.DataFrame(found)


OFF = {
    ("deepshap", "exponential"): 0.0,
    ("saliency", "exponential"): (0.02, -0.03, -0.02),  # mean −.01, but not told
    ("mutagenesis", "exponential"): -0.02,
    ("deepshap", "relu"): 0.0,
    ("saliency", "relu"): -0.1,
    ("mutagenesis", "relu"): (-0.03, -0.02, -0.01),  # mean −.02 ± .0248
}


def test_methods_that_are_not_told_from_the_best_and_those_that_are_worse():
    table = nearest.ranked(rows(OFF)).set_index(["activation", "method"])
    assert list(table["verdict"]) == [
        "best",
        "not told from the best",
        "worse",
        "best",
        "not told from the best",
        "worse",
    ]
    assert list(table.index.get_level_values("method"))[3:] == ["deepshap", "mutagenesis", "saliency"]
    assert table.loc[("exponential", "mutagenesis"), "difference"] == pytest.approx(-0.02)
    one = table.loc[("relu", "mutagenesis")]  # t of 2 degrees of freedom at .975 is 4.303
    assert (one["low"], one["high"]) == pytest.approx(
        (-0.02 - 4.303 * 0.01 / 3**0.5, -0.02 + 4.303 * 0.01 / 3**0.5), abs=1e-4
    )


def test_networks_are_averaged_before_trials_are_compared():
    """In one network saliency is .1 above, in the other .2 below, in every trial: on average .05 below, and told."""
    above, below = ({("deepshap", "relu"): 0.0, ("saliency", "relu"): off} for off in (0.1, -0.2))
    table = nearest.ranked(pd.concat([rows(above), rows(below, "cnn-dist")]))
    assert list(table["method"]) == ["deepshap", "saliency"]
    assert table.loc[1, ["difference", "low", "high"]].tolist() == pytest.approx([-0.05] * 3)
    assert list(table["verdict"]) == ["best", "worse"]


def test_only_trials_that_all_networks_have_are_compared():
    off = {("deepshap", "relu"): 0.0, ("saliency", "relu"): -0.1}
    table = nearest.ranked(pd.concat([rows(off), rows(off, "cnn-dist", trials=2)]))
    assert set(table["trials"]) == {2}
    assert list(table["verdict"]) == ["best", "too few trainings"]


def test_the_sentence():
    authors = {key: 0.01 if key[0] == "mutagenesis" else by for key, by in OFF.items()}
    scores = pd.concat([rows(OFF), rows(authors, target="probability")])
    said = (
        "With the exponential, maps by DeepSHAP are nearest the truth (auROC 0.90 in CNN-local; without a trained "
        "network, GC gives 0.64); saliency can't be told from it, in-silico mutagenesis (−0.02) is behind. With ReLU, "
        "maps by DeepSHAP are nearest the truth (auROC 0.80); in-silico mutagenesis can't be told from it, saliency "
        "(−0.10) is behind. What the exponential gains over ReLU: in CNN-local with every method, +0.10 (DeepSHAP) to "
        "+0.19 (saliency). Scored the authors' way (of the probability, mutagenesis by the norm over bases, without a "
        "sign), in-silico mutagenesis is first with the exponential (0.91) and ReLU (0.81)."
    )
    assert nearest.sentence(scores, BASELINES) == said
    more = pd.concat([scores, rows(OFF, trials=1, dataset="synthetic")])
    assert nearest.sentence(more, BASELINES) == (
        f"{said} On synthetic data, of one training: saliency with the exponential (0.91) and DeepSHAP with ReLU (0.79)."
    )
    assert "Scored" not in nearest.sentence(pd.concat([rows(OFF), rows(OFF, target="probability")]), BASELINES)
    assert "is not known" in nearest.sentence(scores.assign(auroc=np.nan), BASELINES[:0])


def test_gains_that_are_not_told_are_left_out():
    lost = {("deepshap", "exponential"): -0.2, ("deepshap", "relu"): 0.0}
    some = {("saliency", "exponential"): 0.0, ("saliency", "relu"): (0.0, 0.1, 0.2)}
    said = nearest.sentence(rows(lost | some), BASELINES[:0])
    assert "gains over ReLU: in CNN-local nothing that trainings tell, and it loses 0.10 (DeepSHAP)." in said
    assert "gains over ReLU" not in nearest.sentence(rows(lost | some, trials=1), BASELINES[:0])


def test_one_training_tells_no_methods_apart():
    said = nearest.sentence(rows(OFF, trials=1), BASELINES[:0])
    assert said.startswith(
        "With the exponential, maps by saliency are nearest the truth (auROC 0.91 in CNN-local), though it takes 3 "
        "trainings to tell methods apart. "
    )
