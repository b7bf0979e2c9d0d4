"""The command of trainings, in a process of its own: killed and interrupted."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
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


# Two trainings together: unbroken; killed in an epoch; killed when one is scored and the other is not.
BROKEN = """
import json, sys
from pathlib import Path
from expact_utils.data import datasets
from expact_utils.networks import engine_jax
from expact_utils.networks import training
from expact_utils.run.paths import Run
from expact_utils.networks.training import Settings
from expact_utils.networks.trial import Trial
engine_jax.trials_at_once = lambda: 2
training.CHECKPOINT_SECONDS = 0
dataset, folder = datasets.read(sys.argv[1]), Path(sys.argv[2])
settings = [Settings("cnn-50", "relu", trial, 4, 10) for trial in (0, 1)]

class Killed(BaseException):
    pass

def killed_at(owner, name, call):
    real, calls = getattr(owner, name), []
    def counted(*arguments):
        calls.append(arguments)
        if len(calls) == call:
            raise Killed
        return real(*arguments)
    setattr(owner, name, counted)
    return lambda: setattr(owner, name, real)

def train(run, *kill):
    if kill:
        undo = killed_at(*kill)
        try:
            training.train_trials(dataset, settings, "mine", run)
        except Killed:
            undo()
    return [model.get_weights() for model, _ in training.train_trials(dataset, settings, "mine", run)]

unbroken = train(Run(folder / "unbroken"))
same = []
for name, kill in {"epoch": (training, "_epoch", 3), "scores": (Trial, "finish", 2)}.items():
    broken = train(Run(folder / name), *kill)
    same += [bool((a == b).all()) for one, other in zip(unbroken, broken) for a, b in zip(one, other)]
    assert not list((folder / name / "checkpoints").rglob("*.h5"))
print(json.dumps(same))
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


def test_trials_together_end_with_the_same_weights_when_they_are_killed(tmp_path, tiny):
    pytest.importorskip("jax")
    datasets.write(tmp_path / "data.h5", tiny)
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, tmp_path / "data.h5", tmp_path],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    same = json.loads(done.stdout.splitlines()[-1])
    assert len(same) > 50
    assert all(same)
