import subprocess

import numpy as np
import pandas as pd
import pytest

from expact_utils.dna.jaspar import GMEB1, jaspar
from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.dna.pfm import Motif, reverse_complement
from expact_utils.motifs import tomtom as module
from expact_utils.motifs.tomtom import COLUMNS, q_values, read_tsv, tomtom, write_tsv
from expact_utils.run.errors import InputError

# What the genuine program (MEME Suite 5.4.0, `tomtom -dist ed sample.meme sample.meme`) prints for five motifs, in
# the suite's own tests: thousandths of each frequency, and every row of its table.
SAMPLE = {
    "V_MYOD_01": (5, """208 375 375 42/375 208 375 42/542 42 208 208/42 875 42 42/875 42 42 42/42 42 708 208/
        42 208 708 42/42 42 42 875/42 42 875 42/42 208 375 375/42 375 42 542/208 42 542 208"""),
    "V_E47_01": (10, """354 354 271 21/188 438 354 21/271 188 354 188/188 21 771 21/21 938 21 21/938 21 21 21/
        21 21 938 21/104 188 688 21/21 21 21 938/21 21 938 21/21 21 354 604/104 354 271 271/104 521 188 188/
        104 354 354 188/114 386 205 295"""),
    "V_VMYB_01": (24, """530 170 170 130/570 130 210 90/90 290 50 570/930 10 10 50/970 10 10 10/50 930 10 10/
        10 50 690 250/50 50 850 50/450 210 170 170/490 210 90 210"""),
    "V_CMYB_01": (13, """45 438 223 295/223 545 188 45/202 331 298 169/417 135 365 83/428 296 217 59/
        185 325 165 325/159 82 659 101/389 24 486 101/70 807 37 86/299 299 332 70/4 4 988 4/4 4 4 988/4 4 4 988/
        184 20 775 20/160 160 545 135/36 207 436 321/107 107 583 202/89 18 804 89"""),
    "V_AP4_01": (5, """542 42 42 375/208 208 542 42/542 208 208 42/375 208 375 42/208 375 42 375/42 875 42 42/
        875 42 42 42/42 42 875 42/42 875 42 42/42 42 208 708/42 208 708 42/42 375 208 375/208 42 542 208/
        42 42 875 42/208 208 208 375/208 708 42 42/375 208 208 208/42 42 542 375"""),
}  # fmt: skip
GENUINE = """
V_MYOD_01 V_MYOD_01 0 1.65788e-22 8.28938e-22 1.65788e-21 12 CAACAGGTGGTG CAACAGGTGGTG +
V_MYOD_01 V_E47_01 1 2.95583e-06 1.47792e-05 1.47792e-05 12 CAACAGGTGGTG ACGGCAGGTGTCCCC +
V_MYOD_01 V_AP4_01 2 0.000663986 0.00331993 0.00165996 12 CAACAGGTGGTG AGAACCAGCTGCGGTCAG +
V_MYOD_01 V_CMYB_01 5 0.0161312 0.0806559 0.0230445 12 CAACAGGTGGTG CCCAACGGCGGTTGGGGG +
V_MYOD_01 V_VMYB_01 -1 0.176492 0.882459 0.220615 10 CAACAGGTGGTG TTCCGTTATT -
V_E47_01 V_E47_01 0 1.47976e-30 7.39879e-30 1.47976e-29 15 ACGGCAGGTGTCCCC ACGGCAGGTGTCCCC +
V_E47_01 V_MYOD_01 -1 2.44928e-06 1.22464e-05 1.22464e-05 12 ACGGCAGGTGTCCCC CAACAGGTGGTG +
V_E47_01 V_AP4_01 3 0.00114501 0.00572504 0.00309892 15 ACGGCAGGTGTCCCC CTGACCACAGCTGACTCT -
V_E47_01 V_CMYB_01 4 0.0101544 0.0507722 0.0165133 14 ACGGCAGGTGTCCCC CCCAACGGCGGTTGGGGG +
V_E47_01 V_VMYB_01 -2 0.113114 0.56557 0.141392 10 ACGGCAGGTGTCCCC TTCCGTTATT -
V_VMYB_01 V_VMYB_01 0 4.54466e-22 2.27233e-21 4.54466e-21 10 AATAACGGAA AATAACGGAA +
V_VMYB_01 V_CMYB_01 2 0.0021874 0.010937 0.010937 10 AATAACGGAA CCCCCAACCGCCATTGGG -
V_VMYB_01 V_MYOD_01 1 0.122149 0.610745 0.407163 10 AATAACGGAA CAACACCTGTCC -
V_VMYB_01 V_E47_01 3 0.216777 1.08389 0.486746 10 AATAACGGAA GCGGACACCTGCCGG -
V_VMYB_01 V_AP4_01 5 0.243373 1.21687 0.486746 10 AATAACGGAA CTGACCACAGCTGACTCT -
V_CMYB_01 V_CMYB_01 0 8.80519e-39 4.40259e-38 8.80519e-38 18 CCCAACGGCGGTTGGGGG CCCAACGGCGGTTGGGGG +
V_CMYB_01 V_VMYB_01 -6 0.00246293 0.0123146 0.0123146 10 CCCAACGGCGGTTGGGGG TTCCGTTATT -
V_CMYB_01 V_E47_01 -4 0.00700158 0.0350079 0.0233386 14 CCCAACGGCGGTTGGGGG ACGGCAGGTGTCCCC +
V_CMYB_01 V_MYOD_01 -5 0.00949086 0.0474543 0.0237271 12 CCCAACGGCGGTTGGGGG CAACAGGTGGTG +
V_CMYB_01 V_AP4_01 -1 0.0159181 0.0795907 0.0318363 17 CCCAACGGCGGTTGGGGG CTGACCACAGCTGACTCT -
V_AP4_01 V_AP4_01 0 2.46489e-33 1.23244e-32 2.46489e-32 18 AGAACCAGCTGCGGTCAG AGAACCAGCTGCGGTCAG +
V_AP4_01 V_MYOD_01 -2 0.000433252 0.00216626 0.00216626 12 AGAACCAGCTGCGGTCAG CAACAGGTGGTG +
V_AP4_01 V_E47_01 0 0.00112956 0.0056478 0.0037652 15 AGAACCAGCTGCGGTCAG GCGGACACCTGCCGG -
V_AP4_01 V_CMYB_01 -1 0.0196777 0.0983887 0.0327962 17 AGAACCAGCTGCGGTCAG CCCCCAACCGCCATTGGG -
V_AP4_01 V_VMYB_01 -3 0.443068 2.21534 0.492298 10 AGAACCAGCTGCGGTCAG TTCCGTTATT -
"""


