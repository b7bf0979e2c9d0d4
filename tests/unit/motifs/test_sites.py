from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from support import encode

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.data.regions import coordinates
from expact_utils.data.sequences import Records
from expact_utils.dna.letters import one_hot
from expact_utils.motifs import filters, sites
from expact_utils.run.errors import InputError

MOTIF = "GATTA"
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def network(length: int, activation: str = "relu", seeing: int = 1) -> keras.Model:
    """The first filters score +1 a base of the motif; the last is -1 everywhere, and dead under ReLU."""
    sequence = keras.Input((length, 4))
    convolution = keras.layers.Conv1D(seeing + 1, len(MOTIF), padding="same", use_bias=False)
    model = keras.Model(sequence, keras.layers.Activation(activation)(convolution(sequence)))
    kernel = np.full((len(MOTIF), 4, seeing + 1), -1.0)
    kernel[:, :, :seeing] = np.eye(4)[encode(MOTIF)][:, :, None]
    convolution.set_weights([kernel])
    return model


def with_motifs(*starts: list[int], length: int = 20) -> np.ndarray:
    """Sequences of C with the motif at these starts; what hangs over an end is cut."""
    codes = np.full((len(starts), length + 2 * len(MOTIF)), encode("C")[0])
    for row, of_row in enumerate(starts):
        for start in of_row:
            codes[row, start + len(MOTIF) : start + 2 * len(MOTIF)] = encode(MOTIF)
    return codes[:, len(MOTIF) : -len(MOTIF)]


def dataset_of(train: np.ndarray, valid: np.ndarray, test: np.ndarray, names=None) -> Dataset:
    X = {"train": train, "valid": valid, "test": test}
    Y = {split: np.zeros((len(of), 1), np.int8) for split, of in X.items()}
    return Dataset(X, Y, ["class"], "test", 0, names=names or {})


def planted() -> Dataset:
    """Whole motifs but for one that the start cuts in train (4 of 5 bases) and GATT at 10 in test, named on chr1."""
    test = with_motifs([7], [15], [])
    test[2, 10:14] = encode("GATT")
    names = {"test": ["chr1:100-120", "chr1:100-120(-)", "peak"]}
    return dataset_of(with_motifs([0], [-1], []), with_motifs([]), test, names)


def found_in(dataset: Dataset, **changes) -> pd.DataFrame:
    model = network(dataset.length)
    return sites.find(model, dataset, replace(filters.extract(model, dataset.X["test"]), **changes))


def test_planted_motifs_are_found_where_they_are():
    found = found_in(planted())
    assert found.dtypes.astype(str).to_dict() == sites.SITES
    rows = found.drop(columns=["chromosome", "chromosome_start", "chromosome_end", "chromosome_strand"])
    assert rows.to_numpy().tolist() == [
        ["filter0", "train", 0, "train0", 0, 5, "+", 1.0],
        ["filter0", "test", 0, "chr1:100-120", 7, 12, "+", 1.0],
        ["filter0", "test", 1, "chr1:100-120(-)", 15, 20, "+", 1.0],
        ["filter0", "test", 2, "peak", 10, 15, "+", pytest.approx(0.8)],
    ]
    on_chromosomes = found[["chromosome", "chromosome_start", "chromosome_end", "chromosome_strand"]]
    assert on_chromosomes.dropna().to_numpy().tolist() == [["chr1", 107, 112, "+"], ["chr1", 100, 105, "-"]]


def test_sites_are_as_wide_as_the_motif():
    found = found_in(planted(), clip=np.array([[1, 4], [0, 5]]))
    assert found[["start", "end"]].to_numpy().tolist() == [[1, 4], [8, 11], [16, 19], [11, 14]]
    assert found["chromosome_start"].dropna().tolist() == [108, 101]  # on the other strand from 120 - 19


def test_the_threshold_is_the_filters_own():
    assert found_in(planted(), threshold=0.9)["activation"].tolist() == [1, 1, 1]


def test_more_active_than_on_the_test_set():
    dataset = dataset_of(with_motifs([7]), with_motifs([]), planted().X["test"][2:])
    found = found_in(dataset)
    assert found[["split", "activation"]].to_numpy().tolist() == [["train", 1.25], ["test", 1.0]]


