"""Train all networks of a run without notebooks: `python -m expact_utils.training CONFIG`."""

import argparse
import time
from pathlib import Path

from expact_utils.data import datasets
from expact_utils.networks import engine
from expact_utils.networks.training import train_trials
from expact_utils.networks.trial import Settings
from expact_utils.run import choice, trainings
from expact_utils.run.errors import InputError, TrainingError, run_command
from expact_utils.run.files import read_json
from expact_utils.run.lock import lock
from expact_utils.run.paths import Network, Run, shown
from expact_utils.run.progress import duration

SETTINGS = ("epochs", "batch_size", "seed", "protocol")  # of a config
# Settings that a config.json of the first edition lacks.
LATER = ("strand", "patience", "paired")
FIRST_EDITION = {"first_trial": 0, "sensitivity": [], "sensitivity_trials": 0, "also": []}


def _config(path: Path) -> tuple[dict, Run]:
    """Settings and folder of a run: from a YAML config, or as the graph left them, checked, in the run's folder."""
    if path.suffix == ".json":
        config = read_json(path)
        for key in ("datasets", "architectures", "activations", "trials", *SETTINGS):
            if key not in config:
                raise InputError(f"{path} lacks {key}; expected the config.json that the graph wrote.")
        return config, Run(path.absolute().parent)
    try:
        from expact_utils.run.config import load
    except ImportError as error:
        raise InputError(
            f"reading {path} takes the package {error.name}, which is missing here; "
            "expected it, or the config.json of the run's folder, which holds the same settings."
        ) from None
    config = load(path)
    return config, Run(f"runs/{config['name']}")


def _train_all(config: dict, run: Run) -> None:
    """Train the networks of a config, those of one architecture together where that is faster."""
    failures = []
    settings = {key: config[key] for key in (*SETTINGS, *LATER) if key in config} | choice.chosen(run)
    for (name, architecture), group in _groups(config).items():
        of_group = [Settings(architecture, network.activation, network.trial, **settings) for network in group]
        try:
            train_trials(datasets.read(run.data(name)), of_group, name, run)
        except TrainingError as error:
            failures.append(str(error))
    if failures:
        raise TrainingError(" ".join(failures))


def _groups(config: dict) -> dict[tuple[str, str], list[Network]]:
    """Every training of a config, by data set and architecture."""
    groups: dict[tuple[str, str], list[Network]] = {}
    for network in trainings.networks(FIRST_EDITION | config):
        groups.setdefault((network.dataset, network.architecture), []).append(network)
    return groups


def _command() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m expact_utils.training",
        description="Train all networks of a config, without notebooks: Keras, TensorFlow or JAX (by KERAS_BACKEND), "
        "numpy, h5py and scikit-learn are enough. The data must be in the run's folder. Networks, histories and "
        "checkpoints go there too; what is finished is not trained again, here or in the graph.",
    )
    parser.add_argument("config", type=Path, help="a config (YAML), or the config.json of a run's folder")
    started = time.monotonic()
    config, run = _config(parser.parse_args().config)
    with lock(run.lock):
        _train_all(config, run)
    print(f"{shown(run.folder / 'models')}: all trained, in {duration(time.monotonic() - started)}, {engine.device()}")


if __name__ == "__main__":
    run_command(_command)
