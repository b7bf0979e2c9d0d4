"""Which sequences are explained, and where their motifs are."""

import numpy as np
import pytest

from expact_utils.attribution import explained
from expact_utils.data.datasets import PLANTED
from expact_utils.run.errors import InputError


def test_the_first_positives_each_for_its_first_class(tiny):
    tiny.Y["test"][:] = 0
    tiny.Y["test"][[3, 5, 9, 11], [1, 0, 0, 1]] = 1
    tiny.Y["test"][9, 1] = 1
    found = explained.of(tiny, 3)
    assert found.rows.tolist() == [3, 5, 9]
    assert found.classes.tolist() == [1, 0, 0]
    assert (found.codes == tiny.X["test"][[3, 5, 9]]).all()
    assert found.truth is None


def test_the_truth_of_the_file(tiny):
    tiny.Y["test"][:] = 1
    tiny.truth = {"test": (np.arange(20 * 100).reshape(20, 100) % 7 == 0).astype(np.int8)}
    assert (explained.of(tiny, 4).truth == tiny.truth["test"][:4]).all()


def test_planted_motifs_of_the_class_alone(tiny):
    """YY1's MA0095.2 at 10, GABPA's MA0062.2 at 50, in a sequence of both classes: its first class is explained."""
    tiny.class_names[:] = ["YY1", "GABPA"]
    tiny.relevant = {"mine": {"YY1": ("MA0095.2",), "GABPA": ("MA0062.2",)}}
    tiny.Y["test"][:] = 0
    tiny.Y["test"][4] = 1
    planted = [(4, 10, b"+", b"MA0095.2"), (4, 50, b"-", b"MA0062.2"), (5, 0, b"+", b"MA0095.2")]
    tiny.planted = {"test": np.array(planted, dtype=PLANTED)}
    (truth,) = explained.of(tiny).truth
    assert set(np.flatnonzero(truth)) <= set(range(10, 22))
    assert truth[10:22].sum() >= 9


def test_nothing_positive(tiny):
    tiny.Y["test"][:] = 0
    with pytest.raises(InputError, match="no sequence of the test set is positive, so there is none to explain"):
        explained.of(tiny)