@pytest.mark.parametrize("protocol", ["preprint2019", "journal2020"])
@pytest.mark.parametrize("activation", ["relu", "exponential"])
def test_as_many_sites_as_the_motif_was_made_of(protocol, activation):
    rng = np.random.default_rng(5)
    dataset = dataset_of(*(rng.integers(0, 4, (n, 60), dtype=np.int8) for n in (30, 10, 700)))
    model = network(60, activation)
    extracted = filters.extract(model, dataset.X["test"], protocol=protocol)
    found = sites.find(model, dataset, extracted, protocol)
    counts = found[found["split"] == "test"].groupby("filter").size()
    expected = {f"filter{i}": number for i, number in enumerate(extracted.sites) if number}
    assert counts.to_dict() == expected
    pfm = extracted.pfms[0][slice(*extracted.clip[0])]
    of_filter = found[(found["split"] == "test") & (found["filter"] == "filter0")]
    windows = [
        dataset.X["test"][row, start:end] for row, start, end in of_filter[["sequence", "start", "end"]].to_numpy()
    ]
    np.testing.assert_allclose(one_hot(np.array(windows)).mean(axis=0), pfm, atol=1e-6)


def test_blocks_do_not_matter(tmp_path, monkeypatch):
    dataset = planted()
    whole = found_in(dataset)
    monkeypatch.setattr(sites, "BLOCK", 1)
    pd.testing.assert_frame_equal(found_in(dataset), whole)
    monkeypatch.setattr(datasets, "IN_MEMORY", 0)  # all arrays stay in their file
    datasets.write(tmp_path / "data.h5", dataset)
    model = network(20)
    stored = datasets.read(tmp_path / "data.h5")
    pd.testing.assert_frame_equal(sites.find(model, stored, filters.extract(model, dataset.X["test"])), whole)


def test_filters_of_another_protocol():
    model, dataset = network(60), dataset_of(*[with_motifs([30], length=60)] * 3)
    extracted = filters.extract(model, dataset.X["test"], protocol="journal2020")
    with pytest.raises(InputError, match="the filters are 20 positions wide; expected 5, as under preprint2019"):
        sites.find(model, dataset, extracted)


@pytest.mark.parametrize(
    ("name", "site", "expected"),
    [
        ("chr1:100-120", (7, 12), ("chr1", 107, 112, "+")),
        ("chr1:100-120(-)", (7, 12), ("chr1", 108, 113, "-")),
        # 25 nt cropped to 20: 2 off at the left, 3 at the right.
        ("peak7::chr1:100-125", (7, 12), ("chr1", 109, 114, "+")),
        ("chr1:100-125(-)", (7, 12), ("chr1", 111, 116, "-")),
        ("chr1:100-125(+)", (15, 20), ("chr1", 117, 122, "+")),
        # 15 nt padded to 20: 2 N at the left, 3 at the right.
        ("chr1:100-115", (7, 12), ("chr1", 105, 110, "+")),
        ("chr1:100-115(-)", (7, 12), ("chr1", 105, 110, "-")),
        ("chr1:100-115(-)", (2, 7), ("chr1", 110, 115, "-")),
        ("chr1:100-115", (1, 6), None),
        ("chr1:100-115", (12, 17), ("chr1", 110, 115, "+")),
        ("chr1:100-115", (13, 18), None),
    ],
)
def test_places_on_the_chromosome(name, site, expected):
    assert sites.place(coordinates(name), 20, *site) == expected


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("own", range(15, 26))
def test_the_chromosome_has_the_site_s_letters(own, strand):
    rng = np.random.default_rng(own)
    chromosome = "".join(rng.choice(list("ACGT"), 60))
    letters = chromosome[10 : 10 + own]
    if strand == "-":
        letters = letters.translate(COMPLEMENT)[::-1]
    [codes] = Records(["one"], np.frombuffer(letters.encode(), np.uint8), np.array([own])).fitted(20)
    fitted = "".join("ACGTN"[code] for code in codes)
    for at in range(16):
        place = sites.place(("chr1", 10, 10 + own, strand), 20, at, at + 5)
        assert (place is None) == ("N" in fitted[at : at + 5])
        if place:
            there = chromosome[place[1] : place[2]]
            assert fitted[at : at + 5] == (there if strand == "+" else there.translate(COMPLEMENT)[::-1])


