import numpy as np
import pytest

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.dna.pfm import Motif, consensus
from expact_utils.motifs import databases
from expact_utils.run.errors import InputError


def test_a_meme_file_is_told_by_its_content(tmp_path):
    write_meme(tmp_path / "a.txt", [Motif("mine", "mine", np.eye(4), 20)])
    assert consensus(databases.load(str(tmp_path / "a.txt"))[0].pfm) == "ACGT"


def test_releases_and_taxa_of_jaspar():
    assert databases.load("jaspar2016") is jaspar("JASPAR2016", "vertebrates")
    assert (len(databases.load("jaspar2016")), len(databases.load("JASPAR2024-plants"))) == (519, 805)
    assert [motif.id for motif in databases.load("jaspar2024-diatoms")] == ["MA1407.2"]
    assert databases.releases()[0] == "JASPAR2014"
    assert "JASPAR2026" in databases.releases()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("jaspar2017", "jaspar2017 is neither a file nor a release of JASPAR; expected jaspar2014, jaspar2016"),
        ("jaspar2014-diatoms", "jaspar2014-diatoms: this release of JASPAR has no matrix of diatoms"),
        ("jaspar2016-birds", "JASPAR has no taxon birds; expected one of vertebrates, plants"),
        ("absent.meme", "cannot read .*absent.meme: No such file"),
    ],
)
def test_databases_that_are_not_there(name, sentence):
    with pytest.raises(InputError, match=sentence):
        databases.load(name)


def test_notes_of_a_file_and_none_of_a_release(tmp_path):
    (tmp_path / "a.txt").write_text("MEME version 4\nMOTIF x\nletter-probability matrix: w= 1\n1 0 0 0\n")
    assert databases.notes(str(tmp_path / "a.txt")) == ("a.txt: x: no number of sites is told, 20 are taken",)
    assert databases.notes("jaspar2016") == ()
