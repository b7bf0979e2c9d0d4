"""What TF-MoDISco refuses; what it finds is in tests/integration/test_modisco.py."""

import numpy as np
import pytest

from expact_utils.attribution import modisco
from expact_utils.attribution.methods import Maps
from expact_utils.run.errors import InputError

ZEROS = np.zeros(2, np.float32)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Maps(np.zeros((2, 120), np.int8), np.full((2, 120, 4), np.nan), ZEROS, ZEROS), "holds NaN"),
        (Maps(np.zeros((2, 20), np.int8), np.zeros((2, 20, 4)), ZEROS, ZEROS), "maps are 20 nt long"),
    ],
)
def test_bad_maps(monkeypatch, given, expected):
    monkeypatch.setattr(modisco, "available", lambda: True)
    with pytest.raises(InputError, match=expected):
        modisco.patterns(given, process=None)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(modisco, "available", lambda: False)
    with pytest.raises(InputError, match=r"install it by the extra modisco"):
        modisco.patterns(Maps(np.zeros((2, 120), np.int8), np.zeros((2, 120, 4)), ZEROS, ZEROS), process=None)


def test_maps_in_which_no_base_makes_a_difference_hold_no_motif(monkeypatch):
    monkeypatch.setattr(modisco, "available", lambda: True)
    values = np.full((2, 120, 4), 1e-7, np.float32)
    for of in (0 * values, values):  # the second is what rounding makes of outputs of 1
        assert modisco.patterns(Maps(np.zeros((2, 120), np.int8), of, ZEROS + 1, ZEROS + 1), process=None) == []