def test_letters_beyond_the_stated_end_leave_the_site_without_a_place():
    # samtools counts from 1 and includes the end, so its chr1:101-120 is 20 nt long, not 19.
    names = {"test": ["chr1:101-120", "chr1:101-120"]}
    test = with_motifs([7], [7])
    test[1, 19] = encode("N")[0]
    found = found_in(dataset_of(with_motifs([]), with_motifs([]), test, names))
    assert found["chromosome_start"].isna().tolist() == [True, False]


def test_bed(tmp_path):
    dataset = planted()
    dataset.names["test"] = ["chr2:50-70", "chr10:900-920(-)", "chr2:30-50"]
    dataset.X["test"][0, 8] = encode("C")[0]  # four of five bases
    found = found_in(dataset)
    assert sites.write_bed(tmp_path / "sites.bed", found) == 3
    # The third is GATT at 10 of 30-50.
    assert (tmp_path / "sites.bed").read_text() == (
        "chr10\t900\t905\tfilter0\t1000\t-\nchr2\t40\t45\tfilter0\t800\t+\nchr2\t57\t62\tfilter0\t800\t+\n"
    )


def test_scores_of_bed_end_at_1000(tmp_path):
    names = {"train": ["chr1:0-20"], "valid": ["chr1:0-20"], "test": ["chr1:0-20"]}
    found = found_in(dataset_of(with_motifs([7]), with_motifs([]), planted().X["test"][2:], names))
    sites.write_bed(tmp_path / "sites.bed", found)
    assert [line.split("\t")[4] for line in (tmp_path / "sites.bed").read_text().splitlines()] == ["1000", "1000"]


def test_a_bed_of_nothing(tmp_path):
    dataset = replace(planted(), names={})
    assert sites.write_bed(tmp_path / "sites.bed", found_in(dataset)) == 0
    assert (tmp_path / "sites.bed").read_text() == ""


def test_tsv(tmp_path):
    dataset = planted()
    dataset.names["test"] = ["chr1:100-120", 'a\t"b"\nc\r\x85d', "peak,7"]
    sites.write_tsv(tmp_path / "sites.tsv", found_in(dataset))
    lines = (tmp_path / "sites.tsv").read_text().split("\n")
    assert lines[0].split("\t") == list(sites.SITES)
    assert lines[1:] == [
        "filter0\ttrain\t0\ttrain0\t0\t5\t+\t1.0000\t\t\t\t",
        "filter0\ttest\t0\tchr1:100-120\t7\t12\t+\t1.0000\tchr1\t107\t112\t+",
        'filter0\ttest\t1\ta "b" c  d\t15\t20\t+\t1.0000\t\t\t\t',
        "filter0\ttest\t2\tpeak,7\t10\t15\t+\t0.8000\t\t\t\t",
        "",
    ]


def test_no_site_at_all(tmp_path):
    found = found_in(dataset_of(*[with_motifs([])] * 3))
    assert len(found) == 0
    assert found.dtypes.astype(str).to_dict() == sites.SITES
    assert sites.write_bed(tmp_path / "sites.bed", found) == 0
    assert sites.positions(found, 20).shape == (0, 50)


def test_filters_are_sorted_by_number():
    model, dataset = network(20, seeing=11), planted()
    found = sites.find(model, dataset, filters.extract(model, dataset.X["test"]))
    assert found["filter"].drop_duplicates().tolist() == [f"filter{i}" for i in range(11)]
    assert found["split"].tolist()[:5] == ["train", "test", "test", "test", "train"]


def test_positions():
    table = pd.DataFrame(
        [("filter2", 0, 5), ("filter2", 15, 20), ("filter0", 5, 15), ("filter2", 0, 9)],
        columns=["filter", "start", "end"],
    )
    counts = sites.positions(table, 20, bins=4)  # centres at 2.5 and 17.5; 10; 4.5
    assert counts.index.tolist() == ["filter2", "filter0"]
    assert counts.columns.tolist() == [2.5, 7.5, 12.5, 17.5]
    assert counts.to_numpy().tolist() == [[2, 0, 0, 1], [0, 0, 1, 0]]
