"""Promiscuous matrices: those of a motif database that match nearly anything.

An E-value of 0.1 allows any one of N matrices 0.1 / N of all random queries. Some take half of them, because they are
flat over many positions, and make a network that learned nothing look as if it had found motifs: Gmeb1 in JASPAR 2016,
which the paper's authors removed later, or the extended CTCF matrices since 2022. Counted as promiscuous are those that
match over 1 % of 400 PFMs of 8 to 19 positions drawn from Dirichlet distributions, from nearly flat to clear ones.
Of a small database the same p-value counts as of one of `USUAL` matrices: 0.1 / N would let through what is no fault of
a matrix.
"""

from functools import cache

import numpy as np

from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import databases
from expact_utils.motifs.tomtom import tomtom

RANDOM_PFMS = 100  # of each kind
USUAL = 500  # matrices of a database
EVALUE = 0.1  # of a match in it
PROMISCUOUS = 0.01  # share of random PFMs that a matrix matches


def targets(database: str, promiscuous: str = "keep") -> list[Motif]:
    """Matrices of a database, as `databases.load` names it: all (`keep`), or all but the promiscuous ones (`drop`)."""
    left_out = shares(database) if promiscuous == "drop" else {}
    return [motif for motif in databases.load(database) if motif.id not in left_out]


@cache
def shares(database: str) -> dict[str, float]:
    """ID of each promiscuous matrix of a database (see `databases.load`), to the share of random PFMs it matches.

    Nothing where all are promiscuous: without any the database would be empty.
    """
    rng = np.random.default_rng(0)
    queries = [
        Motif(f"{alpha}_{i}", "", rng.dirichlet([alpha] * BASES, rng.integers(8, 20)), nsites=200)
        for alpha in (0.5, 2, 5, 20)
        for i in range(RANDOM_PFMS)
    ]
    loaded = list(databases.load(database))
    matches = tomtom(queries, loaded, evalue=EVALUE * min(1, len(loaded) / USUAL))
    matched = matches["Target_ID"].value_counts() / len(queries)
    found = matched[matched > PROMISCUOUS].to_dict()
    return found if len(found) < len(loaded) else {}  # a database of such alone is what the user wants to ask
