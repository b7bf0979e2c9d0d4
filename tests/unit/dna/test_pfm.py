import numpy as np
from support import encode

from expact_utils.dna.pfm import best_score, consensus, information, reverse_complement


def test_reverse_complement_of_aac_is_gtt():
    aac = np.eye(4)[[0, 0, 1]]
    assert consensus(reverse_complement(aac)) == "GTT"


def test_information_in_bits():
    # One base for certain: 2 bits. Two equally likely: 1 bit. All equally likely: 0 bits.
    pfm = [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25] * 4]
    np.testing.assert_allclose(information(pfm), [2, 1, 0])


def test_consensus_takes_the_first_of_equals():
    assert consensus(np.array([[0.1, 0.4, 0.4, 0.1], [0.25] * 4])) == "CA"


def test_best_score_by_hand():
    # Each column says A or G for sure: 2 bits a match but for the pseudocount. The reverse complement reads CT.
    pfm = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
    codes = np.stack([encode("TTAGT"), encode("TCTTT"), encode("AAAAA"), encode("NNNNN")])
    match, other = np.log2(1.01 / 1.04 * 4), np.log2(0.01 / 1.04 * 4)
    np.testing.assert_allclose(best_score(codes, pfm), [2 * match, 2 * match, match + other, 0])
