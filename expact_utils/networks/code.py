"""The code that decides a training's result: a network that was trained with other code is trained again.

What is compared is its meaning (see `run.staleness`). Data are compared themselves.
"""

from expact_utils.run import staleness
from expact_utils.run.names import ACTIVATIONS, variation

COMPARED_THEMSELVES = ("dna", "data")  # what these folders give


def of_training(architecture: str, activation: str) -> str:
    """Hash of the modules that train a network, of its builder, and of its activation."""
    texts = [
        *staleness.of_modules(["networks.training"], COMPARED_THEMSELVES),
        staleness.of_architecture(architecture),
        *map(staleness.of_activation, variation(activation).layers),
        *(f"{ACTIVATIONS[name].monotonic} {ACTIVATIONS[name].penalty}" for name in variation(activation).layers),
    ]
    return staleness.hash_of(texts)
