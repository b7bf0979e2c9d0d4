import numpy as np
import pytest

from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.dna.pfm import Motif, consensus
from expact_utils.run.errors import InputError

GOOD = """MEME version 4

ALPHABET= ACGT

MOTIF one first motif
letter-probability matrix: alength= 4 w= 2 nsites= 8 E= 0
0.5 0.25 0.25 0
0 0 0 1
"""


def test_meme_round_trip(tmp_path):
    motif = Motif("filter0", "filter0", np.array([[0.125, 0.375, 0.5, 0], [0, 0, 0, 1]]), 16)
    write_meme(tmp_path / "a.meme", [motif])
    (read,) = read_meme(tmp_path / "a.meme")
    assert (read.id, read.name, read.nsites) == ("filter0", "filter0", 16)
    np.testing.assert_array_equal(read.pfm, motif.pfm)


def test_reads_name_and_nsites(tmp_path):
    (tmp_path / "good.meme").write_text(GOOD)
    (motif,) = read_meme(tmp_path / "good.meme")
    assert (motif.id, motif.name, motif.width, motif.nsites) == ("one", "first motif", 2, 8)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,  # a byte-order mark
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("E= 0\n", "E= 0\n\n"),
        GOOD + "\nURL http://example.org\n",
        GOOD.replace("0 0 0 1", "0 0 0 1.004"),
        GOOD.replace("w= 2 ", ""),
    ],
)
def test_odd_but_sound_meme_is_read(tmp_path, text):
    (tmp_path / "odd.meme").write_text(text, encoding="utf-8", newline="")
    (motif,) = read_meme(tmp_path / "odd.meme")
    assert (motif.id, motif.width, consensus(motif.pfm)) == ("one", 2, "AT")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD.replace("0 0 0 1\n", ""), r"motif one \(line 6\) has 1 rows; expected 2"),
        (GOOD.replace("0 0 0 1", "0 0 0"), r"motif one \(line 8\): expected four probabilities, found '0 0 0'"),
        (GOOD.replace("0 0 0 1", "0 0 0.1 0.5"), r"line 8\): the row sums to 0.600; expected 1"),
        (GOOD.replace("0 0 0 1", "0 0 -1 2"), r"line 8\): expected four probabilities"),
        (GOOD.replace("0.5 0.25 0.25 0\n0 0 0 1\n", "").replace("w= 2", "w= 0"), r"has width 0; expected at least 1"),
        (GOOD.replace("0 0 0 1", "nan 0 0 1"), r"line 8\): expected four probabilities, found 'nan 0 0 1'"),
        (GOOD.replace("ACGT", "TGCA"), r"line 3\) has 'ALPHABET= TGCA'; expected ALPHABET= ACGT"),
        (GOOD.replace("alength= 4", "alength= 20"), r"line 6\) has alength= 20; expected 4"),
        (GOOD.replace("nsites= 8", "nsites= -8"), r"nsites= -8; expected a number of at least 0"),
        (GOOD.replace("letter-probability", "other"), r"motif one \(line 5\) has no letter-probability matrix"),
        (GOOD + GOOD[GOOD.index("MOTIF") :], r"names motif one more than once"),
        (GOOD[: GOOD.index("MOTIF")], r"holds no motif"),
        ("", r"is not a MEME motif file"),
        (">seq\nACGT\n", r"is not a MEME motif file"),
    ],
)
def test_bad_meme_gets_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "bad.meme"
    path.write_text(text)
    with pytest.raises(InputError, match=sentence) as error:
        read_meme(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_meme_that_is_not_text_or_not_there(tmp_path):
    (tmp_path / "binary.meme").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="is not text"):
        read_meme(tmp_path / "binary.meme")
    with pytest.raises(InputError, match="cannot read .*absent.meme: No such file"):
        read_meme(tmp_path / "absent.meme")
