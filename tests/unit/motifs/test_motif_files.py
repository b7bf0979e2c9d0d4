"""Motif files of every kind that people have, a small one each; what can be taken is, and the rest is named."""

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyjaspar import jaspardb

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.pfm import consensus
from expact_utils.motifs import motif_files
from expact_utils.motifs.tomtom import tomtom
from expact_utils.run.errors import InputError

# Of each, the first motif is .8 A and .2 T, then .5 C and .5 G.
JASPAR = (
    ">MA1.1 first\nA  [ 8  0 ]\nC  [ 0  4 ]\nG  [ 0  4 ]\nT  [ 2  0 ]\n\n>MA2.1 second\nA [3]\nC [1]\nG [1]\nT [1]\n"
)
MEME = """MEME version 4

ALPHABET= ACGT

MOTIF MA1.1 first
letter-probability matrix: alength= 4 w= 2 nsites= 9 E= 1e-5
0.8 0 0 0.2
0 0.5 0.5 0
URL http://example.org
"""
LONG_ALPHABET = MEME.replace(
    "ALPHABET= ACGT",
    'ALPHABET "DNA" DNA-LIKE\nA "Adenine" CC0000 ~ T "Thymine" 008000\nC "Cytosine" 0000CC ~ G "Guanine" FFB300\nN = ACGT\nEND ALPHABET',
)
PLAIN = ">AHR_HUMAN.H11MO.0.B\n8\t0\n0\t4\n0\t4\n2\t0\n"
PCM = ">AHR_HUMAN.H11MO.0.B\n8\t0\t0\t2\n0\t4\t4\t0\n0\t4\t4\t0\n"
SQUARE = ">M\n8 0 0 2\n0 5 5 0\n9 1 0 0\n0 0 0 10\n"
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
HOMER = ">AS\tFOO(bZIP)/K562-FOO-ChIP-Seq(GSE1)/Homer\t6.0\t-100\t0\n0.8\t0\t0\t0.2\n0\t0.5\t0.5\t0\n"
CIS_BP = "TF\tT0001\nTF Name\tFOO\nMotif\tM0001_1.02\nPos\tA\tC\tG\tT\n1\t0.8\t0\t0\t0.2\n2\t0\t0.5\t0.5\t0\n"
UNIPROBE = "Foo_primary\nA:\t0.8\t0\nC:\t0\t0.5\nG:\t0\t0.5\nT:\t0.2\t0\n"
SCORES = "A:\t0.4\t-0.1\nC:\t-0.4\t0.2\nG:\t-0.2\t0.1\nT:\t0.2\t-0.2\n\n"
UNIPROBE_FULL = "".join(
    f"# Motif: {motif}\tEnrichment Score: 0.49\n1\t{motif}\t0.49\n\nEnrichment score matrix\n\n{SCORES}"
    f"Energy matrix for enoLOGOS\n\nPO\t1\t2\n{SCORES}Probability matrix\n\n{UNIPROBE[12:]}\n\n"
    for motif in ("AS", "WS")
)
MEME_RESULTS = MEME.replace(
    "MA1.1 first", "1 MEME\twidth =   2  sites =   9  llr = 58  E-value = 5.3e-032\n----\nBits 2.7"
)


def jaspar_text(record):
    rows = "".join(f"{base} [{' '.join(map(repr, record.counts[base]))}]\n" for base in "ACGT")
    return f">{record.matrix_id} {record.name}\n{rows}"


def transfac_text(record):
    rows = zip(*(record.counts[base] for base in "ACGT"), strict=True)
    lines = "".join(f"{i:02d} {' '.join(map(repr, row))} N\n" for i, row in enumerate(rows, start=1))
    return f"AC {record.matrix_id}\nXX\nID x\nNA {record.name}\nP0 A C G T\n{lines}XX\n//\n"


