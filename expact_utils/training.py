"""Training by protocol A (Koo & Ploenzke 2019, Methods, "Training"): the only module that knows the backend.

Mini-batches of 100, Adam at its defaults, binary cross-entropy; the weights of the lowest validation loss are
kept and scored once on the test set. The loop is our own and short, because `fit` stalls at epochs of networks
this small: sequences stay in memory as int8, and gathering, one-hot encoding and the step run in one compiled
call an epoch.
"""

import math
import sys
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import average_precision_score, roc_auc_score

from expact_utils.datasets import Dataset
from expact_utils.errors import InputError, TrainingError
from expact_utils.files import atomic, write_json
from expact_utils.models import build
from expact_utils.runs import Run, provenance

PREDICTION_BATCH = 500
PROGRESS_LINES = 20


@dataclass(frozen=True)
class Settings:
    """What a training is: network, activation of its first layer, trial, and the protocol's numbers."""

    architecture: str
    activation: str
    trial: int = 0
    epochs: int = 100
    batch_size: int = 100
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.architecture} {self.activation} trial {self.trial}"


def train(dataset: Dataset, settings: Settings, name: str = "synthetic") -> tuple[keras.Model, dict]:
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
        Name of the dataset, for messages and the history.

    Returns
    -------
    keras.Model, dict
        The network with its best weights, and the history: losses by epoch, test scores, settings, provenance.

    Raises
    ------
    InputError
        When there are fewer training sequences than a batch, or they are too short for the network.
    TrainingError
        When the loss is no longer finite; names dataset, network, trial and epoch.
    """
    if len(dataset.X["train"]) < settings.batch_size:
        raise InputError(
            f"{name} has {len(dataset.X['train'])} training sequences; expected at least one batch of "
            f"{settings.batch_size}."
        )
    history = {"dataset": name, **asdict(settings), **provenance(), "device": _device()}
    seeds = np.random.SeedSequence([settings.seed, settings.trial]).generate_state(2)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(int(seeds[0]))
    model = build(settings.architecture, dataset.length, len(dataset.class_names), settings.activation)
    started = time.monotonic()
    history |= _fit(model, dataset, settings, np.random.default_rng(seeds[1]), name)
    history["seconds"] = round(time.monotonic() - started, 2)
    history["test"] = score(dataset.Y["test"], predict(model, dataset.X["test"]), dataset.class_names)
    return model, history


def save(run: Run, model: keras.Model, history: dict) -> None:
    """Write the network and its history to the run's folder, each whole or not at all."""
    key = [history[field] for field in ("dataset", "architecture", "activation", "trial")]
    with atomic(run.model(*key)) as partial:
        model.save(partial)
    write_json(run.history(*key), history)


