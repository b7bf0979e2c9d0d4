"""Rows that an earlier run of a page left."""

from dataclasses import replace

import pandas as pd
import pytest

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.results import known
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Network
from expact_utils.run.tables import write_csv

RELU, TANH = Network("d", "cnn-2", "relu", 0), Network("d", "cnn-2", "tanh", 1)


def test_rows_by_network_with_empty_text_as_it_was(tmp_path):
    rows = [RELU._asdict() | {"first": ""}, TANH._asdict() | {"first": "NA"}, RELU._asdict() | {"first": "MAX"}]
    write_csv(tmp_path / "a.csv", pd.DataFrame(rows))
    found = known.rows(tmp_path, "a.csv")
    assert list(found) == [RELU, TANH]
    assert list(found[RELU]["first"]) == ["", "MAX"]
    assert list(found[TANH]["first"]) == ["NA"]


def test_nothing_is_known_without_a_folder_or_a_table(tmp_path):
    assert known.rows("", "a.csv") == known.rows(tmp_path, "a.csv") == {}


def test_a_table_of_no_networks_is_refused(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"first": [1]}))
    with pytest.raises(InputError, match=r"a.csv lacks the column dataset"):
        known.rows(tmp_path, "a.csv")


def test_motifs_are_read_where_there_are_any(tmp_path):
    assert known.motifs("", "a.meme") == known.motifs(tmp_path, "a.meme") == {}
    write_meme(tmp_path / "a.meme", [])
    assert known.motifs(tmp_path, "a.meme") == {}
    write_meme(tmp_path / "a.meme", [replace(jaspar()[0], id="d/cnn-2_relu_0/layer2/filter7", name="SP1+MAX")])
    assert known.motifs(tmp_path, "a.meme")["d/cnn-2_relu_0/layer2/filter7"].name == "SP1+MAX"
