import numpy as np
import pytest
from support import encode

from expact_utils.dna.jaspar import GROUND_TRUTH, ground_truth, jaspar, relevant_matrices, relevant_tf
from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.dna.pfm import Motif, best_score, consensus, information, reverse_complement
from expact_utils.run.errors import InputError

GOOD = """MEME version 4

ALPHABET= ACGT

MOTIF one first motif
letter-probability matrix: alength= 4 w= 2 nsites= 8 E= 0
0.5 0.25 0.25 0
0 0 0 1
"""


def test_reverse_complement_of_aac_is_gtt():
    aac = np.eye(4)[[0, 0, 1]]
    assert consensus(reverse_complement(aac)) == "GTT"


def test_information_in_bits():
    # One base for certain: 2 bits. Two equally likely: 1 bit. All equally likely: 0 bits.
    pfm = [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25] * 4]
    np.testing.assert_allclose(information(pfm), [2, 1, 0])


def test_consensus_takes_the_first_of_equals():
    assert consensus(np.array([[0.1, 0.4, 0.4, 0.1], [0.25] * 4])) == "CA"


def test_jaspar_2016_core_vertebrates():
    motifs = {motif.id: motif for motif in jaspar()}
    assert len(motifs) == 519
    # MA0004.1 (Arnt), 20 sites: A 4 19 0 0 0 0, C 16 0 20 0 0 0, G 0 1 0 20 0 20, T 0 0 0 0 20 0.
    arnt = motifs["MA0004.1"]
    assert (arnt.name, arnt.width, arnt.nsites, consensus(arnt.pfm)) == ("Arnt", 6, 20, "CACGTG")
    np.testing.assert_allclose(arnt.pfm[0], [0.2, 0.8, 0, 0])


def test_nsites_is_the_mean_column_sum():
    # The columns of MA0062.2 (Gabpa) do not have the same sum; the MEME Suite's own file says 991.
    gabpa = next(motif for motif in jaspar() if motif.id == "MA0062.2")
    assert round(gabpa.nsites) == 991


def test_ground_truth_names_and_widths():
    widths = dict(zip(GROUND_TRUTH, (motif.width for motif in ground_truth()), strict=True))
    assert widths == {
        "Arid3a": 6, "CEBPB": 10, "FOSL1": 11, "Gabpa": 11, "MAFK": 15, "MAX": 10,
        "MEF2A": 12, "NFYB": 15, "SP1": 11, "SRF": 16, "STAT1": 11, "YY1": 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matrix_id", "ours", "authors"),
    [
        ("MA0466.2", "CEBPB", "CEBPB"),
        ("MA0466.1", "CEBPB", "CEBPB"),  # another version of it
        ("MA0060.2", "NFYB", "NFYB"),  # NFYA, the same complex
        ("MA0601.1", None, "Arid3a"),  # Arid3b
        ("MA0660.1", None, "STAT1"),  # MEF2B, by mistake
        ("MA0139.1", None, None),  # CTCF
    ],
)
def test_relevant_tf(matrix_id, ours, authors):
    assert relevant_tf(matrix_id, relevant_matrices()) == ours
    assert relevant_tf(matrix_id, relevant_matrices("authors")) == authors


def test_only_jaspar_matrices_have_versions():
    relevant = {"CEBPB": ("CEBPB.H12CORE.0.P.B",), "GATA1": ("MA0035.4",)}
    assert relevant_tf("CEBPB.H12CORE.0.P.B", relevant) == "CEBPB"
    assert relevant_tf("CEBPB.H12CORE.1.S.B", relevant) is None
    assert relevant_tf("MA0035.3", relevant) == relevant_tf("MA0035", relevant) == "GATA1"


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


def test_best_score_by_hand():
    # Each column says A or G for sure: 2 bits a match but for the pseudocount. The reverse complement reads CT.
    pfm = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
    codes = np.stack([encode("TTAGT"), encode("TCTTT"), encode("AAAAA"), encode("NNNNN")])
    match, other = np.log2(1.01 / 1.04 * 4), np.log2(0.01 / 1.04 * 4)
    np.testing.assert_allclose(best_score(codes, pfm), [2 * match, 2 * match, match + other, 0])