def load(path: str | Path) -> keras.Model:
    """Open a trained network.

    Raises
    ------
    InputError
        When the file is missing or is not a Keras model.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} does not exist; expected a trained network (02_training.ipynb makes one).")
    try:
        return keras.saving.load_model(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a readable Keras model: {str(error).splitlines()[0]}") from None


def predict(model: keras.Model, codes: np.ndarray) -> np.ndarray:
    """Probabilities of each class, float32, shape=(N, classes), for codes, int8, shape=(N, length)."""
    forward = tf.function(lambda batch: model(_one_hot(batch), training=False))
    batches = [codes[i : i + PREDICTION_BATCH] for i in range(0, len(codes), PREDICTION_BATCH)]
    return np.concatenate([forward(batch).numpy() for batch in batches])


def score(labels: np.ndarray, probabilities: np.ndarray, class_names: list[str]) -> dict:
    """Score predictions by class and on average: auPR (average precision) and auROC; inputs of shape=(N, classes).

    A class with one label only has no score (None) and is left out of the average.
    """
    scores = {"aupr": {}, "auroc": {}}
    for i, class_name in enumerate(class_names):
        y, p = labels[:, i], probabilities[:, i]
        mixed = 0 < y.sum() < len(y)
        scores["aupr"][class_name] = float(average_precision_score(y, p)) if mixed else None
        scores["auroc"][class_name] = float(roc_auc_score(y, p)) if mixed else None
    for metric in ("aupr", "auroc"):
        known = [value for value in scores[metric].values() if value is not None]
        scores[f"{metric}_mean"] = float(np.mean(known)) if known else None
    return scores


def _fit(model, dataset: Dataset, settings: Settings, rng, name: str) -> dict:
    """Train to the last epoch and leave the best weights in the model; return losses by epoch."""
    run_epoch = _epoch(model, dataset.X["train"], dataset.Y["train"])
    validation_loss = _evaluation(model, dataset.X["valid"], dataset.Y["valid"])
    steps = len(dataset.X["train"]) // settings.batch_size
    losses = {"training_loss": [], "validation_loss": [], "epoch_seconds": []}
    best_loss, best_epoch, best_weights = math.inf, 0, None
    for epoch in range(1, settings.epochs + 1):
        started = time.monotonic()
        order = rng.permutation(len(dataset.X["train"]))[: steps * settings.batch_size]
        training = float(run_epoch(order.reshape(steps, -1).astype("int32")))
        validation = float(validation_loss())
        if not math.isfinite(training + validation):
            raise TrainingError(
                f"{name} {settings}: the loss is no longer a number in epoch {epoch}; try another seed."
            )
        if validation < best_loss:
            best_loss, best_epoch, best_weights = validation, epoch, model.get_weights()
        losses["training_loss"].append(training)
        losses["validation_loss"].append(validation)
        losses["epoch_seconds"].append(round(time.monotonic() - started, 3))
        _log_progress(settings, epoch, losses)
    model.set_weights(best_weights)
    return losses | {"best_epoch": best_epoch}


def _epoch(model, X: np.ndarray, Y: np.ndarray):
    """Compiled function from batches of rows, int32, shape=(steps, batch), to the epoch's mean loss."""
    X, Y = tf.constant(X), tf.constant(Y)
    cross_entropy, optimizer = keras.losses.BinaryCrossentropy(), keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)

    @tf.function
    def run_epoch(order):
        total = 0.0
        for rows in order:
            labels = tf.cast(tf.gather(Y, rows), tf.float32)
            with tf.GradientTape() as tape:
                loss = cross_entropy(labels, model(_one_hot(tf.gather(X, rows)), training=True))
                penalised = loss + tf.add_n(model.losses)
            gradients = tape.gradient(penalised, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            total += loss
        return total / tf.cast(len(order), tf.float32)

    return lambda order: run_epoch(tf.constant(order))


def _evaluation(model, X: np.ndarray, Y: np.ndarray):
    """Compiled function to the mean binary cross-entropy, without penalty, over all of X and Y."""
    X, Y = tf.constant(X), tf.constant(Y)
    cross_entropy = keras.losses.BinaryCrossentropy(reduction="sum")

    @tf.function
    def evaluate():
        total = 0.0
        for start in tf.range(0, len(X), PREDICTION_BATCH):
            end = start + PREDICTION_BATCH
            labels = tf.cast(Y[start:end], tf.float32)
            total += cross_entropy(labels, model(_one_hot(X[start:end]), training=False))
        return total / len(X)

    return evaluate


def _one_hot(codes):
    """One-hot encode in the graph: codes, shape=(N, length), to float32, shape=(N, length, 4); N (4) is zeros."""
    return tf.one_hot(codes, 4)


def _device() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in gpus]
    return f"TensorFlow on {', '.join(names) or 'CPU'}"


def _log_progress(settings: Settings, epoch: int, losses: dict) -> None:
    """Print some 20 lines a training to standard error: a log shows them, a page leaves them out."""
    every = math.ceil(settings.epochs / PROGRESS_LINES)
    if epoch % every and epoch not in (1, settings.epochs):
        return
    left = np.median(losses["epoch_seconds"]) * (settings.epochs - epoch)
    print(
        f"{settings}: epoch {epoch}/{settings.epochs}, training loss {losses['training_loss'][-1]:.4f}, "
        f"validation loss {losses['validation_loss'][-1]:.4f} (best {min(losses['validation_loss']):.4f}), "
        f"{left:.0f} s left",
        file=sys.stderr,
        flush=True,
    )
