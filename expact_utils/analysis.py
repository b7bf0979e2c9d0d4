"""One's own sequences in a notebook, in four lines: what the graph does in a run, one call after the other.

import expact_utils as expact
data = expact.load_own({"arrays": "my.h5"}, seed=0)
found = expact.learn(data, epochs=20, trials=3)
found.table1
expact.logo_grid(*found.logos())
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, filters, promiscuity, tomtom
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.filters import Filters
from expact_utils.motifs.identified import identify
from expact_utils.networks import histories
from expact_utils.networks.training import train
from expact_utils.networks.trial import Settings
from expact_utils.results.tables import Results, collect
from expact_utils.run.names import OWN, SOURCES
from expact_utils.run.paths import Network, Run, networks


@dataclass(frozen=True)
class Learned(Results):
    """Tables of a run, and the motifs that its filters make up: `groups`, and `motifs`, a row a motif, best first."""

    groups: list[Cluster]
    motifs: pd.DataFrame

    def logos(self, number: int = 12) -> tuple[list[np.ndarray], list[str]]:
        """PFMs of the best motifs, and a label each, for `logo_grid`."""
        rows = self.motifs.head(number)
        labels = [
            f"{row.motif}: {row.best_match_name or 'no match'} ({row.filters} filters)" for row in rows.itertuples()
        ]
        return [group.motif.pfm for group in self.groups[:number]], labels


def learn(
    data: Dataset,
    architectures: Sequence[str] = ("cnn-50",),
    activations: Sequence[str] = ("relu", "exponential"),
    trials: int = 1,
    epochs: int = 20,
    batch_size: int = 100,
    seed: int = 0,
    strand: str = SOURCES[OWN].defaults["strand"],
    patience: int = SOURCES[OWN].defaults["patience"],
    database: str = "jaspar2016",
    evalue: float = 0.1,
    run: str = "runs/notebook",
) -> Learned:
    """Train networks on a dataset, make their filters into motifs and compare these with a database.

    Parameters
    ----------
    data : Dataset
        As from `load_own`.
    architectures, activations : Sequence[str]
        Networks and first-layer activations.
    trials, epochs, batch_size, seed : int
        Trainings of each network, passes over the training set, and sequences in a mini-batch; same seed, same result.
    strand, patience : str, int
        Whether reverse complements are learned from too, and epochs without progress after which a training stops; see
        `Settings`. Networks start from weights of their own.
    database : str
        A release of JASPAR or a file; see `databases.load`. Its promiscuous matrices are left out.
    evalue : float
        Largest E-value of a match.
    run : str
        Folder that the networks, filters and matches are written to; finished trainings in it are taken up.

    Raises
    ------
    InputError
        When the sequences are too short for a network, or the database cannot be read.
    TrainingError
        When a training meets NaN in its first epoch.
    """
    folder, targets = Run(run), promiscuity.targets(database, "drop")
    datasets.write(folder.data(OWN), data)
    found = {}
    for network in networks([OWN], architectures, activations, range(trials)):
        settings = Settings(
            *network[1:],
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            strand=strand,
            patience=patience,
            paired=SOURCES[OWN].defaults["paired"],
        )
        found[network] = _filters(data, network, settings, folder)
        tomtom.write_tsv(folder.matches(network), tomtom.tomtom(found[network].motifs(), targets, evalue))
    tables = collect(folder, [OWN], list(architectures), list(activations), range(trials), database=database)
    motifs = _motifs(data, found, targets, evalue, norc=strand == "single")
    return Learned(tables.filters, tables.trials, tables.table1, *motifs)


def _filters(data: Dataset, network: Network, settings: Settings, folder: Run) -> Filters:
    """Train a network, or take it up, and keep its filters."""
    model, history = train(data, settings, network.dataset, folder)
    found = filters.extract(model, data.X["test"][:])
    found.learned = histories.learned(history, len(found.sites))
    filters.write(folder.meme(network), folder.filters(network), found)
    return found


def _motifs(
    data: Dataset, found: dict[Network, Filters], targets: list[Motif], evalue: float, norc: bool
) -> tuple[list[Cluster], pd.DataFrame]:
    """Motifs that the filters of networks make up, and a row for each: its best match, and its evidence."""
    groups = clusters.cluster(clusters.alive(found), norc=norc)
    motifs = identify(groups, data, targets, evalue, norc=norc)
    return motifs.groups, motifs.table()
