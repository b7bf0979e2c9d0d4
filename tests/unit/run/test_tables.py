"""Every name comes back from a table as it was written, whatever it looks like."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expact_utils.dna.meme import read_meme, write_meme
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import tomtom
from expact_utils.run.tables import read_csv, write_csv

ODD = [
    "NA",
    "None",
    "nan",
    "NULL",
    "true",
    "1",
    "007",
    "1e5",
    "",
    "a#1",
    "#",
    "50%_done#1",
    "<b>x</b>",
    'say "x"',
    "a,b",
]
ODD += ["a/b", "a{b}", "$x$", "a: b", " a ", "é", "-", "x" * 300]
NAMES = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
WORDS = st.sampled_from([name for name in ODD if name and " " not in name]) | st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=20
)
EVERY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)


@EVERY
@given(st.lists(st.tuples(NAMES, st.floats(allow_infinity=False) | st.none()), min_size=1, max_size=5))
def test_a_table_gives_back_every_name_and_number(tmp_path, rows):
    table = pd.DataFrame(rows, columns=["class", "auroc"]).astype({"auroc": float})
    write_csv(tmp_path / "a.csv", table)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv"), table, check_dtype=False)


def test_what_is_missing_is_a_number_that_is_missing(tmp_path):
    table = pd.DataFrame({"best_match_name": ["", "NA"], "evalue": [np.nan, 0.5], "relevant": [np.nan, np.nan]})
    write_csv(tmp_path / "a.csv", table)
    found = read_csv(tmp_path / "a.csv")
    assert found["best_match_name"].tolist() == ["", "NA"]
    assert found["evalue"].isna().tolist() == [True, False]
    assert found["relevant"].isna().all()


@EVERY
@given(st.lists(WORDS, min_size=1, max_size=4, unique=True))
def test_tomtoms_table_gives_back_every_id(tmp_path, ids):
    rows = [(name, name, 0, 1e-9, 1e-7, 1e-7, 8, "ACGT", "ACGT", "+") for name in ids]
    tomtom.write_tsv(tmp_path / "a.tsv", pd.DataFrame(rows, columns=tomtom.COLUMNS))
    found = tomtom.read_tsv(tmp_path / "a.tsv")
    assert found["Query_ID"].tolist() == found["Target_ID"].tolist() == ids


def test_the_genuine_programs_comments_are_left_out(tmp_path):
    row = "filter0\tMA1\t0\t1e-9\t1e-7\t1e-7\t8\tACGT\tACGT\t+\n"
    text = (
        "\t".join(tomtom.COLUMNS) + "\n" + row + "\n# Tomtom (Motif Comparison Tool): Version 5.4.1\n# The format of\n"
    )
    (tmp_path / "a.tsv").write_text(text)
    assert tomtom.read_tsv(tmp_path / "a.tsv")["Query_ID"].tolist() == ["filter0"]


@EVERY
@given(st.lists(WORDS, min_size=1, max_size=4, unique=True))
def test_meme_text_gives_back_every_id(tmp_path, ids):
    write_meme(tmp_path / "a.meme", [Motif(name, name, np.eye(4), 20) for name in ids])
    assert [motif.id for motif in read_meme(tmp_path / "a.meme")] == ids


@pytest.mark.parametrize("name", ["a\tb", "a\nb", ""])
def test_a_class_that_no_table_holds_is_refused(name):
    from expact_utils.data.labelled import Labelled, as_dataset
    from expact_utils.run.errors import InputError

    codes, labels = np.zeros((9, 30), np.int8), np.tile([[0], [1], [0]], (3, 1)).astype(np.int8)
    with pytest.raises(InputError, match="expected a name without tabs and line ends"):
        as_dataset(Labelled(codes, labels, [name], list("abcdefghi")), np.arange(9) % 3, "mine", 0)
