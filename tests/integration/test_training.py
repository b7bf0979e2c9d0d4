"""Trainings that really learn, and the command in a process of its own: killed, interrupted, on a bare machine."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
from support import ROOT
from toys import MINE, SHORT, same, write_run

from expact_utils.data import datasets
from expact_utils.networks import models, training
from expact_utils.networks.trial import Trial
from expact_utils.run.hdf5 import open_hdf5
from expact_utils.run.paths import Run

# Train the config in the folder that is the first argument, with a checkpoint after each epoch.
COMMAND = """
from expact_utils import training
from expact_utils.networks import training as loop
loop.CHECKPOINT_SECONDS = 0
training.run_command(training._command)
"""


def start(run):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(run.config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ,
    )


def wait_for(process, text):
    lines = iter(process.stderr.readline, "")
    assert any(text in line for line in lines), f"ended without {text}"


def test_it_learns_a_motif_and_not_noise(learnable):
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=15))
    assert history["training_loss"][-1] < history["training_loss"][0]
    assert history["test"]["auroc"]["first"] > 0.95
    assert history["test"]["auroc"]["second"] < 0.7
    assert history["trained"]


def test_killed_three_times_it_ends_with_the_weights_of_an_unbroken_run(tmp_path, learnable):
    settings = dataclasses.replace(SHORT, epochs=60)
    unbroken, _ = training.train(learnable, settings, "mine", Run(tmp_path / "unbroken"))
    broken = write_run(tmp_path / "broken", learnable, epochs=60)
    epochs = [0]
    for _ in range(3):
        process = start(broken)
        wait_for(process, f"epoch {epochs[-1] + 3 - epochs[-1] % 3}/60")  # there is a line every third epoch
        time.sleep(random.uniform(0, 0.5))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not Trial("mine", settings, learnable, broken, "").finished
        with open_hdf5(broken.checkpoint(MINE), "a checkpoint") as file:
            epochs.append(len(json.loads(file["0"].attrs["history"])["validation_loss"]))
        assert epochs[-1] > epochs[-2]
    process = start(broken)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert f"going on after epoch {epochs[-1]}/60" in errors
    assert same(models.load(broken, MINE, learnable).get_weights(), unbroken.get_weights())


def test_the_command_stops_at_ctrl_c_with_one_sentence(tmp_path, learnable):
    run = write_run(tmp_path / "run", learnable, epochs=1000)
    process = start(run)
    wait_for(process, "epoch 50/1000")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "the same command goes on from there" in errors
    assert run.checkpoint(MINE).is_file()


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
