import numpy as np
import pytest

from expact_utils.data import own
from expact_utils.data.labelled import Labelled, as_dataset, from_classes
from expact_utils.data.negatives import with_shuffled_negatives
from expact_utils.data.sequences import read_fasta
from expact_utils.data.splits import at_random
from expact_utils.results import baselines
from expact_utils.run.errors import InputError


def records(tmp_path, *sequences, name="a.fa"):
    path = tmp_path / name
    path.write_text("".join(f">{name}{i}\n{sequence}\n" for i, sequence in enumerate(sequences)))
    return read_fasta(path)


def random_sequences(number, length=120, seed=0):
    return ["".join(row) for row in np.random.default_rng(seed).choice(list("ACGT"), (number, length))]


def fasta(folder, name, sequences, prefix="s"):
    path = folder / name
    path.write_text("".join(f">{prefix}{i}\n{sequence}\n" for i, sequence in enumerate(sequences)))
    return str(path)


def labelled(number, positives, seed=0, length=50):
    rng = np.random.default_rng(seed)
    labels = (np.arange(number) < positives).astype(np.int8)[:, None]
    return Labelled(
        rng.integers(0, 4, (number, length), dtype=np.int8), labels, ["bound"], list(map(str, range(number)))
    )


def test_a_sequence_in_two_classes_has_both_labels(tmp_path):
    data = from_classes(
        {"first": records(tmp_path, "ACGT", "AAAA"), "second": records(tmp_path, "ACGT", "CCCC", name="b.fa")}, 4
    )
    assert data.ids == ["a.fa0", "a.fa1", "b.fa1"]
    assert data.labels.tolist() == [[1, 1], [1, 0], [0, 1]]
    assert data.notes == [
        "1 sequences are there more than once and were joined",
        "1 sequence of more than one class: labelled 1 in each",
    ]


def test_reverse_complements_in_two_classes_are_one_sequence_unless_the_strand_is_single(tmp_path):
    classes = {"first": records(tmp_path, "AACG", "AAAA"), "second": records(tmp_path, "CGTT", "CCCC", name="b.fa")}
    data = from_classes(classes, 4)
    assert data.ids == ["a.fa0", "a.fa1", "b.fa1"]
    assert data.labels.tolist() == [[1, 1], [1, 0], [0, 1]]
    assert data.notes == [
        "1 sequences are there more than once and were joined, 1 of them as reverse complements",
        "1 sequence of more than one class: labelled 1 in each",
    ]
    single = from_classes(classes, 4, norc=True)
    assert single.labels.tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    assert single.notes == []


def test_labels_that_contradict_each_other_are_counted(tmp_path):
    texts = random_sequences(40)
    rows = [(text, i % 2) for i, text in enumerate(texts)]
    reverse = texts[3][::-1].translate(str.maketrans("ACGT", "TGCA"))
    table = tmp_path / "t.csv"
    table.write_text(
        "sequence,y\n" + "".join(f"{t},{y}\n" for t, y in [*rows, (texts[0], 1), (texts[1], 1), (reverse, 0)])
    )
    both, single = (own.load({"table": str(table)}, 0, strand).notes for strand in ("both", "single"))
    assert both[0] == "4 sequences are there more than once, labelled both 1 and 0, as 1"
    assert single[0] == "2 sequences are there more than once, labelled both 1 and 0, as 1"


