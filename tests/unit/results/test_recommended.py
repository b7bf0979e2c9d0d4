"""Which activation is recommended: by pairs of trainings, over the networks that both have."""

import pandas as pd
import pytest

from expact_utils.results import recommended


def tables(shares):
    """Both tables of `zoo.collect`, of {(architecture, activation): the share of each training}; auPR is .9, ReLU's .8."""
    rows = [
        {
            "dataset": "synthetic",
            "architecture": architecture,
            "activation": activation,
            "trial": trial,
            "relevant": share,
        }
        for (architecture, activation), of in shares.items()
        for trial, share in enumerate(of)
    ]
    trials = pd.DataFrame(rows)
    table = trials.groupby(["dataset", "architecture", "activation"], sort=False)["relevant"].agg(["size", "mean"])
    table = table.rename(columns={"size": "trials", "mean": "relevant_mean"}).reset_index()
    aupr = table["activation"].map(lambda name: 0.8 if name == "relu" else 0.9)
    return table.assign(label=table["activation"], aupr_mean=aupr), trials


SHARES = {
    ("cnn-2", "relu"): (0.1, 0.1, 0.1),
    ("cnn-2", "exponential"): (0.7, 0.8, 0.9),
    ("cnn-50", "relu"): (0.5, 0.6, 0.7),
    ("cnn-50", "exponential"): (0.8, 0.8, 0.8),
}


def test_what_has_more_networks_comes_before_what_is_not_told_from_it_in_one():
    """In CNN-2 tanh is above the exponential by .1, 0 and .05, which is not told from none; softplus is below by .2 and .25."""
    tanh, softplus = {("cnn-2", "tanh"): (0.8, 0.8, 0.95)}, {("cnn-2", "softplus"): (0.5, 0.6, 0.65)}
    assert recommended.sentence(*tables(SHARES | tanh | softplus)) == (
        "Use the exponential: in CNN-2 (synthetic data, 3 trainings) 0.80 of its filters match a TF of the classes, 0.10 "
        "of ReLU's, at an auPR of 0.900 against 0.800; in CNN-50 (synthetic data, 3 trainings) 0.80 of its filters match "
        "a TF of the classes, 0.60 of ReLU's, at an auPR of 0.900 against 0.800. Not told apart from it: the tanh (in "
        "CNN-2: +0.05, 95 % interval -0.07 to +0.17, 3 pairs of trainings)."
    )


def test_what_is_told_to_be_above_in_the_network_that_both_have_is_recommended():
    better = {("cnn-2", "tanh"): (0.8, 0.9, 0.95)}  # by .1, .1 and .05
    assert recommended.sentence(*tables(SHARES | better)).startswith("Use the tanh: in CNN-2 (synthetic data, 3")


def test_relu_is_recommended_where_the_exponential_is_worse():
    shares = {("cnn-2", "relu"): (0.6, 0.6, 0.6), ("cnn-2", "exponential"): (0.1, 0.1, 0.2)}
    assert recommended.sentence(*tables(shares)) == (
        "Use ReLU: in CNN-2 (synthetic data, 3 trainings) 0.60 of its filters match a TF of the classes, at an auPR of "
        "0.800."
    )


@pytest.mark.parametrize("shares", [{("cnn-2", "relu"): (0.1, 0.1, 0.1)}, {key: of[:2] for key, of in SHARES.items()}])
def test_few_trainings_recommend_nothing(shares):
    assert recommended.sentence(*tables(shares)) == "No activation can be recommended from so few trainings."


def test_without_a_truth_nothing_is_said():
    table, trials = tables(SHARES)
    assert "is not known" in recommended.sentence(table.assign(relevant_mean=float("nan")), trials)
