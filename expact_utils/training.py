"""Training as Koo & Ploenzke 2019 (Methods, "Training") did it: fast, deterministic, resumable.

Mini-batches of 100, Adam at its defaults, binary cross-entropy; the weights of the lowest validation loss are
kept and scored once on the test set (`protocols` has what the journal version does otherwise). The loop is our own,
because Keras's `fit` spends much of its time on other things than networks of this size: sequences stay in memory as
int8, and an engine (see `engine`) does an epoch in one compiled call. Everything random follows from seed, trial and
epoch alone, so a training can stop and go on.

    python -m expact_utils.training CONFIG

trains all networks of a config without notebooks; `--help` says more.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from sklearn.metrics import average_precision_score

from expact_utils import datasets, engine
from expact_utils.datasets import Dataset
from expact_utils.errors import InputError, TrainingError, run_command
from expact_utils.files import read_json
from expact_utils.progress import Progress, duration
from expact_utils.protocols import PROTOCOLS, Protocol
from expact_utils.runs import Run, lock, shown, training_code
from expact_utils.scores import score
from expact_utils.trial import Settings, Trial, groups, remove_checkpoint, save_checkpoint

PREDICTION_BATCH = 500
STEPS_IN_A_CALL = 1000  # so that progress and Ctrl-C come through; an epoch of the paper's data has 175
BUFFER = 2**27  # bytes of sequences that are shuffled at a time, where they stay in their file
PIECE = 2**20  # bytes of sequences that are read at a time into that buffer
CHECKPOINT_SECONDS = 60
SETTINGS = ("epochs", "batch_size", "seed", "protocol")  # of a config


def train(
    dataset: Dataset, settings: Settings, name: str = "synthetic", run: Run | None = None
) -> tuple[keras.Model, dict]:
    """Train one network and score it on the test set.

    The seed and the trial decide initial weights, order of batches and dropout; so a trial of the ReLU and of
    the exponential network start from the same weights and see the same batches.

    Parameters
    ----------
    dataset : Dataset
        X: int8, shape=(N, length); Y: int8, shape=(N, classes).
    settings : Settings
        Network and protocol.
    name : str
        Name of the dataset, for messages, files and the history.
    run : Run, optional
        Where to save network, history and checkpoints. A training that is finished there is not made again; one that
        was cut off goes on from its checkpoint, and ends with the weights that it would have had.

    Returns
    -------
    keras.Model, dict
        The network with the weights that are kept, and the history: losses by epoch, test scores, settings, provenance.
        `trained` is false where the validation loss never fell 1 % below that of the base rate.

    Raises
    ------
    InputError
        When there are fewer training sequences than a batch, or they are too short for the network.
    TrainingError
        When the loss is no longer finite; names dataset, network, trial and epoch.
    """
    return train_trials(dataset, [settings], name, run)[0]


def train_trials(
    dataset: Dataset, settings: list[Settings], name: str = "synthetic", run: Run | None = None
) -> list[tuple[keras.Model, dict]]:
    """Train several networks of one architecture, together where that is faster; otherwise as `train`.

    Raises
    ------
    TrainingError
        When a network's loss is no longer finite; the others are trained to their end first.
    """
    if len(dataset.X["train"]) < settings[0].batch_size:
        raise InputError(
            f"{name} has {len(dataset.X['train'])} training sequences; expected at least one batch of "
            f"{settings[0].batch_size}."
        )
    fingerprint = f"{datasets.fingerprint(dataset)} {training_code()}"
    trials = [Trial(name, of_one, dataset, run, fingerprint) for of_one in settings]
    trainer = None
    for group in groups(trials, _together(dataset, settings[0])):
        trainer = _trainer(group, trainer)
        _fit(trainer, dataset, group)
        for trial in group:
            if not trial.failure:
                trial.history["trained_together"] = len(group)
                probabilities = predict(trial.fill_in_kept(), dataset.X["test"])
                trial.finish(base_rate_loss(dataset), score(dataset.Y["test"][:], probabilities, dataset.class_names))
        remove_checkpoint(group)
    failures = [trial.failure for trial in trials if trial.failure]
    if failures:
        raise TrainingError(" ".join(failures))
    return [(trial.model, trial.history) for trial in trials]


def predict(model: keras.Model, codes: np.ndarray) -> np.ndarray:
    """Probabilities of each class, float32, shape=(N, classes), for codes, int8, shape=(N, length)."""
    batches = [codes[i : i + PREDICTION_BATCH] for i in range(0, len(codes), PREDICTION_BATCH)]
    return np.concatenate([model.predict_on_batch(datasets.one_hot(batch)) for batch in batches])


def cross_entropy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Binary cross-entropy (nats), the mean over sequences and classes; inputs of shape=(..., N, classes)."""
    p = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    return -np.where(labels == 1, np.log(p), np.log1p(-p)).mean(axis=(-2, -1))


