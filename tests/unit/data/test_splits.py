import numpy as np
import pytest
from support import encode

from expact_utils.data.splits import SHARES, at_random, sequence_groups, without_leaks
from expact_utils.dna.letters import COMPLEMENT


def test_reverse_complements_are_one_group():
    codes = np.stack([encode(text) for text in ("AACG", "CGTT", "AACG", "ACGT", "NACG", "CGTN")])
    groups = sequence_groups(codes)
    assert groups[0] == groups[1] == groups[2]
    assert groups[4] == groups[5]
    assert len(set(groups)) == 3


def test_a_random_split_has_its_shares_in_every_class_and_does_not_leak():
    rng = np.random.default_rng(0)
    labels = (np.arange(1000) < 300).astype(np.int8)[:, None]
    codes = rng.integers(0, 4, (1000, 50), dtype=np.int8)
    codes[500:600] = COMPLEMENT[codes[:100, ::-1]]  # reverse complements of positives among negatives
    split = at_random(codes, labels, seed=0)
    assert np.bincount(split) / 1000 == pytest.approx(SHARES, abs=0.03)
    assert np.bincount(split[:300]) / 300 == pytest.approx(SHARES, abs=0.03)
    assert (split[:100] == split[500:600]).all()
    assert (at_random(codes, labels, seed=0) == split).all()
    assert not (at_random(codes, labels, seed=1) == split).all()


def test_what_is_in_two_splits_stays_in_the_later_one():
    codes = np.stack([encode(text) for text in ("AACG", "CGTT", "AAAA", "GGGG", "AACG")])
    assert without_leaks(codes, np.array([0, 1, 0, 2, 1])).tolist() == [False, True, True, True, True]
