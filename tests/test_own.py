import numpy as np
import pytest
from conftest import encode
from hypothesis import given
from hypothesis import strategies as st

from expact_utils import own
from expact_utils.errors import InputError
from expact_utils.sequences import read_fasta


def records(tmp_path, *sequences, name="a.fa"):
    path = tmp_path / name
    path.write_text("".join(f">{name}{i}\n{sequence}\n" for i, sequence in enumerate(sequences)))
    return read_fasta(path)


def labelled(number, positives, seed=0, length=50):
    rng = np.random.default_rng(seed)
    labels = (np.arange(number) < positives).astype(np.int8)[:, None]
    return own.Labelled(
        rng.integers(0, 4, (number, length), dtype=np.int8), labels, ["bound"], list(map(str, range(number)))
    )


def dinucleotides(codes):
    return np.bincount(codes[:-1] * 5 + codes[1:], minlength=25)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(0, 2**32 - 1))
def test_a_shuffle_keeps_every_dinucleotide_and_both_ends(bases, seed):
    codes = np.array(bases, np.int8)
    shuffled = own.dinucleotide_shuffle(codes, np.random.default_rng(seed))
    np.testing.assert_array_equal(dinucleotides(shuffled), dinucleotides(codes))
    assert (shuffled[0], shuffled[-1]) == (codes[0], codes[-1])


def test_all_shuffles_of_a_short_sequence_come_up_equally_often():
    # AACACA has the steps AA, AC twice, CA twice: the step AA can be taken at any of the three visits of A.
    rng = np.random.default_rng(0)
    found = ["".join("ACGTN"[base] for base in own.dinucleotide_shuffle(encode("AACACA"), rng)) for _ in range(3000)]
    assert {text: round(found.count(text) / 1000, 0) for text in set(found)} == {"AACACA": 1, "ACAACA": 1, "ACACAA": 1}


def test_a_sequence_in_two_classes_has_both_labels(tmp_path):
    data = own.from_classes(
        {"first": records(tmp_path, "ACGT", "AAAA"), "second": records(tmp_path, "ACGT", "CCCC", name="b.fa")}, 4
    )
    assert data.ids == ["a.fa0", "a.fa1", "b.fa1"]
    assert data.labels.tolist() == [[1, 1], [1, 0], [0, 1]]
    assert data.notes == ["1 sequences are there more than once and were joined"]


def test_cropped_about_the_centre_and_padded_on_both_sides_with_a_note(tmp_path):
    data = own.from_classes({"bound": records(tmp_path, "TTACGTTT", "CG", "GGGG")}, 4)
    assert ["".join("ACGTN"[base] for base in row) for row in data.codes] == ["ACGT", "NCGN", "GGGG"]
    assert data.notes == ["bound: 1 sequences cropped about their centre, 1 padded with N, to 4 nt"]


def test_shuffled_negatives():
    data = own.with_shuffled_negatives(labelled(5, 5), seed=1)
    assert data.labels.ravel().tolist() == [1] * 5 + [0] * 5
    assert data.ids[5] == "0_shuffled"
    assert "dinucleotides shuffled" in data.notes[-1]
    again, other = (own.with_shuffled_negatives(labelled(5, 5), seed=seed).codes for seed in (1, 2))
    assert (again == data.codes).all()
    assert not (other == data.codes).all()


def test_reverse_complements_are_one_group():
    codes = np.stack([encode(text) for text in ("AACG", "CGTT", "AACG", "ACGT", "NACG", "CGTN")])
    groups = own.sequence_groups(codes)
    assert groups[0] == groups[1] == groups[2]
    assert groups[4] == groups[5]
    assert len(set(groups)) == 3


def test_a_random_split_has_its_shares_in_every_class_and_does_not_leak():
    data = labelled(1000, 300)
    data.codes[500:600] = own.COMPLEMENT[data.codes[:100, ::-1]]  # reverse complements of positives among negatives
    split = own.split_at_random(data, seed=0)
    assert np.bincount(split) / 1000 == pytest.approx(own.SHARES, abs=0.03)
    assert np.bincount(split[:300]) / 300 == pytest.approx(own.SHARES, abs=0.03)
    assert (split[:100] == split[500:600]).all()
    assert (own.split_at_random(data, seed=0) == split).all()
    assert not (own.split_at_random(data, seed=1) == split).all()


def test_a_dataset_needs_every_class_in_every_split():
    data = labelled(30, 10)
    dataset = own.as_dataset(data, own.split_at_random(data, 0), "mine", 0)
    assert sum(len(x) for x in dataset.X.values()) == 30
    with pytest.raises(
        InputError, match="the class bound has no positive sequence in the split (valid|test) .2 in all"
    ):
        two = labelled(30, 2)
        own.as_dataset(two, own.split_at_random(two, 0), "mine", 0)
    with pytest.raises(InputError, match="the class bound has no negative sequence in the split train .0 in all"):
        one_class = labelled(30, 30)
        own.as_dataset(one_class, own.split_at_random(one_class, 0), "mine", 0)
