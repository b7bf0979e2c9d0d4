"""Training as Koo & Ploenzke 2019 (Methods, "Training") did it: fast, deterministic, resumable.

Mini-batches of 100, Adam at its defaults, binary cross-entropy; the weights of the lowest validation loss are
kept and scored once on the test set (`protocols` has what the journal version does otherwise). The loop is our own,
because Keras's `fit` spends much of its time on other things than networks of this size: sequences stay in memory as
int8, and an engine (see `engine`) does an epoch in one compiled call. Everything random follows from seed, trial and
epoch alone, so a training can stop and go on.

    python -m expact_utils.training CONFIG

trains all networks of a config without notebooks; `--help` says more.
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from expact_utils.data import datasets, targets
from expact_utils.data.datasets import Array, Dataset
from expact_utils.dna import letters
from expact_utils.networks import code, computation, engine
from expact_utils.networks.checkpoints import groups, remove_checkpoint, save_checkpoint
from expact_utils.networks.models import rescale
from expact_utils.networks.scores import check_watched, score, watched
from expact_utils.networks.trial import BOTH, GIVEN, Settings, Trial
from expact_utils.run.errors import InputError, TrainingError
from expact_utils.run.names import SCORES
from expact_utils.run.paths import Run, shown
from expact_utils.run.progress import Progress

PREDICTION_BATCH = 500
STEPS_IN_A_CALL = 1000  # so that progress and Ctrl-C come through; an epoch of the paper's data has 175
BUFFER = 2**27  # bytes of sequences that are shuffled at a time, where they stay in their file
PIECE = 2**20  # bytes of sequences that are read at a time into that buffer
CHECKPOINT_SECONDS = 60


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
        When there are fewer training sequences than a batch, they are too short for the network, or the protocol
        watches the auROC of a validation set with one label only.
    TrainingError
        When the loss is not finite after the first epoch; names dataset, network, trial and epoch. If that happens
        later, the weights of the epochs before are kept, and the history's `failure` says so.
    """
    return train_trials(dataset, [settings], name, run)[0]


def train_trials(
    dataset: Dataset, settings: list[Settings], name: str = "synthetic", run: Run | None = None
) -> list[tuple[keras.Model, dict]]:
    """Train several networks of one architecture, together where that is faster; otherwise as `train`.

    Raises
    ------
    TrainingError
        When a network's loss is not finite after its first epoch; the others are trained to their end first.
    """
    if len(dataset.X["train"]) < settings[0].batch_size:
        raise InputError(
            f"{name} has {len(dataset.X['train'])} training sequences; expected at least one batch of "
            f"{settings[0].batch_size}."
        )
    measure = settings[0].rules.watched(len(dataset.class_names), dataset.numbers)
    check_watched(measure, dataset.Y["valid"][:], name)
    data, learned = datasets.fingerprint(dataset), dataset.standardised()
    trials = [
        Trial(name, of_one, dataset, run, f"{data} {code.of_training(of_one.architecture, of_one.activation)}")
        for of_one in settings
    ]
    trainer = None
    for group in _groups(dataset, trials):
        trainer = _trainer(group, trainer)
        _fit(trainer, learned, group)
        for trial in group:
            if trial.epoch:
                trial.history["trained_together"] = len(group)
                model = trial.fill_in_kept()
                if dataset.numbers:
                    rescale(model, *targets.scale(dataset.Y["train"][:]))
                predicted = predict(model, dataset.X["test"], trial.settings.strand)
                trial.finish(base_rate_loss(learned), score(dataset.Y["test"][:], predicted, dataset.class_names))
        remove_checkpoint(group)
    failures = [trial.failure for trial in trials if not trial.epoch]
    if failures:
        raise TrainingError(" ".join(failures))
    return [(trial.model, trial.history) for trial in trials]


def predict(model: keras.Model, codes: Array, strand: str = GIVEN) -> np.ndarray:
    """Probabilities of each class, or numbers, float32, shape=(N, classes), for codes, int8, shape=(N, length).

    `strand` as in `Settings`: of `both`, the mean of the two.
    """
    batches = [codes[i : i + PREDICTION_BATCH] for i in range(0, len(codes), PREDICTION_BATCH)]
    return np.concatenate(
        [
            np.mean([model.predict_on_batch(letters.one_hot(one)) for one in _strands(batch, strand)], axis=0)
            for batch in batches
        ]
    )


