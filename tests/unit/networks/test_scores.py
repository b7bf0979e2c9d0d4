import numpy as np
import pytest

from expact_utils.networks import scores
from expact_utils.run.errors import InputError


def test_scores_by_hand():
    # Ranked by probability the labels read 1 0 1 0: precision 1 at the first positive, 2/3 at the second.
    labels = np.array([[1, 1], [0, 1], [1, 1], [0, 1]])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.4]])
    found = scores.score(labels, probabilities, ["mixed", "always"])
    assert found["aupr"]["mixed"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["auroc"]["mixed"] == pytest.approx(3 / 4)  # pairs in order: 3 of 4
    assert found["aupr"]["always"] is None
    assert found["auroc_mean"] == pytest.approx(3 / 4)


def test_the_watched_score_is_over_all_classes_at_once():
    labels, p = np.array([[1, 0], [0, 1]], np.int8), np.array([[0.9, 0.2], [0.8, 0.7]])
    # In order .9 .8 .7 .2 the labels are 1 0 1 0: three of four pairs are right; precisions 1 and 2/3.
    assert scores.watched("auroc", labels, p) == pytest.approx(3 / 4)
    assert scores.watched("aupr", labels, p) == pytest.approx((1 + 2 / 3) / 2)


def test_one_label_alone_has_no_auroc_to_train_by():
    ones = np.ones((5, 1), np.int8)
    with pytest.raises(InputError, match="^mine: every validation label is 1, so there is no auROC to train by"):
        scores.check_watched("auroc", ones, "mine")
    scores.check_watched("aupr", ones, "mine")
    scores.check_watched("", ones, "mine")
    scores.check_watched("auroc", np.array([[0], [1]], np.int8), "mine")
