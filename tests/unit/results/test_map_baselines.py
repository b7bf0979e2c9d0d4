"""What scores without a trained network, on sequences of which the answer is known by hand."""

import numpy as np
import pandas as pd
import pytest

from expact_utils.attribution.explained import Explained
from expact_utils.data import datasets
from expact_utils.results import map_baselines
from expact_utils.run.paths import Run


def explained(codes, truth):
    codes, truth = np.array(codes, np.int8), np.array(truth, np.int8)
    return Explained(np.arange(len(codes)), codes, np.zeros(len(codes), int), truth)


def test_a_constant_knows_nothing():
    """Of 20 positions 5 are motif: by chance .5 and .25; the cosine of 20 ones and 5 is 5 / √(20 · 5)."""
    row = map_baselines.table(np.ones((2, 20)), np.array([[1] * 5 + [0] * 15] * 2))
    assert row == pytest.approx({"sequences": 2, "auroc": 0.5, "aupr": 0.25, "snr": 1.0, "cosine": 0.5})


def test_what_is_said_without_a_network(tiny):
    """G and C of the ten nt about a position, and how often it was motif in positive training sequences."""
    codes = np.zeros((1, 100), np.int8)
    codes[0, 50:60] = [1, 2] * 5
    length = {"train": 3, "test": 1}
    tiny.Y = {split: np.array([[1, 0]] * number) for split, number in length.items()}
    tiny.Y["train"][0] = 0  # no positive: does not count
    tiny.X = {"train": np.zeros((3, 100), np.int8), "test": codes}
    tiny.truth = {"train": np.zeros((3, 100), np.int8), "test": np.zeros((1, 100), np.int8)}
    tiny.truth["train"][[0, 1, 2], [7, 8, 8]] = 1
    tiny.truth["train"][2, 9] = 1
    found = map_baselines.without_network(tiny, explained(codes, np.zeros((1, 100))))
    assert list(found) == ["GC content within 10 nt", "position alone", "constant"]
    gc = found["GC content within 10 nt"][0]
    assert gc.max() == 1
    assert (gc.argmax(), (gc == 1).sum()) == (55, 1)  # the ten are five before the position, it, and four behind
    assert gc[[45, 46, 64, 65]] == pytest.approx([0, 0.1, 0.1, 0])
    assert found["position alone"][0, 6:11].tolist() == [0, 0, 1, 0.5, 0]
    assert (found["constant"] == 1).all()


def test_a_run_is_scored_beside_its_networks_before_training(tmp_path, tiny, monkeypatch):
    run = Run(tmp_path)
    for split in datasets.SPLITS:
        tiny.truth[split] = (np.arange(tiny.X[split].size).reshape(tiny.X[split].shape) % 7 == 0).astype(np.int8)
    datasets.write(run.data("mine"), tiny)
    monkeypatch.setattr(map_baselines.histories, "read", lambda *_: {"seed": 0, "protocol": "preprint2019"})
    row = {"dataset": "mine", "architecture": "cnn-2", "trial": 0, "sequences": 4}
    measured = pd.DataFrame([row | {"activation": name} for name in ("exponential", "tanh", "exponential")])
    table = map_baselines.collect(run, measured, ["exponential"])
    assert list(table["baseline"])[2:] == ["constant", "untrained CNN-2, exponential (saliency)"]
    assert set(table["sequences"]) == {4}
    assert table.iloc[3][["auroc", "aupr", "snr", "cosine"]].notna().all()
    best = map_baselines.best(table, "mine")
    assert best["auroc"] == table["auroc"].max()
    assert map_baselines.in_words(best) in (
        f"the best of what knows no trained network, {best['baseline']}, {best['auroc']:.2f}"
    )
    said = map_baselines.sentence(table)
    assert said.startswith(f"On mine data the best is {best['baseline']}, auROC {best['auroc']:.2f}; a constant")
    assert map_baselines.best(table, "other") is None


def test_without_truth_there_is_nothing_to_score(tmp_path, tiny):
    run = Run(tmp_path)
    datasets.write(run.data("mine"), tiny)
    measured = pd.DataFrame([{"dataset": "mine", "architecture": "cnn-2", "activation": "relu", "sequences": 4}])
    table = map_baselines.collect(run, measured, ["relu"])
    assert list(table.columns) == list(map_baselines.COLUMNS)
    assert table.empty
    assert "is not known" in map_baselines.sentence(table)