def test_sequences_that_overlap_others_of_another_class_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    genome = tmp_path / "g.fa"
    genome.write_text("".join(f">chr{i}\n{''.join(rng.choice(list('ACGT'), 9000))}\n" for i in (1, 2, 3)))
    for name, shift in (("a.bed", 0), ("n.bed", 10), ("far.bed", 150)):
        places = ((i, start + shift) for i in (1, 2, 3) for start in range(1000, 8000, 300))
        (tmp_path / name).write_text("".join(f"chr{i}\t{start}\t{start + 120}\n" for i, start in places))
    a, n, far = (str(tmp_path / name) for name in ("a.bed", "n.bed", "far.bed"))
    settings = {"genome": str(genome), "length": 120, "valid": ["chr2"], "test": ["chr3"]}
    [_, note] = own.load(settings | {"classes": {"a": a}, "negatives": n}, 0).notes
    assert note == "72 sequences overlap, on the genome, sequences of a class that is not theirs, as chr1:1010-1130"
    [note] = own.load(settings | {"classes": {"a": a, "n": n}}, 0).notes
    assert note == "144 sequences overlap, on the genome, sequences of a class that is not theirs, as chr1:1000-1120"
    assert own.load(settings | {"classes": {"a": a, "far": far}}, 0).notes == []


def test_cropped_about_the_centre_and_padded_on_both_sides_with_a_note(tmp_path):
    data = from_classes({"bound": records(tmp_path, "TTACGTTT", "CG", "GGGG")}, 4)
    assert ["".join("ACGTN"[base] for base in row) for row in data.codes] == ["ACGT", "NCGN", "GGGG"]
    assert data.notes == [
        "bound: 2 to 8 nt long (median 4); 1 sequences cropped about their centre, 1 padded with N, to 4 nt"
    ]


UNEQUAL = [text[: 110 + 5 * (i % 5)] for i, text in enumerate(random_sequences(40, 130))]  # 8 of each length
UNEQUAL_NOTE = "110 to 130 nt long (median 120); 16 sequences cropped about their centre, 16 padded with N, to 120 nt"


def test_whatever_is_cropped_or_padded_is_noted(tmp_path):
    positives = fasta(tmp_path, "p.fa", random_sequences(40, seed=1))
    unequal = fasta(tmp_path, "n.fa", UNEQUAL)
    of_file = own.load({"classes": {"bound": positives}, "negatives": unequal, "length": 120}, 0)
    assert of_file.notes == [f"n.fa: {UNEQUAL_NOTE}", "negatives: 40 sequences from n.fa"]
    labels, table = tmp_path / "l.csv", tmp_path / "t.csv"
    labels.write_text("id,y\n" + "".join(f"s{i},{i % 2}\n" for i in range(40)))
    table.write_text("sequence,y\n" + "".join(f"{text},{i % 2}\n" for i, text in enumerate(UNEQUAL)))
    assert own.load({"fasta": unequal, "labels": str(labels), "length": 120}, 0).notes == [f"n.fa: {UNEQUAL_NOTE}"]
    assert own.load({"table": str(table), "length": 120}, 0).notes == [f"t.csv: {UNEQUAL_NOTE}"]


def test_sequences_of_n_alone_are_left_out_with_a_count(tmp_path):
    texts = ["N" * 120, *random_sequences(40), "N" * 120]
    negatives = fasta(tmp_path, "n.fa", ["N" * 120, *random_sequences(40, seed=1)], "n")
    classes = {"classes": {"bound": fasta(tmp_path, "p.fa", texts)}, "negatives": negatives}
    (tmp_path / "l.csv").write_text("id,y\n" + "".join(f"s{i},{i % 2}\n" for i in range(42)))
    (tmp_path / "t.csv").write_text("sequence,y\n" + "".join(f"{text},{i % 2}\n" for i, text in enumerate(texts)))
    one_hot = np.eye(5)[[["ACGTN".index(letter) for letter in text] for text in texts]][:, :, :4]
    np.savez(tmp_path / "a.npz", X=one_hot, Y=np.arange(42) % 2)
    labels = {"fasta": str(tmp_path / "p.fa"), "labels": str(tmp_path / "l.csv")}
    table, arrays = {"table": str(tmp_path / "t.csv")}, {"arrays": str(tmp_path / "a.npz")}
    for settings, first, number in ((classes, "s0", 80), (labels, "s0", 40), (table, "1", 40), (arrays, "all0", 40)):
        data = own.load(settings, 0)
        assert total(data)[0] == number
        assert f"left out 2 sequences of N alone, as {first}" in data.notes
    assert "left out 1 sequence of N alone, as n0" in own.load(classes, 0).notes
    with pytest.raises(InputError, match="all sequences, as s0, are of N alone; expected A, C, G and T"):
        own.load({"classes": {"bound": fasta(tmp_path, "p.fa", ["N" * 120] * 9)}, "negatives": "shuffle"}, 0)


