import numpy as np
import pytest
from support import encode

from expact_utils.data.datasets import Dataset
from expact_utils.results import baselines


def made(positives, negatives):
    """Dataset of one class from two functions of a random generator, each giving codes of length 60."""
    rng = np.random.default_rng(0)
    X, Y = {}, {}
    for split, n in (("train", 200), ("valid", 10), ("test", 100)):
        X[split] = np.stack([positives(rng) for _ in range(n)] + [negatives(rng) for _ in range(n)]).astype(np.int8)
        Y[split] = np.repeat([[1], [0]], n, axis=0).astype(np.int8)
    return Dataset(X, Y, ["bound"], "test", 0)


def background(rng):
    return rng.integers(0, 4, 60)


def rich_in_gc(rng):
    return rng.choice(4, 60, p=[0.2, 0.3, 0.3, 0.2])


def with_motif(rng):
    codes = background(rng)
    start = rng.integers(0, 50)
    codes[start : start + 8] = encode("TGACTCAT") if rng.random() < 0.5 else encode("ATGAGTCA")
    return codes


def test_gc_content_by_hand():
    assert baselines.gc_content(np.stack([encode("ACGT"), encode("GGNN"), encode("NNNN")])).tolist() == [0.5, 1, 0]


def test_kmers_by_hand():
    # AAC and GTT are one k-mer; windows with N are left out.
    counts = baselines.kmer_counts(np.stack([encode("AACNGTT"), encode("GTTTTTT")]), 3).toarray()
    assert counts.shape == (2, 32)
    assert counts.sum(axis=1).tolist() == [2, 5]
    assert counts.max() == 4  # TTT
    assert counts[0].max() == 2


def test_as_many_kmers_as_there_are_up_to_reverse_complement():
    assert baselines.kmer_counts(np.zeros((1, 10), np.int8), 6).shape == (1, (4**6 + 4**3) // 2)


def test_gc_tells_classes_apart_that_differ_in_it_alone():
    dataset = made(rich_in_gc, background)
    assert baselines.gc_baseline(dataset)["auroc"]["bound"] > 0.85


def test_kmers_find_a_motif_that_gc_cannot():
    dataset = made(with_motif, background)
    assert baselines.gc_baseline(dataset)["auroc"]["bound"] == pytest.approx(0.5, abs=0.12)
    assert baselines.kmer_baseline(dataset)["auroc"]["bound"] > 0.85


def test_a_class_with_one_label_has_no_score():
    dataset = made(with_motif, background)
    for labels in dataset.Y.values():
        labels[:] = 1
    assert baselines.gc_baseline(dataset)["auroc"]["bound"] is None
