"""What learned nothing: networks before their first epoch, and motifs with their positions in random order."""

import numpy as np

from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.networks.trial import Settings, Trial
from expact_utils.run.paths import Network

SHUFFLES = 10


def before_training(network: Network, history: dict, data: Dataset):
    """Return the network as it was before its first epoch."""
    own = {key: history[key] for key in ("seed", "protocol", "paired", "filters", "width") if key in history}
    settings = Settings(*network[1:], **own)
    return Trial(network.dataset, settings, data, None, "").model


def shuffle(motif: Motif, rng: np.random.Generator, name: str) -> Motif:
    """Motif with the positions in random order and a new ID: the same bases and information, another pattern."""
    return Motif(name, name, rng.permutation(motif.pfm), motif.nsites)


def shuffled(motifs: list[Motif], rng: np.random.Generator) -> list[Motif]:
    """Each motif `SHUFFLES` times with its positions in random order."""
    return [shuffle(motif, rng, f"{motif.id}/{i}") for i in range(SHUFFLES) for motif in motifs]
