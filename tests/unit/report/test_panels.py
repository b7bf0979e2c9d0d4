import numpy as np
import pandas as pd
import pytest
from handmade import FILTERS, collect, two_trials

from expact_utils.report import panels
from expact_utils.run.paths import KEY, Network, Run

NETWORK = Network("own", "cnn-2", "exponential", 0)


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_columns_of_figure_1_are_those_of_trial_0(run):
    columns = panels.panels(run, collect(run).filters, "synthetic", ["cnn-2"], ["relu"])
    pfms, names = columns["CNN-2, ReLU"]
    assert np.shape(pfms) == (FILTERS, 19, 4)
    assert names == ["SRF", "", "", "", ""]


def test_cnn_50_has_a_figure_of_its_own_where_there_are_others():
    assert panels.by_figure(["cnn-2", "cnn-50", "cnn-deep"]) == (["cnn-2", "cnn-deep"], ["cnn-50"])
    assert panels.by_figure(["cnn-50"]) == (["cnn-50"], [])
    assert panels.by_figure(["cnn-local"]) == (["cnn-local"], [])


def test_filters_that_never_learned_come_last_and_match_nothing(monkeypatch, tmp_path):
    """Of five filters the third learned and matches; the first matches as it began; the fourth learned something else."""
    filters = pd.DataFrame([NETWORK] * 5, columns=KEY).assign(
        relevant=np.nan,
        jaspar=[True, False, True, False, False],
        learned=[False, False, True, True, False],
        evalue=[1e-9, np.nan, 1e-3, np.nan, np.nan],
        bits=[9.0, 8.0, 7.0, 6.0, 5.0],
        clip_start=0,
        clip_end=4,
    )
    pfms = [np.full((4, 4), i) for i in range(5)]
    monkeypatch.setattr(panels, "panels", lambda *_: {"": (pfms, ["NFE2", "", "JUN", "", ""])})
    ((title, (shown, names)),) = panels.best_filters(Run(tmp_path), filters, "own", "cnn-2", ["exponential"], 3).items()
    assert title == "CNN-2, exponential: 1 of 5 filters match, 3 never learned"
    assert [int(pfm[0, 0]) for pfm in shown] == [2, 3, 0]
    assert names == ["JUN", "", ""]
