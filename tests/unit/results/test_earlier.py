"""Verdicts of fewer trials beside those of more."""

import pandas as pd
import pytest

from expact_utils.results import claims, earlier
from expact_utils.run.tables import write_csv

KEY = ["claim", "data"]


def weighed(trials, *verdicts):
    """Claims A, B, … with these verdicts."""
    rows = [(claim, "synthetic", verdict, trials) for claim, verdict in zip("ABCD", verdicts, strict=False)]
    return pd.DataFrame(rows, columns=[*KEY, "verdict", "trials"])


@pytest.fixture
def published(tmp_path):
    """Verdicts of three trials, C not among them."""
    write_csv(tmp_path / "claims.csv", earlier.beside(weighed(3, "holds", "can't be told"), "", "claims.csv", KEY))
    return tmp_path


def test_a_changed_verdict_is_named_and_the_others_counted(published):
    table = earlier.beside(weighed(5, "holds", "does not hold here", "holds"), published, "claims.csv", KEY)
    assert earlier.changed(table)[["claim", "verdict_before", "verdict"]].to_numpy().tolist() == [
        ["B", "can't be told", "does not hold here"]
    ]
    assert earlier.sentence(table) == "Of 2 claims that 3 trials weighed before, 1 has another verdict by 5."


def test_the_same_trials_again_keep_what_fewer_said(published, tmp_path):
    before = earlier.beside(weighed(5, "holds", "holds"), published, "claims.csv", KEY)
    write_csv(tmp_path / "claims.csv", before)
    again = earlier.beside(weighed(5, "holds", "holds"), tmp_path, "claims.csv", KEY)
    pd.testing.assert_frame_equal(again, before)


@pytest.mark.parametrize("trials", [2, 3])
def test_as_many_trials_or_more_are_no_earlier_verdict(published, trials):
    table = earlier.beside(weighed(trials, "does not hold here", "holds"), published, "claims.csv", KEY)
    assert earlier.changed(table).empty
    assert earlier.sentence(table) == "No earlier verdicts, by fewer trials, are at hand."


def test_a_table_that_does_not_say_its_trials_is_none(tmp_path):
    write_csv(tmp_path / "claims.csv", weighed(3, "holds").drop(columns="trials"))
    assert earlier.beside(weighed(5, "holds"), tmp_path, "claims.csv", KEY)["verdict_before"].isna().all()


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_without_an_earlier_run_and_without_claims(folder):
    none = pd.DataFrame(columns=claims.COLUMNS)
    table = earlier.beside(none, folder, "claims.csv", KEY)
    assert list(table.columns) == [*claims.COLUMNS, *earlier.COLUMNS]
    assert earlier.changed(table).empty
