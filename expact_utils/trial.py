"""One trial of a training: its settings, where it stands, and its files in a run's folder.

Trials that are trained together share a checkpoint, as on some devices a network's last digits depend on what was
computed beside it: they stand after the same epoch, and go on together.
"""

import hashlib
import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import keras
import numpy as np

from expact_utils import engine
from expact_utils.datasets import Dataset
from expact_utils.files import (
    atomic,
    open_hdf5,
    read_array,
    read_attribute,
    read_json,
    remove,
    sha256,
    verify,
    write_json,
)
from expact_utils.models import build, load
from expact_utils.protocols import PROTOCOLS
from expact_utils.runs import HISTORY_VERSION, Run, provenance, shown

CHECKPOINT_VERSION = 3
LEARNED = 0.99  # of the base rate's loss: a network that never gets below has learned nothing


@dataclass(frozen=True)
class Settings:
    """What a training is: network, activation of its first layer, trial, and the protocol's numbers."""

    architecture: str
    activation: str
    trial: int = 0
    epochs: int = 100
    batch_size: int = 100
    seed: int = 0
    protocol: str = "preprint2019"

    def __str__(self) -> str:
        return f"{self.architecture} {self.activation} trial {self.trial}"


class Trial:
    """A training of one network, taken up where the run's folder has it finished; `groups` takes up checkpoints.

    Parameters
    ----------
    name : str
        Name of the dataset.
    settings : Settings
        Network and protocol.
    dataset : Dataset
        What it is trained on.
    run : Run or None
        Where its files are; without it nothing is saved.
    fingerprint : str
        Of data and code: files of a training with another fingerprint, or other settings, are not taken up.

    Attributes
    ----------
    model : keras.Model
        The network; when the training is finished, with the weights that are kept.
    history : dict
        All that is known of the training, as JSON keeps it.
    protocol : Protocol
        What the settings' protocol says.
    finished : bool
        Whether nothing is left to do.
    failure : str
        Why the training cannot go on, else empty.
    saved_in : Path or None
        Its checkpoint.
    """

    def __init__(self, name: str, settings: Settings, dataset: Dataset, run: Run | None, fingerprint: str):
        self.settings, self.run = settings, run
        self.protocol = PROTOCOLS[settings.protocol]
        self.key = (name, settings.architecture, settings.activation, settings.trial)
        self.finished, self.failure = False, ""
        self.state, self.kept, self.saved_in = [], [], None
        identity = f"{name} {settings!r} {fingerprint}"
        self.fingerprint = hashlib.sha256(identity.encode()).hexdigest()
        if self._take_up_finished(dataset):
            return
        keras.utils.set_random_seed(int(self._seeds().generate_state(1)[0]))
        classes = len(dataset.class_names)
        self.model = build(settings.architecture, dataset.length, classes, settings.activation, settings.protocol)
        self.history = {"format_version": HISTORY_VERSION, "dataset": name, **asdict(settings)}
        self.history |= {**provenance(), "device": engine.device()}
        self.history |= {"training_loss": [], "validation_loss": [], "epoch_seconds": []}
        self.history |= {"validation_aupr": [], "best_epoch": 0, "kept_epoch": 0}

    def __str__(self) -> str:
        return f"{self.key[0]} {self.settings}"

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.history["validation_loss"])

    @property
    def over(self) -> bool:
        """Whether there is no epoch left to train: all are done, the protocol stops early, or it failed."""
        done = self.epoch >= self.settings.epochs
        return done or bool(self.failure) or self.protocol.stops(self.history["validation_aupr"])

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next epoch."""
        return self.protocol.learning_rate(self.history["validation_aupr"])

    def seeds(self, epoch: int) -> list[np.random.SeedSequence]:
        """Seeds of an epoch: of the order of sequences, and of dropout."""
        return self._seeds(epoch).spawn(2)

    def record(
        self, training: float, validation: float, aupr: float | None, state: list[np.ndarray], seconds: float
    ) -> None:
        """Take down an epoch: its losses, the validation auPR if the protocol watches it, the state and the time.

        `state` is as from `Engine.states`.
        """
        if self.failure:
            return
        if not math.isfinite(training + validation):
            self.failure = (
                f"{self}: the loss is no longer a number in epoch {self.epoch + 1}; "
                "try another seed, or another split of the data."
            )
            return
        best = validation < min(self.history["validation_loss"], default=math.inf)
        self.state = state
        self.history["training_loss"].append(float(training))
        self.history["validation_loss"].append(float(validation))
        self.history["epoch_seconds"].append(round(seconds, 3))
        if aupr is not None:
            self.history["validation_aupr"].append(float(aupr))
        if best:
            self.history["best_epoch"] = self.epoch
        if best or self.protocol.patience:
            self.kept, self.history["kept_epoch"] = state, self.epoch

    def fill_in_kept(self) -> keras.Model:
        """Return the model with the weights that are kept: of the lowest validation loss, or the last (`Protocol`)."""
        engine.fill(self.model, self.kept)
        return self.model

    def finish(self, base_rate_loss: float, scores: dict) -> None:
        """Complete the history and save it with the model, each whole or not at all."""
        losses = self.history["validation_loss"]
        self.history |= {
            "seconds": round(sum(self.history["epoch_seconds"]), 2),
            "base_rate_loss": base_rate_loss,
            "trained": min(losses) < LEARNED * base_rate_loss,
            "test": scores,
            "fingerprint": self.fingerprint,
        }
        if not self.history["trained"]:
            print(
                f"{self} did not train: its best validation loss is {min(losses):.4f}, and knowing nothing but each "
                f"class's share of positives gives {base_rate_loss:.4f}. It counts like any other trial.",
                file=sys.stderr,
            )
        if self.run:
            with atomic(self.run.model(*self.key)) as partial:
                self.model.save(partial)
                self.history["network"] = sha256(partial)
            write_json(self.run.history(*self.key), self.history)
        self.finished = True

    def _seeds(self, *epoch: int) -> np.random.SeedSequence:
        return np.random.SeedSequence([self.settings.seed, self.settings.trial, *epoch])

    def _take_up_finished(self, dataset: Dataset) -> bool:
        if not (self.run and self.run.model(*self.key).is_file() and self.run.history(*self.key).is_file()):
            return False
        history, network = read_json(self.run.history(*self.key)), verify(self.run.model(*self.key))
        # Of two trainings that end at the same moment, one may leave the network, and the other the history.
        if (history.get("fingerprint"), history.get("network")) != (self.fingerprint, sha256(network)):
            return False
        self.model, self.history, self.finished = load(self.run, self.key, dataset), history, True
        return True


def groups(trials: list[Trial], size: int) -> list[list[Trial]]:
    """Unfinished trials to train together: as their checkpoints have them, and of the others at most `size` each."""
    found, left = [], [trial for trial in trials if not trial.finished]
    for trial in trials:
        candidates = [other for other in trials if other.finished or other in left]
        if trial in candidates and (group := _taken_up(trial, candidates)):
            found.append(group)
            left = [other for other in left if other not in group]
    return found + [left[i : i + size] for i in range(0, len(left), size)]


def save_checkpoint(trials: list[Trial]) -> Path | None:
    """Write where trials that are trained together stand after their last epoch; return the file, if there is one.

    HDF5, in the first trial's name. Groups `0`, `1` …, one a trial: `state` (weights, moving variables and optimiser,
    in the engine's order), `kept` (those that the model gets), and attributes history (JSON), fingerprint and failure.
    Attributes of the file: backend, format_version.
    """
    first = trials[0]
    if not (first.run and any(trial.state for trial in trials)):
        return None
    path = first.saved_in or first.run.checkpoint(*first.key)
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        for number, trial in enumerate(trials):
            trial.saved_in = path
            of_one = file.create_group(str(number))
            for name in ("state", "kept"):
                for i, array in enumerate(getattr(trial, name)):
                    of_one[f"{name}/{i}"] = array
            of_one.attrs["history"] = json.dumps(trial.history)
            of_one.attrs["fingerprint"] = trial.fingerprint
            of_one.attrs["failure"] = trial.failure
        file.attrs["backend"] = keras.backend.backend()
        file.attrs["format_version"] = CHECKPOINT_VERSION
    return path


def remove_checkpoint(trials: list[Trial]) -> None:
    """Remove the checkpoint of trials that were trained together, if they left one."""
    if trials[0].saved_in:
        remove(trials[0].saved_in)


def _taken_up(first: Trial, trials: list[Trial]) -> list[Trial]:
    """Trials that go on from the checkpoint in the name of the first; none if it is not of these trials."""
    if not (first.run and first.run.checkpoint(*first.key).is_file()):
        return []
    path, known = first.run.checkpoint(*first.key), {trial.fingerprint: trial for trial in trials}
    with open_hdf5(path, "a checkpoint") as file:
        made_by = file.attrs.get("format_version"), file.attrs.get("backend")
        ours = made_by == (CHECKPOINT_VERSION, keras.backend.backend())
        stored = [file[str(number)] for number in range(len(file))] if ours else []
        members = [known.get(read_attribute(of_one, "fingerprint", str)) for of_one in stored]
        if not members or None in members:
            if not first.finished:
                print(f"{shown(path)} is of other settings, data, code or backend: starting again.", file=sys.stderr)
            return []
        for trial, of_one in zip(members, stored, strict=True):
            if not trial.finished:
                trial.saved_in = path
                trial.history = read_attribute(of_one, "history", json.loads)
                trial.failure = read_attribute(of_one, "failure", str)
                trial.state, trial.kept = (
                    [read_array(of_one, f"{name}/{i}") for i in range(len(of_one.get(name, ())))]
                    for name in ("state", "kept")
                )
                print(f"{trial}: going on after epoch {trial.epoch}/{trial.settings.epochs}.", file=sys.stderr)
    # Where some are finished, all are trained: the last checkpoint of several is written after the last epoch.
    return [trial for trial in members if not trial.finished]