def test_a_length_is_that_of_arrays_as_well(tmp_path):
    codes = np.random.default_rng(0).integers(0, 4, (30, 104))
    np.savez(tmp_path / "a.npz", X=np.eye(4)[codes], Y=np.arange(30) % 2)
    padded, cropped = (own.load({"arrays": str(tmp_path / "a.npz"), "length": length}, 0) for length in (108, 100))
    assert padded.notes == ["a.npz: 104 nt long; 0 sequences cropped about their centre, 30 padded with N, to 108 nt"]
    assert (padded.length, cropped.length) == (108, 100)
    row = int(cropped.names["train"][0].removeprefix("all"))
    assert cropped.X["train"][0].tolist() == codes[row, 2:102].tolist()
    assert padded.X["train"][0].tolist() == [4, 4, *codes[int(padded.names["train"][0].removeprefix("all"))], 4, 4]


def test_shuffled_negatives():
    split = np.array([0, 0, 0, 1, 2])
    data, splits = with_shuffled_negatives(labelled(5, 5), split, seed=1)
    assert data.labels.ravel().tolist() == [1] * 5 + [0] * 5
    assert splits.tolist() == [0, 0, 0, 1, 2] * 2
    assert data.ids[5] == "0_shuffled"
    assert "dinucleotides shuffled" in data.notes[-1]
    again, other = (with_shuffled_negatives(labelled(5, 5), split, seed=seed)[0].codes for seed in (1, 2))
    assert (again == data.codes).all()
    assert not (other == data.codes).all()


def of_texts(*texts):
    codes = np.array([["ACGTN".index(letter) for letter in text] for text in texts], np.int8)
    return Labelled(codes, np.ones((len(texts), 1), np.int8), ["bound"], [f"s{i}" for i in range(len(texts))])


def test_a_shuffled_negative_that_is_a_positive_is_left_out():
    """Repeats of one or two letters have no other order, or only that of their reverse complement."""
    texts = ["A" * 20, "CA" * 10, "ACGTTGCATGCCATTGACGT", "GT" * 10]
    data, split = with_shuffled_negatives(of_texts(*texts), np.array([0, 1, 2, 0]), seed=0)
    assert data.ids == ["s0", "s1", "s2", "s3", "s2_shuffled"]
    assert split.tolist() == [0, 1, 2, 0, 2]
    assert data.notes[-1] == "left out 3 shuffled negatives with the same letters as a positive, as repeats have"
    with pytest.raises(InputError, match="no sequence has another order of its dinucleotides; give a file of neg"):
        with_shuffled_negatives(of_texts(*texts[:2]), np.array([0, 1]), seed=0)


def test_a_shuffled_negative_has_its_positives_length_padding_n_and_split(tmp_path):
    """1,200 random 20-mers, padded to 100: nothing but the order of their letters tells the classes apart."""
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACGT"), 20)) for _ in range(1200)]
    texts[0] = texts[0][:10] + "N" + texts[0][11:]
    dataset = own.load({"classes": {"pool": fasta(tmp_path, "p.fa", texts)}, "negatives": "shuffle", "length": 100}, 0)
    for split, codes in dataset.X.items():
        positives, negatives = np.split(codes, 2)
        assert (dataset.Y[split][:, 0] == np.repeat([1, 0], len(positives))).all()
        assert [f"{name}_shuffled" for name in dataset.names[split][: len(positives)]] == dataset.names[split][
            len(positives) :
        ]
        np.testing.assert_array_equal(positives == 4, negatives == 4)
        for base in range(4):
            np.testing.assert_array_equal((positives == base).sum(axis=1), (negatives == base).sum(axis=1))
    found = baselines.table(dataset)
    assert found["auroc"].between(0.43, 0.57).all(), found