def read(folder, content, name="a.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return motif_files.read(path)


@pytest.mark.parametrize(
    ("content", "name", "nsites"),
    [
        (JASPAR, "MA1.1", 9),
        (JASPAR.lower().replace(">ma1", ">MA1"), "MA1.1", 9),
        (JASPAR.replace("[", "|").replace("]", ""), "MA1.1", 9),
        (JASPAR.replace("A  [", "A: ").replace("C  [", "C: ").replace("G  [", "G: ").replace("T  [", "U: ").replace("]", ""), "MA1.1", 9),
        (MEME, "MA1.1", 9),
        (MEME.replace("\n", "\r\n"), "MA1.1", 9),
        (MEME.replace("ACGT", "ACGU"), "MA1.1", 9),
        (MEME.replace("alength= 4 w= 2 ", ""), "MA1.1", 9),
        ("".join(f"  {line}\n" for line in MEME.splitlines()), "MA1.1", 9),
        (f"<html><pre>\n{MEME}</pre>", "MA1.1", 9),
        (LONG_ALPHABET, "MA1.1", 9),
        (LONG_ALPHABET.replace("N = ACGT", 'N "Any base" = ACGT\nV "Not T" = ACG\n. = ACGT\nU = T'), "MA1.1", 9),
        (MEME.replace("letter-prob", "log-odds matrix: alength= 4 w= 2\n-300 180 -300 2\n1 2 3 4\nletter-prob"), "MA1.1", 9),
        (MEME.replace("nsites= 9", "nsites= 999.9"), "MA1.1", 999.9),
        (gzip.compress(MEME.encode(), mtime=0), "MA1.1", 9),
        (PLAIN, "AHR_HUMAN.H11MO.0.B", 9),
        (PCM, "AHR_HUMAN.H11MO.0.B", 26 / 3),
        (SQUARE, "M", 10),
        (TRANSFAC, "M1", 9),
        (TRANSFAC.replace("AC M1", "AC M1 a\tb"), "M1_a_b", 9),
        (HOMER, "FOO(bZIP)", 20),
        (CIS_BP, "M0001_1.02", 20),
        (UNIPROBE, "Foo_primary", 20),
        (UNIPROBE.replace("Foo_primary", "Protein: Foo\tSeed k-mer: AS\tEnrichment Score: 0.49"), "Foo", 20),
        (UNIPROBE_FULL, "AS", 20),
        (MEME_RESULTS, "1", 9),
        (MEME.replace("MEME", "meme").replace("letter-p", "Letter-P"), "MA1.1", 9),
        (TRANSFAC.replace("A      C      G      T\n", "a c g t\n"), "M1", 9),
        (TRANSFAC.replace("G      T\n", "G      U\n"), "M1", 9),
        ("//\n" + TRANSFAC.replace("ID first", "NA M1").replace("AC M1\nXX\n", ""), "M1", 9),
        (">MA1.1\tArnt\t0.5\n8 0\n0 4\n0 4\n2 0\n", "MA1.1", 9),
        (">M\n1 8 0 0 2\n2 0 5 5 0\n3 9 1 0 0\n4 0 0 0 10\n", "M", 10),
        (">M\n0 8 0 0 2\n1 0 5 5 0\n2 9 1 0 0\n", "M", 10),
        ("VV  TRANSFAC\nXX\n//\n" + TRANSFAC, "M1", 9),
        (CIS_BP.partition("Pos")[1] + CIS_BP.partition("Pos")[2], "a", 20),
    ],
)  # fmt: skip
def test_every_kind(tmp_path, content, name, nsites):
    first = read(tmp_path, content)[0][0]
    assert first.id == name
    np.testing.assert_allclose(first.pfm[:2], [[0.8, 0, 0, 0.2], [0, 0.5, 0.5, 0]])
    assert first.nsites == pytest.approx(nsites)


@pytest.mark.parametrize(
    ("content", "sites"),
    [
        (MEME.replace("nsites= 9", "nsites= 0"), 20),
        (MEME.replace("nsites= 9", ""), 20),
        (MEME.replace("nsites= 9", "nsites= many"), 20),
        (JASPAR.partition("\n\n")[0].replace("8  0", ".8 0").replace("0  4", "0 .5").replace("2  0", ".2 0"), 20),
        (TRANSFAC.replace("8      0      0      2", ".8 0 0 .2").replace("4      4", ".5 .5"), 20),
    ],
)
def test_where_no_number_of_sites_is_told_there_are_20_and_a_note(tmp_path, content, sites):
    (motif,), (note,) = read(tmp_path, content)
    assert motif.nsites == sites
    assert note.endswith(f"{motif.id}: no number of sites is told, 20 are taken")


def test_percentages_are_of_20_sites_where_all_motifs_of_a_file_are_so(tmp_path):
    percent = ">x\nA [80 1]\nC [0 50]\nG [0 49]\nT [20 1]\n"
    (motif,), (note,) = read(tmp_path, percent)
    assert motif.nsites == 20
    assert note == ("a.txt: x: no number of sites is told and its columns sum to 100, as percentages do, 20 are taken")
    motifs, notes = read(tmp_path, percent + JASPAR)  # beside counts, they are counts
    assert ([motif.nsites for motif in motifs], notes) == ([100.5, 9, 6], [])


def test_counts_need_not_sum_to_the_same_at_each_position(tmp_path):
    (motif,), notes = read(tmp_path, ">x\nA [1 2 0]\nC [0 1 0]\nG [0 0 9]\nT [0 1 0]\n")
    np.testing.assert_allclose(motif.pfm, [[1, 0, 0, 0], [0.5, 0.25, 0, 0.25], [0, 0, 1, 0]])
    assert (motif.nsites, notes) == (pytest.approx(14 / 3), [])


@pytest.mark.parametrize("write", [jaspar_text, transfac_text])
def test_a_release_as_a_file_is_the_release(tmp_path, write):
    records = jaspardb(release="JASPAR2016").fetch_motifs(collection="CORE", tax_group=["vertebrates"])
    motifs, notes = read(tmp_path, "".join(map(write, records)))
    known = {motif.id: motif for motif in jaspar()}
    assert (len(motifs), notes) == (len(known), [])
    for motif in motifs:
        assert (motif.name, motif.nsites) == (known[motif.id].name, known[motif.id].nsites)
        assert np.array_equal(motif.pfm, known[motif.id].pfm)


@pytest.mark.parametrize(
    "content",
    [
        MEME.replace("ACGT", "ACGU"),
        LONG_ALPHABET.replace("DNA-LIKE", "RNA-LIKE").replace('T "Thymine"', 'U "Uracil"').replace("ACGT", "ACGU"),
        PLAIN.replace("8\t", "A 8\t").replace("\n0\t4\n0", "\nC 0\t4\nG 0").replace("\n2", "\nU 2"),
        TRANSFAC.replace("G      T\n", "G      U\n"),
        CIS_BP.replace("G\tT\n", "G\tU\n"),
        UNIPROBE.replace("T:", "U:"),
    ],
)
def test_motifs_of_rna_have_a_note(tmp_path, content):
    motifs, notes = read(tmp_path, content)
    assert motifs[0].pfm[1] == pytest.approx([0, 0.5, 0.5, 0])
    assert notes[-1] == "a.txt: motifs of RNA: U is read as T"


def test_motifs_of_dna_have_no_note(tmp_path):
    for content in (MEME, LONG_ALPHABET, JASPAR, TRANSFAC):
        assert read(tmp_path, content)[1] == []


def test_two_motifs_of_one_id_are_both_taken(tmp_path):
    other = HOMER.replace(">AS", ">WS").replace("K562", "HepG2").replace("0.8", "0.7").replace("0.2", "0.3")
    motifs, notes = read(tmp_path, HOMER + other)
    assert [(motif.id, motif.pfm[0, 0]) for motif in motifs] == [("FOO(bZIP)", 0.8), ("FOO(bZIP)_2", 0.7)]
    assert notes[0] == "a.txt: IDs that an earlier motif has: FOO(bZIP) (line 4) is FOO(bZIP)_2"


def test_each_motif_of_a_full_file_of_uniprobe_is_taken_once(tmp_path):
    motifs, _ = read(tmp_path, UNIPROBE_FULL.replace("0.2\t0\n\n\n", "0.2\t0\n", 1))
    assert [motif.id for motif in motifs] == ["AS", "WS"]


def test_rows_of_homer_are_positions_even_if_nothing_else_tells(tmp_path):
    (motif,), _ = read(tmp_path, ">CGAT\tx\t5\n0 1 0 0\n0 0 1 0\n1 0 0 0\n0 0 0 1\n")
    assert consensus(motif.pfm) == "CGAT"


TIED = (
    ">M001\t4\n.01 .97 .01 .01\n.01 .01 .97 .01\n.97 .01 .01 .01\n.01 .01 .01 .97\n"  # by position CGAT, by base GACT
)


@pytest.mark.parametrize(
    ("others", "word"),
    [
        (">a\n1 0 0 0\n0 1 0 0\n", "CGAT"),
        (">a\n1 0 0 0\n0 1 0 0\n1 0 0 0\n1 0 0 0\n", "CGAT"),
        (">a\n1 0\n0 1\n0 0\n0 0\n", "GACT"),
        (">a\n1 1 1 1\n0 0 0 0\n0 0 0 0\n0 0 0 0\n", "GACT"),
        (">a\nA 1 0\nC 0 1\nG 0 0\nT 0 0\n", "GACT"),
        (HOMER, "CGAT"),
    ],
)
def test_a_motif_that_reads_alike_by_position_and_by_base_follows_the_others(tmp_path, others, word):
    for content in (TIED + others, others + TIED.replace("\t4\n", "\t4\n\n")):
        found = {motif.id: consensus(motif.pfm) for motif in read(tmp_path, content)[0]}
        assert (len(found), found["M001"]) == (2, word)


def test_a_first_position_of_1_2_3_4_counts_is_no_numbers_of_rows(tmp_path):
    """Of five positions of ten sites each, by base: read as four positions, sums would differ."""
    (motif,), _ = read(tmp_path, ">M\n1 0 9 0 10\n2 9 1 0 0\n3 1 0 0 0\n4 0 0 10 0\n")
    assert (consensus(motif.pfm), motif.nsites) == ("TCATA", 10)


def test_where_the_others_do_not_tell_it_is_skipped(tmp_path):
    sentence = r"M001 \(line 1\): its rows may be positions or bases, and no other motif tells"
    for odd in (
        TIED,
        TIED.replace(".97", ".997").replace(".01", ".001"),
        TIED.replace(".97", "97").replace(".01", "1"),
    ):
        with pytest.raises(InputError, match=sentence):
            read(tmp_path, odd)
    motifs, notes = read(tmp_path, TIED + ">a\n1 0 0 0\n0 1 0 0\n>b\n1 0\n0 1\n0 0\n0 0\n")
    assert ([motif.id for motif in motifs], "1 motif was skipped: M001 (line 1)" in notes[0]) == (["a", "b"], True)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (MEME, "0 0.5 0.5 0"),
        (TRANSFAC, "02      0      4      4      0      S"),
        (CIS_BP, "2\t0\t0.5\t0.5\t0"),
    ],
)
@pytest.mark.parametrize("between", ["\n", "# comment\n", "XX\n"])
def test_a_motif_whose_rows_are_not_in_one_piece_is_not_cut_short(tmp_path, content, row, between):
    content = content.replace("w= 2 ", "")
    line = content[: content.index(row)].count("\n") + 2
    with pytest.raises(InputError) as error:
        read(tmp_path, content.replace(row, between + row))
    assert str(error.value).endswith(f"(line {line}): its rows end before {row!r}; expected all in one piece.")