def base_rate_loss(dataset: Dataset) -> float:
    """Validation loss of always answering with the share of positives in the training set, class by class."""
    labels, train = dataset.Y["valid"][:], dataset.Y["train"]
    rows = max(1, BUFFER // labels.shape[1])
    positives = sum(train[i : i + rows].sum(axis=0, dtype="int64") for i in range(0, len(train), rows))
    return float(cross_entropy(labels, np.broadcast_to(positives / len(train), labels.shape)))


def _together(dataset: Dataset, settings: Settings) -> int:
    """Number of trials to train at a time: one, where each reads its own order from the file, or stops by itself."""
    alone = _stored(dataset.X["train"], dataset.Y["train"]) or PROTOCOLS[settings.protocol].patience
    return 1 if alone else engine.trials_at_once()


def _stored(*arrays) -> bool:
    """Whether one of these stays in its file, so that all are read piece by piece."""
    return any(isinstance(array, datasets.Stored) for array in arrays)


def _trainer(trials: list[Trial], last: engine.Engine | None) -> engine.Engine:
    """Engine that stands where the trials do: the last one, which is compiled, if its networks are of the same kind."""
    trainer = engine.create([trial.model for trial in trials])
    states = [trial.state or start for trial, start in zip(trials, trainer.states(), strict=True)]
    if last and last.networks == trainer.networks:
        trainer = last
    trainer.restore(states)
    return trainer


def _fit(trainer: engine.Engine, dataset: Dataset, trials: list[Trial]) -> None:
    """Train to the last epoch, and leave checkpoints on the way."""
    epochs, saved = trials[0].settings.epochs, time.monotonic()
    title = str(trials[0]) if len(trials) == 1 else f"{trials[0].key[0]} {trials[0].key[1]}, {len(trials)} trials"
    progress = Progress(title, epochs, max(trial.epoch for trial in trials))
    X, Y = dataset.X["train"], dataset.Y["train"]
    if not _stored(X, Y):
        X, Y = trainer.put(X), trainer.put(Y)
        trainer.prepare(X, Y, trials[0].settings.batch_size)
    try:
        while not all(trial.over for trial in trials):
            started, epoch = time.monotonic(), max(trial.epoch for trial in trials) + 1
            trainer.set_learning_rate(trials[0].learning_rate)
            losses = _epoch(trainer, X, Y, trials, epoch, progress), *_validate(trainer, dataset, trials[0].protocol)
            for trial, *values in zip(trials, *losses, trainer.states(), strict=True):
                trial.record(*values, time.monotonic() - started)
            if all(trial.failure for trial in trials):
                return
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                save_checkpoint(trials)
                saved = time.monotonic()
            progress.report(epoch, f"epoch {epoch}/{epochs}, {_losses(trials)}")
        if trials[0].protocol.patience and trials[0].epoch < epochs:
            print(
                f"\n{title}: over after epoch {trials[0].epoch}/{epochs}; the validation auPR no longer rises.",
                file=sys.stderr,
            )
        if len(trials) > 1:
            save_checkpoint(trials)  # killed while they are scored, those that are left need no training
    except KeyboardInterrupt:
        path, epoch = save_checkpoint(trials), max(trial.epoch for trial in trials)
        where = f"saved in {shown(path.parent)}; the same command goes on from there" if path else "nothing is saved"
        print(f"\n{title}: stopped after epoch {epoch}/{epochs}, {where}.", file=sys.stderr)
        raise


def _epoch(trainer: engine.Engine, X, Y, trials: list[Trial], epoch: int, progress: Progress) -> np.ndarray:
    """Train for an epoch; return each trial's mean loss."""
    seeds = [trial.seeds(epoch) for trial in trials]
    orders = [np.random.default_rng(order) for order, _ in seeds]
    dropout = np.stack([dropout.generate_state(2) for _, dropout in seeds])
    epochs, batch_size = trials[0].settings.epochs, trials[0].settings.batch_size
    steps, step, total = len(X) // batch_size, 0, 0.0
    parts = _from_file(trainer, X, Y, batch_size, *orders) if _stored(X, Y) else _shuffled(X, Y, batch_size, orders)
    for codes, labels, order in parts:
        total = total + trainer.run(codes, labels, order, dropout, step)
        step += order.shape[1]
        if step < steps:
            progress.report(epoch - 1 + step / steps, f"epoch {epoch}/{epochs}, step {step}/{steps}")
    return total / steps


def _shuffled(codes, labels, batch_size: int, rngs: list[np.random.Generator]) -> Iterator[tuple]:
    """Sequences and labels with the rows of each batch, shape=(trials, steps, batch), a call's worth at a time.

    The rows that are left over after the last whole batch are others in each epoch.
    """
    steps = len(codes) // batch_size
    order = np.stack([rng.permutation(len(codes))[: steps * batch_size] for rng in rngs])
    order = order.reshape(len(rngs), steps, batch_size).astype("int32")
    for first in range(0, steps, STEPS_IN_A_CALL):
        yield codes, labels, order[:, first : first + STEPS_IN_A_CALL]


def _from_file(trainer, X, Y, batch_size: int, rng: np.random.Generator) -> Iterator[tuple]:
    """The same from a file that is larger than memory: pieces in random order, shuffled a buffer at a time."""
    piece = batch_size * max(1, PIECE // (X.shape[1] * batch_size))
    starts = rng.permutation(np.arange(0, len(X), piece))
    together = max(1, BUFFER // (X.shape[1] * piece))
    for i in range(0, len(starts), together):
        rows = [slice(start, start + piece) for start in starts[i : i + together]]
        codes, labels = (trainer.put(np.concatenate([of[part] for part in rows])) for of in (X, Y))
        yield from _shuffled(codes, labels, batch_size, [rng])


def _validate(trainer: engine.Engine, dataset: Dataset, protocol: Protocol) -> tuple[np.ndarray, list]:
    """Loss on the validation set, without penalty, of each trial; and its auPR if the protocol watches it.

    That auPR is over all classes at once, as Keras's metric has it.
    """
    X, labels = dataset.X["valid"], dataset.Y["valid"][:]
    rows = max(1, BUFFER // X.shape[1])
    pieces = [trainer.predict(X[start : start + rows]) for start in range(0, len(X), rows)]
    probabilities = np.concatenate(pieces, axis=1)
    watched = protocol.patience is not None
    auprs = [
        average_precision_score(labels.ravel(), p.ravel()) if watched and np.isfinite(p).all() else None
        for p in probabilities
    ]
    return cross_entropy(labels, probabilities), auprs


def _losses(trials: list[Trial]) -> str:
    """Losses after the last epoch, the mean over trials."""
    training, validation = (
        np.array([trial.history[f"{kind}_loss"] for trial in trials if not trial.failure])
        for kind in ("training", "validation")
    )
    return (
        f"training loss {training[:, -1].mean():.4f}, validation loss {validation[:, -1].mean():.4f} "
        f"(best {validation.min(axis=1).mean():.4f})"
    )


def _config(path: Path) -> tuple[dict, Run]:
    """Settings and folder of a run: from a YAML config, or as the graph left them, checked, in the run's folder."""
    if path.suffix == ".json":
        config = read_json(path)
        for key in ("datasets", "architectures", "activations", "trials", *SETTINGS):
            if key not in config:
                raise InputError(f"{path} lacks {key}; expected the config.json that the graph wrote.")
        return config, Run(path.absolute().parent)
    try:
        from expact_utils.config import load
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
    for name, architecture in itertools.product(config["datasets"], config["architectures"]):
        settings = [
            Settings(architecture, activation, trial, *(config[key] for key in SETTINGS))
            for activation, trial in itertools.product(config["activations"], range(config["trials"]))
        ]
        try:
            train_trials(datasets.read(run.data(name)), settings, name, run)
        except TrainingError as error:
            failures.append(str(error))
    if failures:
        raise TrainingError(" ".join(failures))


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
