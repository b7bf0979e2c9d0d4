"""Every name comes back from a table as it was written, whatever it looks like."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from odd import NAMES

from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import tomtom
from expact_utils.run.errors import InputError
from expact_utils.run.tables import check_name, is_number, read_csv, write_csv

HELD = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))  # all others are refused, see below
ANY = st.sampled_from(["", " a ", *NAMES]) | st.text(HELD, max_size=20)
ONE_LINE = st.sampled_from(NAMES) | st.text(HELD, min_size=1, max_size=20).filter(lambda name: name == name.strip())
WORDS = ONE_LINE.filter(lambda name: name.split() == [name])
EVERY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
COLUMNS = tomtom.COLUMNS


def test_what_is_a_number():
    """Python's `float` would take 1_2 for 12."""
    assert [text for text in ("12", "-1.", "1e-3", "1_2", "0_1", "nan", "inf", "", "x") if is_number(text)] == [
        "12",
        "-1.",
        "1e-3",
    ]


@EVERY
@example(rows=[("", 5.3761720551735304e16)])  # whose last digit pandas reads otherwise, unless it is told not to
@given(rows=st.lists(st.tuples(ANY, st.floats(allow_infinity=False) | st.none()), min_size=1, max_size=5))
def test_a_table_gives_back_every_text_and_number(tmp_path, rows):
    table = pd.DataFrame(rows, columns=["class", "auroc"]).astype({"auroc": float})
    write_csv(tmp_path / "a.csv", table)
    found = read_csv(tmp_path / "a.csv")
    assert found["class"].tolist() == table["class"].tolist()
    np.testing.assert_array_equal(found["auroc"], table["auroc"])


def test_what_is_missing_is_a_number_that_is_missing(tmp_path):
    table = pd.DataFrame({"best_match_name": ["", "NA"], "evalue": [np.nan, 0.5], "relevant": [np.nan, np.nan]})
    write_csv(tmp_path / "a.csv", table.assign(same_as=""))
    found = read_csv(tmp_path / "a.csv")
    assert found["best_match_name"].tolist() == ["", "NA"]
    assert found["same_as"].tolist() == ["", ""]
    assert found["evalue"].isna().tolist() == [True, False]
    assert found["relevant"].isna().all()


def matches(*ids):
    """Tomtom's table of motifs that match themselves."""
    rows = [(name, name, 0, 1e-9, 1e-7, 1e-7, 8, "ACGT", "ACGT", "+") for name in ids]
    return pd.DataFrame(rows, columns=COLUMNS)


@EVERY
@given(st.lists(ONE_LINE, min_size=1, max_size=4, unique=True))
def test_tomtoms_table_gives_back_every_id_letter_by_letter(tmp_path, ids):
    tomtom.write_tsv(tmp_path / "a.tsv", matches(*ids))
    found = tomtom.read_tsv(tmp_path / "a.tsv")
    assert found["Query_ID"].tolist() == found["Target_ID"].tolist() == ids
    written = (tmp_path / "a.tsv").read_bytes().decode().removesuffix("\n").split("\n")
    assert [line.split("\t")[:2] for line in written[1:]] == [[name, name] for name in ids]  # nothing is quoted


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_genuine_programs_comments_are_left_out(tmp_path, end):
    row = "#1\tMA1#\t0\t1e-9\t1e-7\t1e-7\t8\tACGT\tACGT\t+"
    comments = ["", "# Tomtom (Motif Comparison Tool): Version 5.4.1", "# The format of this file is described at"]
    (tmp_path / "a.tsv").write_bytes(end.join(["\t".join(COLUMNS), row, *comments, ""]).encode())
    found = tomtom.read_tsv(tmp_path / "a.tsv")
    assert found[["Query_ID", "Target_ID", "Orientation"]].to_numpy().tolist() == [["#1", "MA1#", "+"]]


@EVERY
@given(st.lists(st.tuples(WORDS, ONE_LINE), min_size=1, max_size=4, unique_by=lambda pair: pair[0]))
def test_meme_text_gives_back_every_id_and_name(tmp_path, named):
    write_meme(tmp_path / "a.meme", [Motif(*pair, np.eye(4), 20) for pair in named])
    assert [(motif.id, motif.name) for motif in read_meme(tmp_path / "a.meme")] == named


UNHELD = ["", "a\tb", "a\nb", "a\rb", "a\x00", "a\x85b", "a\u2028b", "a\udcff"]


@pytest.mark.parametrize("name", UNHELD)
def test_a_name_that_no_table_holds_is_refused_in_a_sentence(tmp_path, name):
    sentence = (
        r"a class is called .*; expected a name in UTF-8, without tabs, line ends and other control characters\.$"
    )
    with pytest.raises(InputError, match=sentence):
        check_name(name, "a class")
    with pytest.raises(InputError, match="a motif is called"):
        tomtom.write_tsv(tmp_path / "a.tsv", matches("good", name))
    assert not (tmp_path / "a.tsv").exists()


@pytest.mark.parametrize(
    ("motif_id", "name"),
    [*((name, "x") for name in (*UNHELD, "a b", " a", "a\xa0b")), *(("a", name) for name in (*UNHELD[1:], " b", "b "))],
)
def test_an_id_or_name_that_meme_text_does_not_hold_is_refused_in_a_sentence(tmp_path, motif_id, name):
    with pytest.raises(InputError, match=r"the motif .* does not fit MEME text; expected an ID without spaces, .*\.$"):
        write_meme(tmp_path / "a.meme", [Motif(motif_id, name, np.eye(4), 20)])
    assert not (tmp_path / "a.meme").exists()


def test_a_motif_without_a_name_is_named_by_its_id(tmp_path):
    write_meme(tmp_path / "a.meme", [Motif("a", "", np.eye(4), 20)])
    assert [motif.name for motif in read_meme(tmp_path / "a.meme")] == ["a"]