@pytest.mark.parametrize("odd", ["02.", "2)", "O2", ""])
def test_a_last_row_that_is_odd_is_not_dropped(tmp_path, odd):
    with pytest.raises(
        InputError, match=r"M1 \(line 7\): (its rows end before|expected four numbers|'4 4 0 S' are no)"
    ):
        read(tmp_path, TRANSFAC.replace("02 ", f"{odd} "))
    with pytest.raises(InputError, match="numbers that are not finite"):
        read(tmp_path, MEME.replace("w= 2 ", "").replace("0 0.5 0.5 0", "nan nan nan nan"))


@pytest.mark.parametrize("end", ["XX\n", ""])
def test_a_record_of_transfac_ends_where_another_begins(tmp_path, end):
    first, other = (TRANSFAC.replace("XX\n//\n", end).replace("M1", name) for name in ("M1", "M2"))
    motifs, notes = read(tmp_path, first + other.replace("8      0      0      2", "2      0      0      8"))
    assert ([(motif.id, consensus(motif.pfm)) for motif in motifs], notes) == ([("M1", "AC"), ("M2", "TC")], [])
    _, (note,) = read(tmp_path, first + first[first.index("P0") :])  # whose it is, nobody says
    assert note.startswith("a.txt: 1 motif was skipped: a matrix without ID")


