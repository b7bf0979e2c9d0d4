"""Whether exponentials can follow one another: the largest values that enter the activations of a network.

An exponential gives what it gets a long tail. Batch normalisation divides by the standard deviation, which the largest
values then lie far above, and the next exponential may make more of them than float32 holds.
"""

import warnings

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from expact_utils.dna.letters import BASES, one_hot
from expact_utils.networks import models
from expact_utils.networks.recalibration import recalibrated
from expact_utils.run.names import ARCHITECTURES, activation_title

SEQUENCES, LENGTH = 500, 200  # random ones, all bases alike
PROTOCOL = "journal2020"
SEEDS = 5
LIMIT = float(np.log(np.finfo(np.float32).max))  # the exponential of a larger value is infinite
E, BOUNDED = "exponential", "bounded_exponential"
DESIGNS = ("relu", E, f"{E}+{E}", f"{E}+{E}+{E}", f"{E}+{E}+{E}+{E}", f"{BOUNDED}+{BOUNDED}+{BOUNDED}+{BOUNDED}")


def largest(architecture: str, activations: tuple[str, ...] = DESIGNS, seeds: int = SEEDS) -> pd.DataFrame:
    """Largest value that enters the activation of each convolution, in networks that were not trained.

    Parameters
    ----------
    architecture, activations : str, tuple[str, ...]
        Of the networks.
    seeds : int
        Networks of each; every one gets random sequences of its own.

    Returns
    -------
    pd.DataFrame
        A row for each of `activations`, by which it is indexed; columns `layer 1`, `layer 2`, …: the largest value over
        all its networks, with the statistics of normalisation that these sequences give; NaN where, in any of them,
        those are infinite.
    """
    rows = {label: _largest(architecture, label, seeds) for label in activations}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.set_axis([f"layer {i}" for i in range(1, table.shape[1] + 1)], axis=1).rename_axis("activation")


def _largest(architecture: str, label: str, seeds: int) -> np.ndarray:
    found = []
    for seed in range(seeds):
        codes = np.random.default_rng(seed).integers(0, BASES, (SEQUENCES, LENGTH), dtype=np.int8)
        keras.utils.set_random_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # whether a value is infinite is what is asked
            network = recalibrated(models.build(architecture, LENGTH, 1, label, PROTOCOL), codes)
        normalisations = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
        of_convolutions = normalisations[: ARCHITECTURES[architecture].convolutions]
        values = keras.Model(network.inputs, [layer.output for layer in of_convolutions])(one_hot(codes))
        known = [bool(np.isfinite(layer.moving_variance).all()) for layer in of_convolutions]
        found.append([float(ops.max(of)) if fine else np.nan for of, fine in zip(values, known, strict=True)])
    return np.max(found, axis=0)  # NaN where one is


def sentence(table: pd.DataFrame) -> str:
    """How large the values become, and which networks are no longer numbers, before any training."""
    over = table.index[table.isna().any(axis=1)]
    fine = table.drop(over)
    sizes = "; ".join(f"{activation_title(label)} {value:.0f}" for label, value in fine.max(axis=1).items())
    said = (
        f"Before any training, the largest value that enters an activation is, in standard deviations: {sizes}. The "
        f"exponential of more than {LIMIT:.0f} is infinite in single precision, its square of more than "
        f"{LIMIT / 2:.0f}."
    )
    names = ", ".join(activation_title(label) for label in over)
    return f"{said} No longer numbers: {names}." if names else f"{said} All networks stay within it."
