import numpy as np
import pytest

from expact_utils.networks import scores


def test_scores_by_hand():
    # Ranked by probability the labels read 1 0 1 0: precision 1 at the first positive, 2/3 at the second.
    labels = np.array([[1, 1], [0, 1], [1, 1], [0, 1]])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.4]])
    found = scores.score(labels, probabilities, ["mixed", "always"])
    assert found["aupr"]["mixed"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["auroc"]["mixed"] == pytest.approx(3 / 4)  # pairs in order: 3 of 4
    assert found["aupr"]["always"] is None
    assert found["auroc_mean"] == pytest.approx(3 / 4)