def test_rows_of_uniprobe_in_another_order_are_never_read_across_two_motifs(tmp_path):
    other = "Foo\nC:\t.5\nA:\t.1\nG:\t.2\nT:\t.2\n"
    motifs, (note, *_) = read(tmp_path, UNIPROBE + other + other.replace("Foo", "Bar"))
    assert [motif.id for motif in motifs] == ["Foo_primary"]
    assert note.startswith("a.txt: 2 motifs were skipped: ")


def test_names_of_meme_results_end_where_their_numbers_begin(tmp_path):
    assert read(tmp_path, MEME_RESULTS)[0][0].name == "MEME"
    assert read(tmp_path, MEME.replace("first", "bandwidth=2 a=b"))[0][0].name == "bandwidth=2 a=b"


def test_many_skipped_motifs_are_counted_by_reason(tmp_path):
    odd = "".join(f">m{i}\n-1 0 0 2\n0 1 1 0\n" for i in range(12))
    _, (note,) = read(tmp_path, JASPAR + odd)
    assert note.startswith("a.txt: 12 motifs were skipped: m0 (line 12), m1 (line 15), ")
    assert note.endswith(
        "m9 (line 39) and 2 others: it has numbers below 0; expected frequencies or counts, no log-odds"
    )


def test_a_motif_of_no_sites_matches_what_it_looks_like(tmp_path):
    """Else its pseudocount alone would be left, and it would be flat."""
    creb = next(motif for motif in jaspar() if motif.name == "Creb5")
    rows = "\n".join(" ".join(f"{p:.4f}" for p in row) for row in creb.pfm)
    text = f"MEME version 4\nMOTIF q\nletter-probability matrix: alength= 4 w= {creb.width} nsites= 0\n{rows}\n"
    (query,), _ = read(tmp_path, text)
    assert "MA0840.1" in tomtom([query], list(jaspar()))["Target_ID"].tolist()[:3]