def sample() -> list[Motif]:
    motifs = []
    for name, (nsites, text) in SAMPLE.items():
        counts = np.array([row.split() for row in text.split("/")], dtype=float)
        motifs.append(Motif(name, name, counts / counts.sum(axis=1, keepdims=True), nsites))
    return motifs


def planted(motif_id: str, **changes) -> Motif:
    motif = next(motif for motif in jaspar() if motif.id == motif_id)
    return Motif("query", "query", changes.get("pfm", motif.pfm), changes.get("nsites", motif.nsites))


def test_agrees_with_the_genuine_program():
    matches = tomtom(sample(), sample(), evalue=5)
    expected = pd.DataFrame([line.split() for line in GENUINE.split("\n") if line], columns=COLUMNS)
    for column in COLUMNS:
        if column in ("p-value", "E-value", "q-value"):
            np.testing.assert_allclose(matches[column], expected[column].astype(float), rtol=1e-5, err_msg=column)
        else:
            assert list(matches[column].astype(str)) == list(expected[column]), column


def test_agrees_with_the_genuine_program_by_way_of_files(tmp_path):
    write_meme(tmp_path / "sample.meme", sample())
    motifs = read_meme(tmp_path / "sample.meme")
    write_tsv(tmp_path / "matches.tsv", tomtom(motifs, motifs, evalue=5))
    rows = (tmp_path / "matches.tsv").read_text().splitlines()
    assert rows[0].split("\t") == COLUMNS
    assert rows[2].split("\t") == GENUINE.split("\n")[2].split()


@pytest.mark.parametrize("tf", ["MA0466.2", "MA0079.3", "MA0502.1"])
def test_a_jaspar_matrix_finds_itself(tf):
    best = tomtom([planted(tf)], list(jaspar())).iloc[0]
    assert (best["Target_ID"], best["Optimal_offset"], best["Orientation"]) == (tf, 0, "+")
    assert best["Overlap"] == planted(tf).width
    assert best["E-value"] == pytest.approx(519 * best["p-value"])


def test_a_reverse_complement_is_found_as_such():
    best = tomtom([planted("MA0095.2", pfm=reverse_complement(planted("MA0095.2").pfm))], list(jaspar())).iloc[0]
    assert (best["Target_ID"], best["Optimal_offset"], best["Orientation"]) == ("MA0095.2", 0, "-")


def test_the_offset_is_where_the_query_starts_in_the_target():
    # SRF without its first three columns starts at column 3 of SRF.
    best = tomtom([planted("MA0083.3", pfm=planted("MA0083.3").pfm[3:])], list(jaspar())).iloc[0]
    assert (best["Target_ID"], best["Optimal_offset"], best["Overlap"]) == ("MA0083.3", 3, 13)


