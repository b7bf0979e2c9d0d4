"""Which sequences are alike, by hand."""

import numpy as np
import pytest
from support import encode

from expact_utils.data import similarity
from expact_utils.data.similarity import groups, identical
from expact_utils.dna.letters import reverse_complement


def random(number, length=100, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (number, length), dtype=np.int8)


def unnamed(codes):
    return [f"s{i}" for i in range(len(codes))]


def test_reverse_complements_are_identical():
    codes = np.stack([encode(text) for text in ("AACG", "CGTT", "AACG", "ACGT", "NACG", "CGTN")])
    numbers = identical(codes)
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[4] == numbers[5]
    assert len(set(numbers)) == 3


def test_random_sequences_are_alike_to_none():
    codes = random(500)
    assert len(set(groups(codes, unnamed(codes)))) == 500


def test_windows_that_overlap_are_together_and_what_lies_between_joins_them():
    """chr1 0-100, 90-190 and 180-280 are a chain, as 1 is chr1; 280-380 touches, and overlaps none; another chromosome."""
    places = ["chr1:180-280", "chr1:0-100", "1:90-190(-)", "chr1:280-380", "chr2:90-190", "peak"]
    numbers = groups(random(6), places)
    assert len(set(numbers[:3])) == 1
    assert len(set(numbers[2:])) == 4


def test_a_window_within_a_longer_one_that_began_before():
    numbers = groups(random(3), ["chr1:0-1000", "chr1:100-200", "chr1:500-600"])
    assert len(set(numbers)) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_near_identical_sequences_are_together(turned):
    """With two letters exchanged; of which half is the same; and of which a fifth is, which is too little."""
    codes = random(6)
    codes[1] = codes[0]
    codes[1, [30, 60]] = (codes[0, [30, 60]] + 1) % 4
    codes[3, :50] = codes[2, 50:]
    codes[5, :20] = codes[4, 80:]
    if turned:
        codes[[1, 3, 5]] = reverse_complement(codes[[1, 3, 5]])
    numbers = groups(codes, unnamed(codes))
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[3]
    assert len(set(numbers)) == 4


def test_short_sequences():
    """Of 20 nt, words of 15 count: with the last letter exchanged they share 5 of 6."""
    codes = random(100, 20)
    codes[1] = codes[0]
    codes[1, -1] = (codes[0, -1] + 1) % 4
    numbers = groups(codes, unnamed(codes))
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 99


def test_a_repeat_that_many_sequences_have_joins_none():
    codes = random(300)
    codes[:200, 20:60] = codes[0, 20:60]
    assert len(set(groups(codes, unnamed(codes)))) == 300


def variants(templates, number, substitutions=3, seed=1):
    """So many variants of each template, each with so many letters exchanged, in random order; and their templates."""
    rng = np.random.default_rng(seed)
    of = rng.permutation(np.repeat(np.arange(len(templates)), number))
    codes = templates[of]
    for row in codes:
        at = rng.choice(len(row), substitutions, replace=False)
        row[at] = (row[at] + rng.integers(1, 4, substitutions)) % 4
    return codes, of


def test_many_variants_of_one_element_are_together():
    """20 elements of 200 nt, 150 variants of each: a k-mer of theirs has over a hundred sequences."""
    codes, of = variants(random(20, 200), 150)
    numbers = groups(codes, unnamed(codes))
    assert len(set(numbers)) == len(set(zip(numbers, of, strict=True))) == 20


def test_what_all_sequences_have_in_common_joins_none():
    """A vector of 120 nt about 40 of the insert's own."""
    codes = np.concatenate([np.tile(random(1, 60), (300, 1)), random(300, 40), np.tile(random(1, 60, 2), (300, 1))], 1)
    assert len(set(groups(codes, unnamed(codes)))) == 300


def test_padding_is_alike_in_all_and_means_nothing():
    codes = random(50)
    codes[:, 20:] = 4
    codes[:, :20] = random(50, 20, seed=1)
    assert len(set(groups(codes, unnamed(codes)))) == 50


def test_some_of_the_kmers_are_enough(monkeypatch):
    monkeypatch.setattr(similarity, "MOST_KMERS", 10_000)  # of 42,500
    codes = random(500)
    codes[1] = reverse_complement(codes[0])
    codes[1, 50] = (codes[1, 50] + 1) % 4
    numbers = groups(codes, unnamed(codes))
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 499


@pytest.mark.parametrize(("length", "substitutions"), [(20, 1), (30, 2), (40, 4), (200, 20)])
def test_variants_without_a_long_word_in_common_are_together(length, substitutions):
    """30 sequences and 5 variants of each, on either strand, each with up to a tenth of its letters exchanged."""
    templates = random(30, length)
    codes = np.repeat(templates, 6, axis=0)
    rng = np.random.default_rng(1)
    for row in (row for number, row in enumerate(codes) if number % 6):
        at = rng.choice(length, substitutions // 2 or 1, replace=False)  # so that two differ in no more than a tenth
        row[at] = (row[at] + rng.integers(1, 4, len(at))) % 4
    codes[::4] = reverse_complement(codes[::4])
    numbers = groups(codes, unnamed(codes))
    assert (numbers.reshape(30, 6) == numbers.reshape(30, 6)[:, :1]).all()
    assert len(set(numbers)) == 30


def test_a_core_at_one_place_of_a_short_pool_joins_none():
    """Of 20 nt, half of the sequences have the same ten in the middle."""
    codes = random(2000, 20)
    codes[::2, 5:15] = codes[0, 5:15]
    assert np.bincount(groups(codes, unnamed(codes))).max() < 50  # by chance alone


def test_where_pairs_would_be_too_many_the_commonest_pieces_are_left_out(monkeypatch):
    codes = random(500, 20)
    codes[1] = codes[0]
    codes[1, 10] = (codes[0, 10] + 1) % 4
    assert len(set(groups(codes, unnamed(codes)))) == 499
    monkeypatch.setattr(similarity, "MOST_PAIRS", 0)
    assert len(set(groups(codes, unnamed(codes)))) == 500