@pytest.mark.parametrize(
    ("content", "taken", "note"),
    [
        (MEME + MEME.partition("MOTIF")[1] + " bare name\n", 1, "bare (line 10): it has no letter-probability matrix"),
        (MEME + MEME[MEME.index("MOTIF") :], 1, "MA1.1 (line 10): an earlier motif has this ID and matrix"),
        (MEME + "MOTIF b\nletter-probability matrix: w= 1\n.3 .3 .1 .1\n", 1, "b (line 10): position 1 sums to 0.800; expected 1 at each position, or counts"),
        (MEME + "MOTIF b\nletter-probability matrix: w= 1\n0 0 0 0\n", 1, "b (line 10): position 1 has neither counts nor"),
        (MEME + "MOTIF b\nletter-probability matrix: w= 2\n1 0 0 0\n", 1, "b (line 11): it has 1 rows; expected w= 2"),
        (MEME + "MOTIF b\nletter-probability matrix: w= 1\n1 0 0\n", 1, "b (line 12): expected four numbers, of A C G T"),
        (MEME + "MOTIF b\nletter-probability matrix: alength= 20 w= 1\n1 0 0\n", 1, "alength= 20; expected 4"),
        (MEME + "MOTIF b\nletter-probability matrix:\nnan 0 0 1\n", 1, "b (line 10): it has numbers that are not finite"),
        (TRANSFAC + "AC M2\nXX\n//\n", 1, "M2 (line 10): it has no matrix"),
        (JASPAR + ">x\n.1 9 8\n.2 0 1\n.2 0 0\n0 1 0\n", 2, "x (line 12): position 1 sums to 0.500; expected 1 at each position, or counts"),
        (JASPAR + ">x\nA [1e999]\nC [1]\nG [1]\nT [1]\n", 2, "x (line 12): it has numbers that are not finite"),
        (JASPAR + ">x\nA [1]\nC [1]\nG [1]\n", 2, "x (line 12): it has 3 rows; expected four, of A C G T"),
        (JASPAR + ">x\nA [1 2]\nC [1]\nG [1]\nT [1]\n", 2, "x (line 12): its rows are not of one length"),
        (JASPAR + ">x\nA [1]\nG [1]\nC [1]\nT [1]\n", 2, "x (line 12): its rows are of A G C T; expected A C G T"),
        (UNIPROBE + "Bar\nA: .8\nG: 0\nC: 0\nT: .2\n", 1, "Bar (line 7): its rows are of A G C T; expected A C G T"),
        (UNIPROBE + "\nBar\nC: .8\nG: 0\nT: .2\n", 1, "Bar (line 8): its rows are of C G T; expected A C G T"),
        (JASPAR + ">x\nA [one]\nC [1]\nG [1]\nT [1]\n", 2, "x (line 13): expected numbers, not 'A [one]'"),
        (JASPAR + ">x\n-1.2 0 .3 .4\n1 1 1 1\n1 1 1 1\n1 1 1 1\n1 1 1 1\n", 2, "numbers below 0; expected frequencies or counts"),
        (JASPAR + f">x\n{150 * '1 '}\n" + 3 * f"{150 * '2 '}\n", 2, "x (line 12): it is 150 positions wide; expected at most 100"),
        (JASPAR + ">\nA [1]\nC [1]\nG [1]\nT [1]\n", 2, "a motif (line 12): it has no ID"),
        (TRANSFAC + TRANSFAC.replace("AC M1\nXX\n", "").replace("ID first\nXX\n", ""), 1, "it has no AC, ID or NA"),
    ],
)  # fmt: skip
def test_what_can_be_taken_is_taken_and_the_rest_is_named(tmp_path, content, taken, note):
    motifs, notes = read(tmp_path, content)
    assert len(motifs) == taken
    assert notes[0].startswith("a.txt: 1 motif was skipped: ")
    assert note in notes[0]
    alone = content[len(JASPAR) :] if content.startswith(JASPAR) else ""
    if alone:
        with pytest.raises(InputError, match="a.txt has no motif that can be taken: "):
            read(tmp_path, alone)