def _strands(codes: np.ndarray, strand: str) -> list[np.ndarray]:
    """Sequences as they stand, and their reverse complements where both strands count."""
    return [codes, letters.reverse_complement(codes)] if strand == BOTH else [codes]


def loss(labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Binary cross-entropy (nats) of classes, or squared error of numbers: the mean over the labels that are known.

    Labels, shape=(N, classes), as of a `Dataset`; outputs, shape=(..., N, classes).
    """
    outputs, known = outputs.astype(np.float64), targets.known(labels)
    if targets.are_numbers(labels):
        lost = np.square(outputs - labels)
    else:
        p = np.clip(outputs, 1e-7, 1 - 1e-7)
        lost = -np.where(labels == 1, np.log(p), np.log1p(-p))
    return lost.mean(axis=(-2, -1)) if known.all() else lost[..., known].mean(axis=-1)


def base_rate_loss(dataset: Dataset) -> float:
    """Validation loss of always answering with the mean of the training set's known labels, class by class."""
    labels, train = dataset.Y["valid"][:], dataset.Y["train"]
    rows = max(1, BUFFER // labels.shape[1])
    total: Any = 0.0
    number: Any = 0
    for piece in (train[start : start + rows] for start in range(0, len(train), rows)):
        known = targets.known(piece)
        total = total + np.where(known, piece, 0).sum(axis=0, dtype=np.float64)
        number = number + known.sum(axis=0)
    return float(loss(labels, np.broadcast_to(total / number, labels.shape)))


def _groups(dataset: Dataset, trials: list[Trial]) -> list[list[Trial]]:
    """Unfinished trials to train together, which are computed alike."""
    kinds: dict[Any, list[Trial]] = {}
    for trial in trials:
        kinds.setdefault(computation.kind(trial.model), []).append(trial)
    return [group for of_kind in kinds.values() for group in groups(of_kind, _together(dataset, of_kind))]


def _together(dataset: Dataset, trials: list[Trial]) -> int:
    """Number of trials to train at a time.

    One, where each reads its own order from the file, or Keras's own layers compute it.
    """
    alone = _stored(dataset.X["train"], dataset.Y["train"])
    return 1 if alone or not computation.of([trials[0].model]).together else engine.trials_at_once()


def _stored(*arrays) -> bool:
    """Whether one of these stays in its file, so that all are read piece by piece."""
    return any(isinstance(array, datasets.Stored) for array in arrays)


def _trainer(trials: list[Trial], last: engine.Engine | None) -> engine.Engine:
    """Engine that stands where the trials do: the last one, which is compiled, if its networks are of the same kind."""
    trainer = engine.create([trial.model for trial in trials])
    states = [trial.state or start for trial, start in zip(trials, trainer.states(), strict=True)]
    if last and last.computation == trainer.computation:
        trainer = last
    trainer.restore(states)
    return trainer


def _fit(trainer: engine.Engine, dataset: Dataset, trials: list[Trial]) -> None:
    """Train to the last epoch, and leave checkpoints on the way."""
    epochs, saved = trials[0].settings.epochs, time.monotonic()
    title = (
        str(trials[0])
        if len(trials) == 1
        else f"{trials[0].network.dataset} {trials[0].network.architecture}, {len(trials)} trials"
    )
    progress = Progress(title, epochs, max(trial.epoch for trial in trials))
    X, Y, settings = dataset.X["train"], dataset.Y["train"], trials[0].settings
    if not _stored(X, Y):
        X, Y = (trainer.put(of) for of in _of_strands(X, Y, settings.strand))
        trainer.prepare(X, Y, settings.batch_size)
    try:
        while not all(trial.over for trial in trials):
            started, epoch = time.monotonic(), max(trial.epoch for trial in trials) + 1
            trainer.set_learning_rates([trial.learning_rate for trial in trials])
            losses = _epoch(trainer, X, Y, trials, epoch, progress), *_validate(trainer, dataset, trials[0])
            for trial, loss, validation, of_one, state in zip(trials, *losses, trainer.states(), strict=True):
                trial.record(loss, validation, of_one, state, time.monotonic() - started)
            if all(trial.failure for trial in trials):
                break
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                save_checkpoint(trials)
                saved = time.monotonic()
            progress.report(epoch, f"epoch {epoch}/{epochs}, {_losses(trials)}")
        _say_which_stopped(trials)
        if len(trials) > 1:
            save_checkpoint(trials)  # killed while they are scored, those that are left need no training
    except KeyboardInterrupt:
        path, epoch = save_checkpoint(trials), max(trial.epoch for trial in trials)
        where = f"saved in {shown(path.parent)}; the same command goes on from there" if path else "nothing is saved"
        print(f"\n{title}: stopped after epoch {epoch}/{epochs}, {where}.", file=sys.stderr)
        raise


def _of_strands(X, Y, strand: str) -> tuple[np.ndarray, np.ndarray]:
    """Sequences and labels to learn from: each on both strands, where these count."""
    codes = _strands(X, strand)
    return np.concatenate(codes), np.concatenate([Y] * len(codes))


def _epoch(trainer: engine.Engine, X, Y, trials: list[Trial], epoch: int, progress: Progress) -> np.ndarray:
    """Train for an epoch; return each trial's mean loss."""
    seeds = [trial.seeds(epoch) for trial in trials]
    orders = [np.random.default_rng(order) for order, _ in seeds]
    dropout = np.stack([dropout.generate_state(2) for _, dropout in seeds])
    epochs, batch_size, strand = (getattr(trials[0].settings, name) for name in ("epochs", "batch_size", "strand"))
    stored = _stored(X, Y)
    steps, step = len(X) * (2 if stored and strand == BOTH else 1) // batch_size, 0
    total: Any = 0.0
    parts = _from_file(trainer, X, Y, batch_size, strand, *orders) if stored else _shuffled(X, Y, batch_size, orders)
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


def _from_file(trainer, X, Y, batch_size: int, strand: str, rng: np.random.Generator) -> Iterator[tuple]:
    """The same from a file that is larger than memory: pieces in random order, shuffled a buffer at a time."""
    piece = batch_size * max(1, PIECE // (X.shape[1] * batch_size))
    starts = rng.permutation(np.arange(0, len(X), piece))
    together = max(1, BUFFER // (X.shape[1] * piece))
    for i in range(0, len(starts), together):
        rows = [slice(start, start + piece) for start in starts[i : i + together]]
        codes, labels = (np.concatenate([of[part] for part in rows]) for of in (X, Y))
        codes, labels = map(trainer.put, _of_strands(codes, labels, strand))
        yield from _shuffled(codes, labels, batch_size, [rng])


def _validate(trainer: engine.Engine, dataset: Dataset, trial: Trial) -> tuple[np.ndarray, list]:
    """Loss on the validation set, without penalty, of each trial; and its watched score, None where there is none."""
    X, labels = dataset.X["valid"], dataset.Y["valid"][:]
    rows = max(1, BUFFER // X.shape[1])
    pieces = [
        np.mean([trainer.predict(one) for one in _strands(X[start : start + rows], trial.settings.strand)], axis=0)
        for start in range(0, len(X), rows)
    ]
    probabilities = np.concatenate(pieces, axis=1)
    found = [
        watched(trial.watched, labels, p) if trial.watched and np.isfinite(p).all() else None for p in probabilities
    ]
    return loss(labels, probabilities), found


def _say_which_stopped(trials: list[Trial]) -> None:
    for trial in trials:
        done, epochs, patience = trial.epoch, trial.settings.epochs, trial.settings.patience
        if trial.stops_early and done < epochs and not trial.failure:
            why = "loss no longer falls" if patience else f"{SCORES[trial.watched]} no longer rises"
            print(f"\n{trial}: over after epoch {done}/{epochs}; the validation {why}.", file=sys.stderr)


def _losses(trials: list[Trial]) -> str:
    """Losses after each trial's last epoch, the mean over trials."""
    histories = [trial.history for trial in trials if not trial.failure]
    training, validation = (
        float(np.mean([history[f"{kind}_loss"][-1] for history in histories])) for kind in ("training", "validation")
    )
    best = float(np.mean([min(history["validation_loss"]) for history in histories]))
    return f"training loss {training:.4f}, validation loss {validation:.4f} (best {best:.4f})"
