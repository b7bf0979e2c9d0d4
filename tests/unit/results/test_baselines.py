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


def auroc_of(dataset, name):
    return baselines.table(dataset).set_index("baseline")["auroc"][name]


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
    counts = baselines.kmer_counts(np.stack([encode("AACNGTT"), encode("GTTTTTT")]), (0, 1, 2)).toarray()
    assert counts.shape == (2, 32)
    assert counts.sum(axis=1).tolist() == [2, 5]
    assert counts.max() == 4  # TTT
    assert counts[0].max() == 2


def test_as_many_kmers_as_there_are_up_to_reverse_complement():
    assert baselines.kmer_counts(np.zeros((1, 10), np.int8)).shape == (1, (4**6 + 4**3) // 2)


def test_gapped_kmers_by_hand():
    """Letters at 0 and 2 are the same backwards: of ACGT A.G, and C.T, which is A.G on the other strand."""
    counts = baselines.kmer_counts(encode("ACGT")[None], (0, 2)).toarray()[0]
    assert sorted(counts[counts > 0].tolist()) == [2]
    assert len(counts) == (4**2 + 4) // 2
    # At 0, 1 and 3 they are not: AC.T of the sequence, and AC.T of its reverse complement, ACGT as well.
    counts = baselines.kmer_counts(encode("ACGT")[None], (0, 1, 3)).toarray()[0]
    assert np.flatnonzero(counts).tolist() == [0 * 16 + 1 * 4 + 3]
    assert counts.sum() == 2
    turned = baselines.kmer_counts(encode("TTACCGNA")[None], (0, 1, 3)).toarray()
    assert (turned == baselines.kmer_counts(encode("TNCGGTAA")[None], (0, 1, 3)).toarray()).all()


def test_gapped_kmers_find_a_motif_of_two_halves():
    def of_two_halves(rng):
        codes = background(rng)
        start = rng.integers(0, 50)
        codes[start : start + 3], codes[start + 5 : start + 8] = encode("TGC"), encode("GCA")
        return codes

    dataset = made(of_two_halves, background)
    assert auroc_of(dataset, "gapped 6-mers") > 0.85


def shorter(rng):
    codes = background(rng)
    codes[:5] = codes[55:] = 4
    return codes


def test_lengths_tell_classes_apart_and_a_warning_says_so():
    found = baselines.table(made(shorter, background))
    assert list(found["baseline"]) == ["length and N", "GC content", "6-mers", "gapped 6-mers"]
    assert found.set_index("baseline").loc["length and N", "auroc"] == 1
    assert "tell classes apart: bound (auROC 1.00)" in baselines.warning(found)
    same = baselines.table(made(shorter, shorter))
    assert same["auroc"].between(0.35, 0.65).all()
    assert baselines.warning(same) == ""


def test_lengths_that_differ_in_spread_alone_tell_classes_apart():
    """50 known letters, or else 40 or 60: the same in the mean, which a line through lengths would not tell."""

    def middling(rng):
        codes = background(rng)
        codes[:5] = codes[55:] = 4
        return codes

    def extreme(rng):
        codes = background(rng)
        if rng.random() < 0.5:
            codes[:10] = codes[50:] = 4
        return codes

    assert auroc_of(made(extreme, middling), "length and N") == 1


def test_the_place_of_padding_is_seen_where_lengths_are_alike():
    def left(rng):
        return np.concatenate([background(rng)[:50], np.full(10, 4)])

    def right(rng):
        return np.concatenate([np.full(10, 4), background(rng)[:50]])

    assert auroc_of(made(left, right), "length and N") == 1


def test_gc_tells_classes_apart_that_differ_in_it_alone():
    dataset = made(rich_in_gc, background)
    assert auroc_of(dataset, "GC content") > 0.85


def test_kmers_find_a_motif_that_gc_cannot():
    dataset = made(with_motif, background)
    assert auroc_of(dataset, "GC content") == pytest.approx(0.5, abs=0.12)
    assert auroc_of(dataset, "6-mers") > 0.85


def test_a_class_with_one_label_has_no_score():
    dataset = made(with_motif, background)
    for labels in dataset.Y.values():
        labels[:] = 1
    assert auroc_of(dataset, "GC content") is None


def numbers_of(data):
    """The class as a number, with some noise, of which a tenth is missing; and one that is noise alone."""
    rng = np.random.default_rng(3)
    for split, Y in data.Y.items():
        of_class = np.where(rng.random(len(Y)) < 0.1, np.nan, Y[:, 0] + rng.normal(0, 0.2, len(Y)))
        data.Y[split] = np.stack([of_class, rng.normal(size=len(Y))], axis=1).astype(np.float32)
    data.class_names = ["activity", "noise"]
    return data


def test_a_ridge_regression_finds_a_motif_s_number_and_nothing_in_noise():
    table = baselines.table(numbers_of(made(with_motif, background))).set_index(["baseline", "class"])
    assert list(table.columns) == ["pearson", "spearman"]
    assert table["pearson"]["6-mers", "activity"] > 0.8
    assert abs(table["pearson"]["GC content", "activity"]) < 0.3
    assert table["pearson"].xs("noise", level="class").abs().max() < 0.2
    assert baselines.warning(table.reset_index()) == ""


def test_missing_labels_of_a_class_are_not_counted():
    data = made(with_motif, background)
    for Y in data.Y.values():
        Y[::3] = -1
    assert auroc_of(data, "6-mers") > 0.9


def on_one_strand(codes):
    """Of two motifs that are each other's reverse complement, one in the positives and the other in the negatives."""

    def draw(rng):
        found, start = background(rng), rng.integers(0, 50)
        found[start : start + 8] = encode(codes)
        return found

    return draw


def test_of_rna_kmers_are_those_of_one_strand():
    data = made(on_one_strand("TGACTCAT"), on_one_strand("ATGAGTCA"))
    both = baselines.table(data).set_index("baseline")["auroc"]
    single = baselines.table(data, norc=True).set_index("baseline")["auroc"]
    for name in ("6-mers", "gapped 6-mers"):
        assert abs(both[name] - 0.5) < 0.15
        assert single[name] > 0.95
    assert both["GC content"] == single["GC content"]