def test_rows_that_are_rounded_are_scaled_with_a_note(tmp_path):
    (motif,), (note,) = read(tmp_path, MEME.replace("0.8 0 0 0.2", "0.78 0 0 0.195"))
    np.testing.assert_allclose(motif.pfm[0], [0.8, 0, 0, 0.2])
    assert note == "a.txt: MA1.1: frequencies that do not sum to 1 were scaled"


def test_odd_names_are_kept(tmp_path):
    names = ["NULL", "a#1", "<b>x</b>", "50%_{done}", "na/me", '"q"', "$x$"]
    text = "MEME version 4\n" + "".join(
        f"MOTIF {name}\nletter-probability matrix: w= 1 nsites= 5\n1 0 0 0\n" for name in names
    )
    assert [motif.id for motif in read(tmp_path, text)[0]] == names


@pytest.mark.parametrize(
    ("alphabet", "letters"),
    [
        ("ALPHABET= ABCD", "ABCD"),
        ("ALPHABET= ACDEFGHIKLMNPQRSTVWY", "ACDEFGHIKLMNPQRSTVWY"),
        ('ALPHABET "mC" DNA-LIKE\nA ~ T\nC ~ G\nM "mC" 006666 ~ m "x" 660066\nN = ACGMTm\nEND ALPHABET', "ACGMTm"),
    ],
)
def test_other_alphabets_are_not_taken_for_dna(tmp_path, alphabet, letters):
    with pytest.raises(InputError, match=f"MA1.1 .* its alphabet is {letters}; expected ACGT or ACGU"):
        read(tmp_path, MEME.replace("ALPHABET= ACGT", alphabet))


@pytest.mark.parametrize("content", ["", "ACGT\n", "MEME version 4\n", b"\xff\xfe"])
def test_what_is_no_motif_file_gets_one_sentence(tmp_path, content):
    with pytest.raises(InputError, match="a.txt (is no motif file|has no motif that can be taken)"):
        read(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.sampled_from(
        [b"", *(text.encode() for text in (MEME, JASPAR, PLAIN, TRANSFAC, HOMER, CIS_BP, UNIPROBE, UNIPROBE_FULL))]
    ),
    st.binary(max_size=60),
    st.integers(0, 90),
)
def test_any_bytes_give_motifs_or_one_sentence(tmp_path, content, junk, place):
    try:
        assert read(tmp_path, content[:place] + junk + content[place:])
    except InputError as error:
        assert str(tmp_path) in str(error)
        assert "\n" not in str(error)
