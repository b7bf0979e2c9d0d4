import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.dna.pfm import Motif, consensus
from expact_utils.motifs import databases
from expact_utils.run.errors import InputError

JASPAR = (
    ">MA1.1 first\nA  [ 8  0 ]\nC  [ 0  4 ]\nG  [ 0  4 ]\nT  [ 2  0 ]\n\n>MA2.1 second\nA [1]\nC [1]\nG [1]\nT [1]\n"
)
MEME = """MEME version 4
MOTIF MA1.1 first
letter-probability matrix: alength= 4 w= 2 nsites= 9
0.8 0 0 0.2
0 0.5 0.5 0
"""
PLAIN = ">AHR_HUMAN.H11MO.0.B\n8\t0\n0\t4\n0\t4\n2\t0\n"
TRANSFAC = """ID first
XX
AC M1
XX
P0      A      C      G      T
01      8      0      0      2      A
02      0      4      4      0      S
XX
//
"""


def write(folder, content, name="a.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (JASPAR, "MA1.1"),
        (MEME, "MA1.1"),
        (gzip.compress(MEME.encode(), mtime=0), "MA1.1"),
        (PLAIN, "AHR_HUMAN.H11MO.0.B"),
        (TRANSFAC, "M1"),
        (gzip.compress(JASPAR.encode(), mtime=0), "MA1.1"),
    ],
)
def test_counts_become_frequencies_whatever_the_format(tmp_path, content, name):
    first = databases.read(write(tmp_path, content))[0]
    assert first.id == name
    np.testing.assert_allclose(first.pfm, [[0.8, 0, 0, 0.2], [0, 0.5, 0.5, 0]])
    assert first.nsites == 9


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


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no motif file; expected MEME, JASPAR"),
        ("ACGT\n", "is no motif file"),
        (">\nA [1]\nC [1]\nG [1]\nT [1]\n", "line 1: the motif has no ID"),
        (">x\nA [1]\nC [1]\nG [1]\n", "line 1: x has 3 rows; expected four"),
        (">x\nA [1 2]\nC [1]\nG [1]\nT [1]\n", "line 1: the rows of x are not of one length"),
        (">x\nA [1]\nG [1]\nC [1]\nT [1]\n", "line 3: expected the counts of C"),
        (">x\nA [one]\nC [1]\nG [1]\nT [1]\n", "line 2: expected the counts of A"),
        (">x\nA [-1]\nC [1]\nG [1]\nT [1]\n", "line 2: expected the counts of A"),
        (">x\nA [0]\nC [0]\nG [0]\nT [0]\n", "x has a position without counts"),
        (f">x\n{150 * '1 '}\n" + 3 * f"{150 * '2 '}\n", "motif x is 150 positions wide; expected at most 100"),
        (MEME.encode() + b"\xff", "a.txt is not text; expected a MEME motif file"),
        (PLAIN * 2, "names motif AHR_HUMAN.H11MO.0.B more than once"),
        (TRANSFAC.replace("AC M1\nXX\n", "").replace("ID first\nXX\n", ""), "has a matrix without ID"),
    ],
)
def test_a_bad_file_gets_one_sentence(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence):
        databases.read(write(tmp_path, content))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.sampled_from([b"", MEME.encode(), JASPAR.encode(), PLAIN.encode(), TRANSFAC.encode()]),
    st.binary(max_size=60),
    st.integers(0, 90),
)
def test_any_bytes_give_motifs_or_one_sentence(tmp_path, content, junk, place):
    path = write(tmp_path, content[:place] + junk + content[place:])
    try:
        assert databases.read(path)
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
