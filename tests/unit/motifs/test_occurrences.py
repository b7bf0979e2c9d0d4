"""Sites of motifs, on either strand and on chromosomes, by hand."""

import numpy as np
from support import encode

from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import occurrences

MOTIF = Motif("motif1", "TGACGT", np.eye(4)[encode("TGACGT")], 20)


def dataset():
    """A site on the given strand, one on the other, of a chromosome's other strand, and none; two nt of padding."""
    texts = ["AATGACGTAAAA", "AAAAACGTCAAA", "AATGACGTAAAA", "AAAAAAAAAAAA", "NTGACGTAAAAN"]
    names = ["chr1:100-112", "chr1:200-212", "chr2:300-312(-)", "chr1:1-13", "chrX:50-60"]
    codes = np.stack([encode(text) for text in texts])
    X = {split: codes[:0] if split != "test" else codes for split in ("train", "valid", "test")}
    Y = {split: np.zeros((len(of), 1), np.int8) for split, of in X.items()}
    return Dataset(X, Y, ["bound"], "test", 0, names={"train": [], "valid": [], "test": names})


def test_sites_on_both_strands_and_their_places(tmp_path):
    found = occurrences.find([MOTIF], ["CREB"], [11.0], dataset())
    assert found["sequence"].tolist() == [0, 1, 2, 4]
    assert found["start"].tolist() == [2, 4, 2, 1]
    assert found["strand"].tolist() == ["+", "-", "+", "+"]
    assert found["chromosome_start"].tolist() == [102, 204, 304, 50]
    assert found["chromosome_strand"].tolist() == ["+", "-", "-", "+"]
    assert set(found["motif_name"]) == {"CREB"}
    assert np.allclose(found["share"], 1)
    assert occurrences.write(tmp_path, found) == 4
    assert (tmp_path / "motif_sites.bed").read_text().splitlines()[1] == "chr1\t204\t210\tmotif1\t1000\t-"


def test_the_given_strand_alone_and_no_motif_at_all(tmp_path):
    assert occurrences.find([MOTIF], ["CREB"], [11.0], dataset(), norc=True)["sequence"].tolist() == [0, 2, 4]
    none = occurrences.find([], [], [], dataset())
    assert list(none.columns) == list(occurrences.COLUMNS)
    assert occurrences.write(tmp_path, none) == 0
    assert (tmp_path / "motif_sites.tsv").read_text().startswith("motif\tmotif_name\t")
