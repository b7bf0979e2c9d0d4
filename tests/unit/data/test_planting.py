import hashlib

import numpy as np
import pytest

from expact_utils.data import datasets, planting
from expact_utils.data.simulate import simulate
from expact_utils.run.errors import InputError

# Three positions: always A, half C and half G, and any base. Backwards: any base, half G and half C, always T.
PFM = np.array([[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0.25, 0.25, 0.25, 0.25]])
SITES = np.array([(0, 1, b"+", b"M1"), (1, 2, b"-", b"M1")], dtype=datasets.PLANTED)


def test_the_synthetic_data_are_those_of_before():
    """Codes, labels and sites of 500 sequences as the published runs had them."""
    data = simulate(500, 120, 7)
    assert datasets.fingerprint(data) == "a9e941d6df77bf5ee7b1d2ecec8799e04b0342f0b277c3a2d567c59fe565de22"
    sites = hashlib.sha256(b"".join(data.planted[split].tobytes() for split in datasets.SPLITS)).hexdigest()
    assert sites == "08c9f87c058440848b5be67e025bcd93d1a159f6f5f185e32858245101210e62"


def test_probabilities_by_hand():
    found = planting.probabilities(SITES, {"M1": PFM}, (2, 6))
    expected = np.full((2, 6, 4), 0.25)
    expected[0, 1], expected[0, 2] = [1, 0, 0, 0], [0, 0.5, 0.5, 0]
    expected[1, 3], expected[1, 4] = [0, 0.5, 0.5, 0], [0, 0, 0, 1]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float32


def test_a_position_of_no_information_is_no_motif():
    found = planting.motif_positions(SITES, {"M1": PFM}, (2, 6))
    np.testing.assert_array_equal(found, [[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0]])


def test_nothing_planted_is_nothing():
    assert not planting.motif_positions(SITES[:0], {}, (2, 6)).any()


@pytest.mark.parametrize(
    ("pfms", "shape", "sentence"),
    [
        ({"M2": PFM}, (2, 6), "^M1 is planted, and its matrix is not known; expected one of M2.$"),
        ({"M1": PFM}, (2, 4), "^M1 is planted beyond the end of a sequence of 4 nt.$"),
    ],
)
def test_sites_that_do_not_fit(pfms, shape, sentence):
    with pytest.raises(InputError, match=sentence):
        planting.probabilities(SITES, pfms, shape)


def test_numbers_of_motifs_begin_with_the_fewest():
    places = planting.place(np.random.default_rng(0), 20_000, 100, np.array([4, 9]), fewest=3)
    shares = np.bincount(np.bincount(places.row), minlength=8) / 20_000
    np.testing.assert_allclose(shares, [0, 0, 0, 0.50, 0.25, 0.17, 0.05, 0.03], atol=0.01)
