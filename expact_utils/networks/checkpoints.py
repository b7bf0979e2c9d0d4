"""Checkpoints of trainings that are not finished.

Trials that are trained together share one, as on some devices a network's last digits depend on what was computed
beside it: they stand after the same epoch, and go on together.
"""

import json
import sys
from pathlib import Path

import h5py
import keras

from expact_utils.networks.trial import Trial
from expact_utils.run.files import atomic, remove
from expact_utils.run.hdf5 import open_hdf5, read_array, read_attribute
from expact_utils.run.paths import shown

CHECKPOINT_VERSION = 4


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
    in the engine's order), `kept` (those that the model gets), and attributes history (JSON) and fingerprint.
    Attributes of the file: backend, format_version.
    """
    first = trials[0]
    if not (first.run and any(trial.state for trial in trials)):
        return None
    path = first.saved_in or first.run.checkpoint(first.network)
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        for number, trial in enumerate(trials):
            trial.saved_in = path
            of_one = file.create_group(str(number))
            for name in ("state", "kept"):
                for i, array in enumerate(getattr(trial, name)):
                    of_one[f"{name}/{i}"] = array
            of_one.attrs["history"] = json.dumps(trial.history)
            of_one.attrs["fingerprint"] = trial.fingerprint
        file.attrs["backend"] = keras.backend.backend()
        file.attrs["format_version"] = CHECKPOINT_VERSION
    return path


def remove_checkpoint(trials: list[Trial]) -> None:
    """Remove the checkpoint of trials that were trained together, if they left one."""
    if trials[0].saved_in:
        remove(trials[0].saved_in)


def _taken_up(first: Trial, trials: list[Trial]) -> list[Trial]:
    """Trials that go on from the checkpoint in the name of the first; none if it is not of these trials."""
    if not (first.run and first.run.checkpoint(first.network).is_file()):
        return []
    path, known = first.run.checkpoint(first.network), {trial.fingerprint: trial for trial in trials}
    with open_hdf5(path, "a checkpoint") as file:
        made_by = file.attrs.get("format_version"), file.attrs.get("backend")
        ours = made_by == (CHECKPOINT_VERSION, keras.backend.backend())
        stored = [file[str(number)] for number in range(len(file))] if ours else []
        prints = [read_attribute(of_one, "fingerprint", str) for of_one in stored]
        if not prints or not known.keys() >= set(prints):
            if not first.finished:
                print(f"{shown(path)} is of other settings, data, code or backend: starting again.", file=sys.stderr)
            return []
        members = [known[one] for one in prints]
        for trial, of_one in zip(members, stored, strict=True):
            if not trial.finished:
                trial.saved_in = path
                trial.history = read_attribute(of_one, "history", json.loads)
                trial.state, trial.kept = (
                    [read_array(of_one, f"{name}/{i}") for i in range(len(of_one.get(name, ())))]
                    for name in ("state", "kept")
                )
                print(f"{trial}: going on after epoch {trial.epoch}/{trial.settings.epochs}.", file=sys.stderr)
    # Where some are finished, all are trained: the last checkpoint of several is written after the last epoch.
    return [trial for trial in members if not trial.finished]
