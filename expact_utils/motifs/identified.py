"""Motifs with their evidence and their matches in a database: what every list of motifs is made of."""

from typing import NamedTuple

import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, evidence
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.promiscuity import USUAL


class Identified(NamedTuple):
    """Motifs, the best first.

    Attributes
    ----------
    groups : list[Cluster]
        As from `evidence.weigh`, in its order.
    weighed : pd.DataFrame
        Their evidence, a row a motif.
    matches : pd.DataFrame
        Tomtom's table of their matches, in the same order.
    names : dict[str, str]
        ID of each matrix of the database to its name.
    """

    groups: list[Cluster]
    weighed: pd.DataFrame
    matches: pd.DataFrame
    names: dict[str, str]

    def table(self, silenced: pd.Series | None = None) -> pd.DataFrame:
        """Table of all motifs, as `evidence.table` gives it; without `silenced`, that is not known of any."""
        found = clusters.table(self.groups, self.matches, self.names)
        return evidence.table(found, self.weighed, pd.Series(dtype=float) if silenced is None else silenced)


def identify(
    groups: list[Cluster],
    data: Dataset,
    targets: list[Motif],
    evalue: float,
    seed: int = 0,
    norc: bool = False,
    prefix: str = "motif",
) -> Identified:
    """Weigh motifs on held-out sequences, and look them up; those of one name, the best match's, are one motif.

    That a motif has a name is asked at the p-value of a database of `USUAL` matrices at least: of one of two matrices
    anything is the best match.

    Parameters
    ----------
    groups, data, seed, norc, prefix
        As `evidence.weigh` takes them.
    targets : list[Motif]
        The database.
    evalue : float
        Largest E-value of a match.

    Raises
    ------
    InputError
        As `clusters.look_up`.
    """
    names = {target.id: target.name for target in targets}
    matches = clusters.look_up(groups, targets, evalue, norc)
    clear = matches[matches["p-value"] <= evalue / max(len(targets), USUAL)]
    best = clear.drop_duplicates("Query_ID").set_index("Query_ID")["Target_ID"].map(names).str.upper()
    matched = [best.get(one.motif.id, "") for one in groups]
    ranked, weighed = evidence.weigh(groups, data, seed, norc, prefix, matched)
    number = {tuple(one.members): one.motif.id for one in ranked}
    renamed = {one.motif.id: number[tuple(one.members)] for one in groups}
    places = {one.motif.id: place for place, one in enumerate(ranked)}
    matches = matches.assign(Query_ID=matches["Query_ID"].map(renamed))
    matches = matches.sort_values("Query_ID", key=lambda ids: ids.map(places), kind="stable", ignore_index=True)
    return Identified(ranked, weighed, matches, names)