def test_noise_of_two_lengths_is_told(tmp_path):
    rng = np.random.default_rng(0)
    of_length = {n: ["".join(rng.choice(list("ACGT"), n)) for _ in range(300)] for n in (120, 90)}
    classes = {f"n{n}": fasta(tmp_path, f"{n}.fa", texts, f"n{n}_") for n, texts in of_length.items()}
    found = baselines.table(own.load({"classes": classes, "length": 120}, 0))
    assert (found.loc[found["baseline"] == "length and N", "auroc"] == 1).all()
    assert "tell classes apart: n120 (auROC 1.00), n90 (auROC 1.00)" in baselines.warning(found)


def test_peaks_with_several_summits_do_not_leak(tmp_path):
    """240 regions of a random genome with six summits each, 20 nt apart, in two classes that mean nothing."""
    rng = np.random.default_rng(0)
    (tmp_path / "g.fa").write_text(">chr1\n" + "".join(rng.choice(list("ACGT"), 750_000)) + "\n")
    for name, first in (("a", 0), ("b", 1)):
        places = [3000 * i + 1000 + 20 * j for i in range(first, 240, 2) for j in range(6)]
        (tmp_path / f"{name}.bed").write_text("".join(f"chr1\t{at}\t{at + 200}\n" for at in places))
    classes = {name: str(tmp_path / f"{name}.bed") for name in "ab"}
    dataset = own.load({"classes": classes, "genome": str(tmp_path / "g.fa"), "length": 200}, 0)
    assert total(dataset)[0] == 1440
    assert any("1440 sequences overlap, or are nearly the same" in note for note in dataset.notes)
    assert baselines.table(dataset).groupby("baseline")["auroc"].mean()["6-mers"] == pytest.approx(0.5, abs=0.2)


def test_a_dataset_needs_every_class_in_every_split():
    data = labelled(30, 10)
    dataset = as_dataset(data, at_random(np.arange(30), data.labels, 0), "mine", 0)
    assert sum(len(x) for x in dataset.X.values()) == 30
    with pytest.raises(InputError, match="the class bound has no positive sequence in the split valid, of 10 in all"):
        as_dataset(data, np.repeat([0, 1, 2], 10), "mine", 0)
    with pytest.raises(InputError, match="no sequence is left for the split test"):
        as_dataset(data, np.arange(30) % 2, "mine", 0)


def total(dataset):
    return sum(len(labels) for labels in dataset.Y.values()), sum(int(labels.sum()) for labels in dataset.Y.values())


def test_a_file_of_positives_and_one_of_negatives(tmp_path):
    positives, negatives = random_sequences(40), random_sequences(60, seed=1)
    both = positives[0]
    settings = {
        "classes": {"bound": fasta(tmp_path, "p.fa", positives)},
        "negatives": fasta(tmp_path, "n.fa", [*negatives, both], "n"),
    }
    dataset = own.load(settings, seed=0)
    assert dataset.class_names == ["bound"]
    assert total(dataset) == (100, 40)
    assert dataset.length == 120
    assert dataset.notes == [
        "negatives: 60 sequences from n.fa",
        "left out 1 negative found among the positives too, or as their reverse complements",
    ]
    assert set(dataset.names["train"]) <= {f"s{i}" for i in range(40)} | {f"n{i}" for i in range(61)}


def test_shuffled_negatives_by_one_word(tmp_path):
    dataset = own.load({"classes": {"bound": fasta(tmp_path, "p.fa", random_sequences(40))}, "negatives": "shuffle"}, 0)
    assert total(dataset) == (80, 40)


def test_several_classes_need_no_negatives(tmp_path):
    settings = {
        "classes": {name: fasta(tmp_path, f"{name}.fa", random_sequences(30, seed=i)) for i, name in enumerate("ab")}
    }
    assert total(own.load(settings, 0)) == (60, 60)


