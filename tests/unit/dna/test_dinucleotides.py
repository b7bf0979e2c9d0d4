import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support import encode

from expact_utils.dna.dinucleotides import shuffle, shuffle_known


def counts(codes):
    return np.bincount(codes[:-1] * 5 + codes[1:], minlength=25)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(0, 2**32 - 1))
def test_a_shuffle_keeps_every_dinucleotide_and_both_ends(bases, seed):
    codes = np.array(bases, np.int8)
    shuffled = shuffle(codes, np.random.default_rng(seed))
    np.testing.assert_array_equal(counts(shuffled), counts(codes))
    assert (shuffled[0], shuffled[-1]) == (codes[0], codes[-1])


def test_all_shuffles_of_a_short_sequence_come_up_equally_often():
    # AACACA has the steps AA, AC twice, CA twice: the step AA can be taken at any of the three visits of A.
    rng = np.random.default_rng(0)
    found = ["".join("ACGTN"[base] for base in shuffle(encode("AACACA"), rng)) for _ in range(3000)]
    assert {text: round(found.count(text) / 1000, 0) for text in set(found)} == {"AACACA": 1, "ACAACA": 1, "ACACAA": 1}


def test_padding_and_every_n_keep_their_place():
    codes = encode("NNAACAGATTCANNNNGATTACACAGN")
    shuffled = shuffle_known(codes, np.random.default_rng(0))
    np.testing.assert_array_equal(shuffled == 4, codes == 4)
    for stretch in (slice(2, 12), slice(16, 26)):
        np.testing.assert_array_equal(counts(shuffled[stretch]), counts(codes[stretch]))
    assert not (shuffled == codes).all()
    assert (shuffle_known(encode("NNN"), np.random.default_rng(0)) == 4).all()
