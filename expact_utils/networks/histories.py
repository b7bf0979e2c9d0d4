"""The history of a training: its losses, scores and provenance, as JSON."""

import numpy as np

from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json, write_json
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS
from expact_utils.run.paths import KEY, Network, Run

VERSION = 1  # of the format
# Correlation with its initial kernel from which on a filter has not learned. Of networks that were trained on shuffled
# labels, 30 epochs leave every filter above it; of those that find a motif, it is .42 to .84.
UNMOVED = 0.85
NEEDED = ("commit", "device", "epochs", "best_epoch", "protocol", "seconds", "seed", "started", "trained")


def write(run: Run, network: Network, history: dict) -> None:
    """Write the history of a finished training, whole or not at all."""
    write_json(run.history(network), history)


def read(run: Run, network: Network) -> dict:
    """Read the history of a training.

    Raises
    ------
    InputError
        When the file is missing or not as it was written, is of another format or another training, lacks what the
        tables need, or has not a loss for each epoch.
    """
    path, history = run.history(network), read_json(run.history(network))
    try:
        version = history.get("format_version", VERSION)  # the first ones did not say theirs
        trained = tuple(history[name] for name in KEY)
        epochs = {len(history[f"{name}_loss"]) for name in ("training", "validation")}
        _ = [history[name] for name in NEEDED]
        _ = [history["test"][name] for score in scored_by(history) for name in (score, f"{score}_mean")]
    except KeyError as error:
        raise InputError(f"{path} is not the history of a training: {error} is missing.") from None
    except (AttributeError, TypeError):
        raise InputError(f"{path} is not the history of a training.") from None
    if version != VERSION:
        raise InputError(f"{path}: format version {version}; expected {VERSION}.")
    if trained != tuple(network):
        raise InputError(f"{path} is the history of {trained}; expected {tuple(network)}.")
    if len(epochs) > 1 or not 1 <= history["best_epoch"] <= max(epochs):
        raise InputError(f"{path} has not a training and a validation loss for each epoch up to the best one.")
    return history


def scored_by(history: dict) -> tuple[str, ...]:
    """Scores of a training: auPR and auROC, or, where numbers are predicted, the correlations."""
    return tuple(OF_NUMBERS if history["test"].keys() & OF_NUMBERS.keys() else OF_CLASSES)


def of_model(run: Run, network: Network) -> str | None:
    """SHA-256 of the network that a history was written with; None where there is none, or it does not say so."""
    path = run.history(network)
    return read_json(path).get("network") if path.is_file() else None


def learned(history: dict, filters: int) -> np.ndarray:
    """Whether training moved each first-layer filter away from its initial weights, shape=(filters,).

    All are taken for moved where the history, of the first edition, does not say.
    """
    similarity = history.get("start_similarity") or [0.0] * filters
    return np.array(similarity) < UNMOVED