def test_labels_in_a_table_of_their_own(tmp_path):
    path = fasta(tmp_path, "a.fa", random_sequences(40))
    table = tmp_path / "labels.csv"
    table.write_text("id,first,second\n" + "".join(f"s{i},{i % 2},{i // 20}\n" for i in range(40)))
    dataset = own.load({"fasta": path, "labels": str(table)}, 0)
    split = {f"s{i}": ("train", "valid", "test")[i // 2 % 3] for i in range(40)}
    rows = table.read_text().splitlines()
    with_splits = tmp_path / "splits.csv"
    with_splits.write_text("\n".join(f"{row},{split.get(row.split(',')[0], 'fold')}" for row in rows))
    for names in own.load({"fasta": path, "labels": str(with_splits), "split_column": "fold"}, 0).names.items():
        assert names[1] == [name for name in split if split[name] == names[0]]
    assert dataset.class_names == ["first", "second"]
    row = dataset.names["test"].index(next(name for name in dataset.names["test"]))
    number = int(dataset.names["test"][row][1:])
    assert dataset.Y["test"][row].tolist() == [number % 2, number // 20]


def test_labels_go_by_the_name_before_a_place(tmp_path):
    """Of UCSC's table browser, two of one place; and of bedtools."""
    texts = random_sequences(40)
    headers = [f"u{i} range=chr1:{1000 * (i // 2) + 101}-{1000 * (i // 2) + 220} strand=-" for i in range(20)]
    headers += [f"b{i}::chr2:{1000 * i}-{1000 * i + 120}" for i in range(20)]
    path, labels = tmp_path / "a.fa", tmp_path / "l.csv"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in zip(headers, texts, strict=True)))
    rows = [f"u{i},{i % 2}" for i in range(20)] + [f"b{i},{i % 2}" for i in range(19)] + ["b19::chr2:19000-19120,1"]
    labels.write_text("peak,y\n" + "\n".join(rows) + "\n")
    dataset = own.load({"fasta": str(path), "labels": str(labels), "id_column": "peak"}, 0)
    found = {
        name: int(y[0])
        for split, names in dataset.names.items()
        for name, y in zip(names, dataset.Y[split], strict=True)
    }
    assert total(dataset) == (40, 20)
    assert (found["u3::chr1:1100-1220(-)"], found["u4::chr1:2100-2220(-)"]) == (1, 0)
    assert (found["b18::chr2:18000-18120"], found["b19::chr2:19000-19120"]) == (0, 1)


def test_a_label_is_only_of_the_record_it_names(tmp_path):
    """Before `::` is a name only where a place follows; and a record that is named in full is taken."""
    labels = tmp_path / "l.csv"
    for names, rows in ((["ARNT::HIF1A"], ["ARNT"]), (["p::chr1:0-120"], ["p::chr1:0-120", "p"])):
        path = tmp_path / "a.fa"
        path.write_text("".join(f">{name}\n{text}\n" for name, text in zip(names, random_sequences(1), strict=True)))
        labels.write_text("id,y\n" + "".join(f"{name},1\n" for name in rows))
        with pytest.raises(InputError, match=f"(has no row for {names[0]} of|has no sequence for {rows[-1]} of)"):
            own.load({"fasta": str(path), "labels": str(labels)}, 0)


def test_lengths_of_a_table_whose_columns_are_named(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("id,name,seq,Sequence,y\n1,a,ACGT,ACGTA,0\n")
    settings = {"table": str(table), "sequence_column": "Sequence"}
    assert own.lengths(settings | {"id_column": "name"}).tolist() == [5]
    with pytest.raises(
        InputError,
        match="a.csv has the columns id and name; .* id_column, or --id-column of expact init, names the one to take",
    ):
        own.lengths(settings)


def test_a_table_with_splits_and_a_leak(tmp_path):
    sequences = random_sequences(30)
    sequences[29] = sequences[0][::-1].translate(str.maketrans("ACGT", "TGCA"))  # train and test
    splits = ["train"] * 20 + ["valid"] * 5 + ["test"] * 5
    table = tmp_path / "a.tsv"
    rows = zip(sequences, splits, strict=True)
    table.write_text("sequence\tbound\tsplit\n" + "".join(f"{s}\t{i % 2}\t{w}\n" for i, (s, w) in enumerate(rows)))
    dataset = own.load({"table": str(table)}, 0)  # a column of that name is taken for it
    assert [len(x) for x in dataset.X.values()] == [19, 5, 5]
    assert dataset.notes == [
        "2 sequences are there more than once, labelled both 1 and 0, as 1",
        "left out 1 sequence found in another split too, or as their reverse complements",
    ]


def test_regions_split_by_chromosome_with_gc_matched_negatives(tmp_path):
    rng = np.random.default_rng(0)
    genome = tmp_path / "genome.fa"
    genome.write_text("".join(f">chr{i}\n{''.join(rng.choice(list('ACGT'), 30000))}\n" for i in (1, 2, 3)))
    bed = tmp_path / "peaks.bed"
    bed.write_text("".join(f"chr{i}\t{start}\t{start + 80}\n" for i in (1, 2, 3) for start in range(1000, 5000, 400)))
    settings = {"classes": {"bound": str(bed)}, "genome": str(genome), "length": 120, "negatives": "gc"}
    assert own.lengths(settings).tolist() == [80] * 30
    dataset = own.load(settings | {"valid": ["chr2"], "test": ["chr3"]}, 0)
    assert total(dataset) == (60, 30)
    assert all(name.startswith("chr3:") for name in dataset.names["test"])
    assert dataset.notes == [
        "peaks.bed: regions are 80 nt long; windows of 120 nt about their middles",
        "negatives: 30 windows of the genome outside the regions, matched by GC content",
    ]


def test_one_hot_arrays_in_their_own_splits(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {}
    for split, number in (("train", 20), ("valid", 6), ("test", 8)):
        arrays[f"X_{split}"] = np.eye(4)[rng.integers(0, 4, (number, 120))].swapaxes(1, 2)
        arrays[f"Y_{split}"] = np.arange(number)[:, None] % 2
    np.savez(tmp_path / "a.npz", **arrays)
    dataset = own.load({"arrays": str(tmp_path / "a.npz")}, 0)
    assert [len(x) for x in dataset.X.values()] == [20, 6, 8]
    assert dataset.class_names == ["positive"]


def test_arrays_without_a_validation_set(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {}
    for split, number in (("train", 80), ("test", 20)):
        arrays[f"X_{split}"] = np.eye(4)[rng.integers(0, 4, (number, 120))]
        arrays[f"Y_{split}"] = np.arange(number)[:, None] % 2
    np.savez(tmp_path / "a.npz", **arrays)
    dataset = own.load({"arrays": str(tmp_path / "a.npz")}, 0)
    assert [len(x) for x in dataset.X.values()] == [70, 10, 20]
    assert dataset.Y["valid"].sum() == 5
    assert dataset.notes == ["a.npz has no validation set: 10 sequences were taken from training for it"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "own has no data; expected one of classes, fasta, table, arrays"),
        ({"fasta": "a.fa", "table": "b.tsv"}, "own has fasta and table; expected one of"),
        ({"fasta": "a.fa"}, "own has fasta without labels"),
        ({"classes": {"bound": "peaks.bed"}}, "peaks.bed holds regions; expected genome, its FASTA file, and length"),
        (
            {"classes": {"bound": "{good}"}, "negatives": "gc"},
            "negatives: gc draws from a genome; expected classes of BED",
        ),
        ({"classes": {"bound": "{good}"}}, "the class bound has 0 negative sequences; expected at least 3"),
        (
            {"classes": {"bound": "{few}"}, "negatives": "shuffle"},
            "the class bound has 2 positive sequences; expected at least 3",
        ),
        ({"classes": {"bound": "{unequal}"}}, "sequences are 90 to 250 nt long; give length, .*their median is 120"),
        ({"classes": {"bound": "{short}"}}, "sequences are 12 nt long; give length: 20, or more, to pad them"),
        (
            {"classes": {"bound": "{good}"}, "negatives": "shuffle", "test": ["chr9"]},
            "test names chr9, of which there is no sequence; expected names",
        ),
        ({"fasta": "{good}", "labels": "{other}"}, "labels.tsv has no row for s0 of .*good.fa .30 such sequences."),
        (
            {"fasta": "{twice}", "labels": "{other}"},
            "twice.fa names s0 twice .records 1 and 2.; labels need unique IDs",
        ),
        (
            {"table": "{table}", "label_columns": ["note", "bound"]},
            "note of a is 'x'; expected a label, 0 or 1 .label_columns, or --label-column of expact init, names the columns",
        ),
        ({"table": "{table}", "label_columns": ["bond"]}, "table.tsv has no column bond; it has note, bound"),
        ({"table": "{table}", "label_columns": ["bound"]}, "bound of b is '2'; expected a label, 0 or 1"),
        ({"table": "{table}", "split_column": "fold"}, "table.tsv has no column fold; it has note, bound"),
        ({"table": "{table}", "negatives": "shuffle"}, "own: negatives goes with classes, not with table"),
        ({"fasta": "{good}", "labels": "{other}", "id_column": "x"}, "labels.tsv has no column x; its header has id"),
        ({"classes": {"bound": "{good}"}, "id_column": "x"}, "own: id_column goes with fasta or table, not with cl"),
        ({"arrays": "a.npz", "valid": ["chr8"]}, "own: valid goes with classes or fasta or table, not with arrays"),
        ({"classes": {"bound": "{good}"}, "genome": "g.fa"}, "own: genome goes with files of regions .*there are none"),
        ({"table": "{split}", "test": ["chr1"]}, "valid and test name chromosomes, and a column says the splits"),
        ({"classes": {"bound": "{good}"}, "negatives": "{good}"}, "all negatives of good.fa are positives as well"),
        ({"classes": {"bound": "{good}"}, "negatives": "{short}"}, "sequences are 12 to 120 nt long; give length"),
        ({"arrays": "{arrays}"}, "sequences are 15 nt long; give length: 20, or more, to pad them"),
    ],
)
def test_bad_settings_get_one_sentence(tmp_path, settings, sentence):
    good = random_sequences(30)
    files = {
        "{good}": fasta(tmp_path, "good.fa", good),
        "{few}": fasta(tmp_path, "few.fa", good[:2]),
        "{unequal}": fasta(tmp_path, "unequal.fa", [good[0][:90], good[1], good[2] * 2 + "ACGTACGTAC"]),
        "{short}": fasta(tmp_path, "short.fa", [text[:12] for text in good]),
        "{twice}": str(tmp_path / "twice.fa"),
        "{other}": str(tmp_path / "labels.tsv"),
        "{table}": str(tmp_path / "table.tsv"),
        "{split}": str(tmp_path / "split.csv"),
        "{arrays}": str(tmp_path / "a.npz"),
    }
    (tmp_path / "twice.fa").write_text(f">s0\n{good[0]}\n>s0\n{good[1]}\n")
    (tmp_path / "labels.tsv").write_text("id\tbound\nelsewhere\t1\n")
    (tmp_path / "table.tsv").write_text(f"sequence\tname\tnote\tbound\n{good[0]}\ta\tx\t1\n{good[1]}\tb\tx\t2\n")
    (tmp_path / "split.csv").write_text(f"sequence,bound,split\n{good[0]},1,train\n{good[1]},0,test\n")
    np.savez(tmp_path / "a.npz", X=np.eye(4)[np.zeros((9, 15), int)], Y=np.arange(9) % 2)

    def filled(value):
        if isinstance(value, dict):
            return {key: filled(of) for key, of in value.items()}
        return files.get(value, value) if isinstance(value, str) else value

    with pytest.raises(InputError, match=sentence) as caught:
        own.load(filled(settings), 0)
    assert "\n" not in str(caught.value)
