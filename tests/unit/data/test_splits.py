import numpy as np
import pytest
from support import encode

from expact_utils.data.similarity import groups
from expact_utils.data.splits import SHARES, alike_in_training, at_random, default, without_leaks
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
