"""Intervals and tests against numbers worked out by hand, counted one by one, or printed in tables."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from expact_utils.results import inference


def pairs(relu, exponential):
    """Trials of CNN-2 with these auPRs."""
    return pd.DataFrame(
        [
            {"architecture": "cnn-2", "activation": activation, "trial": trial, "aupr": value}
            for activation, values in (("relu", relu), ("exponential", exponential))
            for trial, value in enumerate(values)
        ]
    )


def test_the_paired_difference_by_hand():
    # Differences .1 .2 .3: mean .2, standard error .1 / √3, t of 2 df 4.303.
    mean, low, high, p = inference.paired(pairs([0.5] * 3, [0.6, 0.7, 0.8]), "cnn-2", "aupr")
    assert mean == pytest.approx(0.2)
    assert (high - mean, mean - low) == pytest.approx((4.3027 * 0.1 / 3**0.5,) * 2, rel=1e-4)
    assert p == pytest.approx(0.0742, abs=1e-4)


def test_pairs_are_made_by_trial_not_by_order():
    table = pairs([0.5, 0.6, 0.9], [0.6, 0.8, 0.7])
    mixed = table.sample(frac=1, random_state=0)
    assert inference.paired(mixed, "cnn-2", "aupr") == pytest.approx(inference.paired(table, "cnn-2", "aupr"))


def test_wilson_by_hand():
    assert inference.wilson(0.0, 150) == pytest.approx((0, 3.8415 / (150 + 3.8415)), abs=1e-4)


def test_holm_by_hand():
    np.testing.assert_allclose(inference.holm(np.array([0.01, np.nan, 0.04, 0.03])), [0.03, np.nan, 0.06, 0.06])


@pytest.mark.parametrize(
    ("blocks", "p"),
    [
        ([[1, 2, 3]] * 3, 1 / 36),  # the other blocks follow the first: 1/6 each
        ([[1, 2, 3]] * 5, 1 / 6**4),
        ([[1, 2, 3], [1, 2, 3], [1, 3, 2]], 7 / 36),  # Friedman's statistic 14/3 = 4.667: .194 in his table
        ([[1, 2, 3], [2, 3, 1], [3, 1, 2]], 1),  # every rank sum is 6
        ([[1, 1, 2], [1, 1, 2]], 1 / 3),  # three places for the larger one
    ],
)
def test_friedman_by_hand(blocks, p):
    assert inference.friedman(np.array(blocks))[0] == pytest.approx(p)


@pytest.mark.parametrize("values", [(0.2, 0.4, 0.9), (0.2, 0.4, 0.4)])
def test_friedman_is_the_share_of_all_arrangements(values):
    """Counted one by one: the 6⁴ orders of three values, or of two and a tie, in four trials."""
    table = np.array([values, values, values[::-1], values])

    def spread(ranks):
        return ((ranks.sum(axis=0) - ranks.sum() / 3) ** 2).sum()

    ranks = stats.rankdata(table, axis=1)
    found = [spread(np.array(orders)) for orders in product(*(permutations(row) for row in ranks))]
    expected = np.mean(np.array(found) >= spread(ranks) - 1e-9)
    assert inference.friedman(table)[0] == pytest.approx(expected)


def test_the_smallest_p_that_so_few_trials_can_give():
    assert inference.friedman(np.array([[1, 2, 3]] * 3))[1] == pytest.approx(1 / 36)
    assert inference.friedman(np.array([[1, 1, 1]] * 5)) == pytest.approx((1, 1 / 6**4))
    assert np.isnan(inference.friedman(np.array([[1, 2, 3]]))).all()


def test_six_networks_in_five_trials_are_counted_in_full_and_ten_trials_are_not():
    rng = np.random.default_rng(0)
    few, many = rng.normal(size=(5, 6)), rng.normal(size=(10, 6))
    assert inference.friedman(few)[0] == pytest.approx(stats.friedmanchisquare(*few.T).pvalue, abs=0.05)
    assert inference.friedman(many)[0] == stats.friedmanchisquare(*many.T).pvalue
