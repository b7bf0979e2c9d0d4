import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from expact_utils.report import plots
from expact_utils.results.paper import ACTIVATIONS as PAPERS
from expact_utils.run.names import ACTIVATIONS

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_curves_of_eight_filters_differ_in_colour_or_dashes():
    names = [f"filter{i}" for i in range(8)]
    figure = plots.position_curves(pd.DataFrame(1, index=names, columns=["10", "20"]), names, "a network")
    assert len({(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}) == 8


def test_a_logarithmic_axis_has_plain_numbers():
    row = {"dataset": "synthetic", "architecture": "cnn-2", "activation": "relu", "trial": 0, "relevant": 0.5}
    table = pd.DataFrame([row | {"setting": setting} for setting in (0.001, 0.01, 0.1, 1, 10)])
    [ax] = plots.sweep_curves(table, "relevant", "largest E-value", log=True).axes
    ax.figure.canvas.draw()
    labels = [text for text in (label.get_text() for label in ax.get_xticklabels(which="both")) if text]
    assert [text for text in labels if 0.001 <= float(text) <= 10] == ["0.001", "0.01", "0.1", "1", "10"]


# Machado, Oliveira & Fernandes 2009, severity 1: what is left of linear RGB without one kind of cone.
COLOUR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # of linear sRGB


def lab(colour, seen_by=None):
    """CIE Lab (D65) of a colour, as it is or as a colour-blind reader sees it."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(COLOUR_BLIND[seen_by]) @ linear, 0, 1) if seen_by else linear
    t = XYZ @ linear / XYZ.sum(axis=1)
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_lab_by_hand():
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=1e-6)
    np.testing.assert_allclose(lab("red"), [53.24, 80.09, 67.20], atol=0.1)
    assert np.linalg.norm(lab("#d1202f") - lab("#0a8f2b")) > 100
    assert np.linalg.norm(lab("#d1202f", "deuteranopia") - lab("#0a8f2b", "deuteranopia")) < 40


@pytest.mark.parametrize("seen_by", [None, *COLOUR_BLIND])
@pytest.mark.parametrize("palette", [[ACTIVATIONS[name].colour for name in PAPERS], plots.LINE_COLOURS])
def test_lines_and_bars_are_told_apart_by_the_colour_blind(palette, seen_by):
    # 2.3 is just noticeable side by side; thin lines apart from their legend need ten times that.
    for one, other in itertools.combinations(palette, 2):
        assert np.linalg.norm(lab(one, seen_by) - lab(other, seen_by)) > 23, (one, other)


def test_controls_of_layers_are_grey_lines_of_two_styles():
    row = {"activations": "relu", "relevant_mean": 0.5, "relevant_std": 0.1}
    controls = ("", "untrained", "shuffled")
    table = pd.DataFrame([row | {"control": control, "layer": layer} for control in controls for layer in (1, 2)])
    [ax] = plots.by_layer(table).axes
    labels = {text.get_text() for text in ax.get_legend().get_texts()}
    assert labels == {"ReLU", "untrained", "shuffled"}
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert len({line.get_linestyle() for line in drawn if line.get_color() == plots.GREY}) == 2
    [ax] = plots.by_layer(table[:4]).axes
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"ReLU", "untrained"}


def test_maps_are_drawn_beside_a_line_that_the_alt_text_names():
    row = {"dataset": "synthetic", "architecture": "cnn-2", "activation": "relu", "method": "saliency"}
    trials = pd.DataFrame([row | {"auroc": score} for score in (0.7, 0.8)])
    (ax,) = plots.map_scores(trials, "auroc", 0.6).axes
    assert [0.6, 0.6] in [list(line.get_xdata()) for line in ax.lines]
    means = pd.DataFrame([row | {"target": at, "auroc_mean": 0.75} for at in ("logit", "probability")])
    assert plots.map_scores_alt(means, "synthetic", "the best of two, 0.60") == (
        "auROC of attribution maps against the truth, synthetic data; the line is the best of two, 0.60. "
        "CNN-2, ReLU, saliency 0.75."
    )
