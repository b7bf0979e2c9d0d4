import numpy as np
import pytest
from support import encode

from expact_utils.dna import letters
from expact_utils.run.errors import InputError


def test_one_hot_of_acgtn():
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    np.testing.assert_array_equal(letters.one_hot(encode("ACGTN")), expected)


def test_letters_become_codes():
    np.testing.assert_array_equal(letters.encode([b"ACGTN", b"acgtn"]), [[0, 1, 2, 3, 4]] * 2)
    with pytest.raises(InputError, match="sequence 1 has 'U' at position 2; expected A C G T N"):
        letters.encode([b"ACG", b"ACU"])
    with pytest.raises(InputError, match="sequence 1 is 2 nt long; expected 3, as the first"):
        letters.encode([b"ACG", b"AC"])
    with pytest.raises(InputError, match="there is no sequence; expected at least one"):
        letters.encode([])
