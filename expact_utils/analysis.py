"""One's own sequences in a notebook, in four lines: what the graph does in a run, one call after the other.

data = own.load({"arrays": "my.h5"}, seed=0)
found = analysis.learn(data, epochs=20, trials=3)
found.table1
plots.logo_grid(*found.logos())
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expact_utils.data import datasets
from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, promiscuity, tomtom
from expact_utils.motifs import filters as filters_module
from expact_utils.motifs.clusters import Cluster
from expact_utils.results.tables import Results, collect
from expact_utils.run.names import OWN
from expact_utils.run.paths import Run, networks


@dataclass(frozen=True)
class Learned(Results):
    """Tables of a run, and the motifs that its filters make up: `groups`, and `motifs`, a row a motif."""

    groups: list[Cluster]
    motifs: pd.DataFrame

    def logos(self, number: int = 12) -> tuple[list[np.ndarray], list[str]]:
        """PFMs of the motifs that most trials found, and a label each, for `plots.logo_grid`."""
        rows = self.motifs.head(number)
        labels = [
            f"{row.motif}: {row.best_match_name or 'no match'} ({row.filters} filters)" for row in rows.itertuples()
        ]
        return [group.motif.pfm for group in self.groups[:number]], labels


def learn(
    data: Dataset,
    architectures: Iterable[str] = ("cnn-2",),
    activations: Iterable[str] = ("relu", "exponential"),
    trials: int = 1,
    epochs: int = 20,
    batch_size: int = 100,
    seed: int = 0,
    database: str = "jaspar2016",
    evalue: float = 0.1,
    run: str = "runs/notebook",
) -> Learned:
    """Train networks on a dataset, make their filters into motifs and compare these with a database.

    Parameters
    ----------
    data : Dataset
        As from `own.load`.
    architectures, activations : Iterable[str]
        Networks and first-layer activations.
    trials, epochs, batch_size : int
        Trainings of each network, passes over the training set, and sequences in a mini-batch.
    seed : int
        Same seed, same result.
    database : str
        A release of JASPAR or a file; see `databases.load`. Its promiscuous matrices are left out.
    evalue : float
        Largest E-value of a match.
    run : str
        Folder that the networks, filters and matches are written to; finished trainings in it are taken up.

    Returns
    -------
    Learned
        Tables as `table1.csv`, `trials.csv` and `filters.csv`, and the motifs.

    Raises
    ------
    InputError
        When the sequences are too short for a network, or the database cannot be read.
    TrainingError
        When a training meets NaN.
    """
    from expact_utils.networks import training  # takes TensorFlow
    from expact_utils.networks.trial import Settings

    # TensorFlow takes networks that follow on each other for a mistake, and says so on every page.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    folder, targets = Run(run), promiscuity.targets(database, "drop")
    datasets.write(folder.data(OWN), data)
    alive: dict[tuple, Motif] = {}
    for network in networks([OWN], architectures, activations, range(trials)):
        settings = Settings(*network[1:], epochs=epochs, batch_size=batch_size, seed=seed)
        model, _ = training.train(data, settings, OWN, folder)
        found = filters_module.extract(model, data.X["test"][:])
        filters_module.write(folder.meme(network), folder.filters(network), found)
        tomtom.write_tsv(folder.matches(network), tomtom.tomtom(found.motifs(), targets, evalue))
        alive |= {
            (*network, motif.id): motif for motif, dead in zip(found.motifs(), found.dead, strict=True) if not dead
        }
    tables = collect(folder, [OWN], list(architectures), list(activations), range(trials), database=database)
    groups = clusters.cluster(alive)
    consensus = [group.motif for group in groups]
    matches = tomtom.tomtom(consensus, targets, evalue) if groups else pd.DataFrame(columns=tomtom.COLUMNS)
    names = {target.id: target.name for target in targets}
    return Learned(tables.filters, tables.trials, tables.table1, groups, clusters.table(groups, matches, names))