def test_threshold_is_inclusive():
    strict = tomtom(sample()[:1], sample(), evalue=5)
    limit = strict["E-value"].iloc[1]
    assert len(tomtom(sample()[:1], sample(), evalue=limit)) == 2


def test_ties_are_in_the_genuine_programs_order():
    # Equal p-values go by longer overlap, then orientation, then ID; two names for one matrix tie in all but ID.
    twins = [Motif(name, name, sample()[0].pfm, 5) for name in ("b", "a")]
    assert list(tomtom(sample()[:1], [*twins, *sample()], evalue=1e-9)["Target_ID"]) == ["V_MYOD_01", "a", "b"]


def test_a_flat_filter_matches_gmeb1():
    # Known of the genuine program too, and why a dead filter must not count as a match.
    flat = Motif("flat", "flat", np.full((19, 4), 0.25), 0)
    assert list(tomtom([flat], list(jaspar()))["Target_ID"]) == [GMEB1]


def test_q_values_by_hand():
    # Four values, pi0 = 1: p n / rank = .04 .04 .08/.. -> .01*4/1, .02*4/2, .5*4/3, .6*4/4; monotone from the end.
    np.testing.assert_allclose(q_values(np.array([0.5, 0.01, 0.6, 0.02])), [0.6, 0.04, 0.6, 0.04])


def test_pi0_of_half_true_nulls_is_near_a_half():
    p = np.concatenate([np.full(500, 1e-9), np.linspace(0, 1, 500)])
    assert q_values(p)[-1] == pytest.approx(0.5, abs=0.03)  # the largest q-value is pi0


@pytest.mark.parametrize(
    ("queries", "targets", "sentence"),
    [
        ([], sample(), "there is no query motif"),
        (sample(), [], "there is no target motif"),
        ([Motif("wide", "wide", np.full((101, 4), 0.25), 1)], sample(), "query motif wide is 101 positions wide"),
    ],
)
def test_refuses(queries, targets, sentence):
    with pytest.raises(InputError, match=sentence):
        tomtom(queries, targets)


def test_reads_the_genuine_programs_tsv(tmp_path):
    rows = "\n".join("\t".join(line.split()) for line in GENUINE.strip().split("\n"))
    (tmp_path / "t.tsv").write_text(
        "\t".join(COLUMNS) + f"\n{rows}\n\n# Tomtom (Motif Comparison Tool): Version 5.4.0\n"
    )
    assert len(read_tsv(tmp_path / "t.tsv")) == 25


def test_a_tsv_that_is_not_tomtoms(tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="lacks the column Query_ID"):
        read_tsv(tmp_path / "t.tsv")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("p-value", "2", "a number from 0 to 1"),
        ("E-value", "many", "a number from 0 to inf"),
        ("Orientation", "x", ". or -"),
    ],
)
def test_a_value_that_tomtom_does_not_write(tmp_path, column, value, expected):
    first, second = (dict(zip(COLUMNS, line.split(), strict=True)) for line in GENUINE.strip().split("\n")[:2])
    rows = ["\t".join(row.values()) for row in (first, second | {column: value})]
    (tmp_path / "t.tsv").write_text("\n".join(["\t".join(COLUMNS), *rows, ""]))
    with pytest.raises(InputError, match=f"t.tsv: {column} is .*{value}.* in match 2; expected {expected}"):
        read_tsv(tmp_path / "t.tsv")


def test_on_one_strand_a_reverse_complement_is_no_match():
    """As for RNA, and as the genuine program with -norc; the p-value is then that of one orientation."""
    motif = planted("MA0062.2")
    turned = Motif("turned", "turned", reverse_complement(motif.pfm), motif.nsites)
    both, one = (tomtom([motif, turned], list(jaspar()), norc=norc) for norc in (False, True))
    own = [table[table["Target_ID"] == "MA0062.2"].set_index("Query_ID") for table in (both, one)]
    assert own[0]["Orientation"].to_dict() == {motif.id: "+", "turned": "-"}
    assert own[1]["Orientation"].to_dict() == {motif.id: "+"}
    assert own[1].loc[motif.id, "p-value"] == pytest.approx(own[0].loc[motif.id, "p-value"] / 2, rel=0.01)


def test_what_is_not_compiled_is_compiled_beside_other_work(monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    monkeypatch.setattr(module, "_compiled", lambda: True)
    module.compile_ahead()
    assert started == []
    monkeypatch.setattr(module, "_compiled", lambda: False)
    module.compile_ahead()
    ((*_, code),) = started
    assert code.endswith("import _compile; _compile()")
    module._compile()
