import numpy as np
import pytest
from support import encode

from expact_utils.data import splits
from expact_utils.data.similarity import groups
from expact_utils.data.splits import SHARES, alike_in_training, at_random, by_chromosome, default, without_leaks
from expact_utils.dna.letters import COMPLEMENT
from expact_utils.run.errors import InputError


def test_a_random_split_has_its_shares_in_every_class_and_does_not_leak():
    rng = np.random.default_rng(0)
    labels = (np.arange(1000) < 300).astype(np.int8)[:, None]
    codes = rng.integers(0, 4, (1000, 50), dtype=np.int8)
    codes[500:600] = COMPLEMENT[codes[:100, ::-1]]  # reverse complements of positives among negatives
    together = groups(codes, [f"s{i}" for i in range(1000)])
    split = at_random(together, labels, seed=0)
    assert np.bincount(split) / 1000 == pytest.approx(SHARES, abs=0.03)
    assert np.bincount(split[:300]) / 300 == pytest.approx(SHARES, abs=0.03)
    assert (split[:100] == split[500:600]).all()
    assert (at_random(together, labels, seed=0) == split).all()
    assert not (at_random(together, labels, seed=1) == split).all()


def test_what_is_in_two_splits_stays_in_the_later_one():
    codes = np.stack([encode(text) for text in ("AACG", "CGTT", "AAAA", "GGGG", "AACG")])
    assert without_leaks(codes, np.array([0, 1, 0, 2, 1])).tolist() == [False, True, True, True, True]


def placed(number, chromosomes):
    """Random sequences of two classes, each at a place of its own, in turn on so many chromosomes."""
    rng = np.random.default_rng(0)
    names = [f"chr{1 + i % chromosomes}:{1000 * i}-{1000 * i + 60}" for i in range(number)]
    return rng.integers(0, 4, (number, 60), dtype=np.int8), rng.integers(0, 2, (number, 1), dtype=np.int8), names


def test_whole_chromosomes_where_there_are_enough():
    codes, labels, names = placed(1000, 10)
    split, (note,) = default(codes, labels, names, seed=0)
    assert np.bincount(split) / 1000 == pytest.approx(SHARES, abs=0.05)
    by_name = {
        name.partition(":")[0]: {
            int(split[i]) for i, n in enumerate(names) if n.startswith(name.partition(":")[0] + ":")
        }
        for name in names
    }
    assert all(len(splits) == 1 for splits in by_name.values())
    (valid,) = (name for name, splits in by_name.items() if splits == {1})
    assert note.startswith(f"split by chromosome: {valid.removeprefix('chr')} to valid; ")
    assert (default(codes, labels, names, seed=0)[0] == split).all()
    assert any((default(codes, labels, names, seed=seed)[0] != split).any() for seed in (1, 2, 3))


@pytest.mark.parametrize("chromosomes", [1, 4])
def test_too_few_chromosomes_are_split_at_random(chromosomes):
    codes, labels, names = placed(1000, chromosomes)
    split, notes = default(codes, labels, names, seed=0)
    assert notes == []
    assert np.bincount(split) / 1000 == pytest.approx(SHARES, abs=0.02)


def test_a_class_of_one_chromosome_keeps_chromosomes_from_being_split():
    codes, labels, names = placed(1000, 10)
    labels = (np.arange(1000) % 10 == 3).astype(np.int8)[:, None]
    split, _ = default(codes, labels, names, seed=0)
    assert {int(of) for of in split[labels[:, 0] == 1]} == {0, 1, 2}


def test_summits_of_one_region_are_in_one_split():
    rng = np.random.default_rng(0)
    names = [f"chr1:{10_000 * (i // 6) + 20 * (i % 6)}-{10_000 * (i // 6) + 20 * (i % 6) + 200}" for i in range(720)]
    codes, labels = rng.integers(0, 4, (720, 200), dtype=np.int8), np.tile([[0], [1]], (360, 1)).astype(np.int8)
    split, (note,) = default(codes, labels, names, seed=0)
    assert (split.reshape(120, 6) == split.reshape(120, 6)[:, :1]).all()
    assert note.startswith("720 sequences overlap, or are nearly the same, with others")
    assert np.bincount(split) / 720 == pytest.approx(SHARES, abs=0.05)


def test_sequences_that_are_all_alike_cannot_be_split():
    names = [f"chr1:{i}-{i + 60}" for i in range(100)]
    with pytest.raises(InputError, match="100 of 100 sequences overlap or are nearly the same"):
        default(*placed(100, 1)[:2], names, seed=0)


def test_given_splits_that_leak_are_counted():
    codes, _, names = placed(10, 10)
    codes[9] = codes[0]
    codes[9, 30] = (codes[0, 30] + 1) % 4
    assert alike_in_training(codes, names, np.array([0] * 8 + [1, 2])) == 1


def test_what_is_alike_on_two_chromosomes_stays_in_one_split():
    """10 sequences of the last chromosomes are there again on the first: they go with the later split, and are counted."""
    codes, labels, names = placed(1000, 10)
    codes[:100:10] = codes[9:109:10]
    codes[:100:10, 30] = (codes[:100:10, 30] + 1) % 4
    split, (note,) = default(codes, labels, names, seed=0)
    assert (split[:100:10] == split[9:109:10]).all()
    assert note.startswith("split by chromosome: ")
    assert ("and with them" in note) == bool((split[0] != split[10:1000:10]).any() or (split[9] != split[19::10]).any())


def test_families_all_over_the_chromosomes_are_split_by_family():
    """150 sequences with six variants each, on chromosomes at random: no split by chromosome would hold."""
    codes, labels, names = placed(900, 10)
    codes = np.repeat(codes[:150], 6, axis=0)
    codes[np.arange(900), np.arange(900) % 60] ^= 1
    split, (note,) = default(codes, labels, names, seed=0)
    assert (split.reshape(150, 6) == split.reshape(150, 6)[:, :1]).all()
    assert note.startswith("900 sequences overlap, or are nearly the same")


def test_pieces_of_a_chromosome_are_of_it():
    names = ["chr1:1-9", "chr1_KI270762v1_alt:1-9", "1_KN538361v1_fix:1-9", "chr1_GL383518v1_random:1-9", "chrUn_1:1-9"]
    assert splits._chromosomes(names) == ["1", "1", "1", "1", "Un_1"]
    assert by_chromosome(names, {"test": ["chr1"]})[0].tolist() == [2, 2, 2, 2, 0]


def test_names_without_a_place_are_told():
    names = ["chr1:1-9", "chr1:20-30", "peak7", "chr2:1-9"]
    split, notes = by_chromosome(names, {"test": ["chr1"]})
    assert split.tolist() == [2, 2, 0, 0]
    assert notes == ["1 of 4 names state no place, as peak7: they are in training"]
    assert by_chromosome(names[:2], {"test": ["chr1"]})[1] == []
    codes, labels, names = placed(1000, 10)
    _, notes = default(codes, labels, [*names[:998], "s1", "s2"], seed=0)
    assert notes == ["2 of 1000 names state no place, as s1, so the split is not by chromosome"]
    assert default(codes, labels, [f"s{i}" for i in range(1000)], seed=0)[1] == []


def test_a_chromosome_that_no_two_sequences_share_is_none():
    codes, labels, names = placed(100, 100)
    split, notes = default(codes, labels, names, seed=0)
    assert notes == []
    assert np.bincount(split) / 100 == pytest.approx(SHARES, abs=0.02)
