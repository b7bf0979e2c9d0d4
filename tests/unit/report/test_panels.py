import numpy as np
import pytest
from handmade import FILTERS, collect, two_trials

from expact_utils.report import panels


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
