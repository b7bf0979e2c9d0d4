"""Trainings that really learn, and the command in a process of its own: killed, interrupted, on a bare machine."""

import dataclasses
import subprocess
import sys

import numpy as np
from support import ROOT
from toys import SHORT, same

from expact_utils.data import datasets, regulatory_code
from expact_utils.networks import training
from expact_utils.networks.trial import Settings


def test_it_learns_a_motif_and_not_noise(learnable):
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=15))
    assert history["training_loss"][-1] < history["training_loss"][0]
    assert history["test"]["auroc"]["first"] > 0.95
    assert history["test"]["auroc"]["second"] < 0.7
    assert history["trained"]


def test_a_tenth_of_the_regulatory_codes_is_learned():
    """By the journal's protocol, of 2,800 sequences: better than GC content alone, which has .76."""
    data = regulatory_code.simulate(4_000)
    settings = Settings("cnn-local", "exponential", epochs=20, batch_size=50, protocol="journal2020")
    _, history = training.train(data, settings, "regulatory-code")
    assert len(history["validation_auroc"]) == 20
    assert history["test"]["auroc"]["code"] > 0.8
    assert history["kept_epoch"] == 20


def test_the_command_needs_no_more_than_a_bare_machine_has():
    code = "import sys, expact_utils.training; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "'sklearn'" in imported
    for package in ("yaml", "jsonschema", "papermill", "pyjaspar", "memelite", "snakemake", "seaborn", "logomaker"):
        assert f"'{package}'" not in imported


def test_from_a_file_it_learns_the_same_motif_and_twice_the_same(tmp_path, learnable, monkeypatch):
    datasets.write(tmp_path / "large.h5", learnable)
    monkeypatch.setattr(datasets, "IN_MEMORY", 30_000)  # 40,000 bytes of training sequences
    monkeypatch.setattr(training, "PIECE", 4_000)
    monkeypatch.setattr(training, "BUFFER", 12_000)
    stored = datasets.read(tmp_path / "large.h5")
    assert isinstance(stored.X["train"], datasets.Stored)
    settings = dataclasses.replace(SHORT, epochs=12)
    (first, history), (second, _) = (training.train(stored, settings) for _ in range(2))
    assert history["test"]["auroc"]["first"] > 0.95
    assert same(first.get_weights(), second.get_weights())


def test_labels_alone_may_stay_in_their_file(tmp_path, learnable, monkeypatch):
    """As those of many classes do, where the sequences are short."""
    datasets.write(tmp_path / "large.h5", learnable)
    monkeypatch.setattr(datasets, "IN_MEMORY", 0)
    learnable.Y["train"] = datasets.read(tmp_path / "large.h5").Y["train"]
    monkeypatch.setattr(training, "BUFFER", 12_000)
    assert isinstance(learnable.X["train"], np.ndarray)
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=12))
    assert history["test"]["auroc"]["first"] > 0.95
