"""What an earlier run of a page measured of networks, so that it is not measured again."""

from pathlib import Path

import pandas as pd

from expact_utils.dna.meme import read_meme
from expact_utils.dna.pfm import Motif
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.tables import read_csv

Known = dict[Network, pd.DataFrame]  # rows of a table, by whose they are


def rows(folder: str | Path, name: str) -> Known:
    """Rows of each network in a table that a page left in a folder; none where there is no such table, or no folder."""
    path = Run(folder).folder / name
    if not str(folder) or not path.is_file():
        return {}
    groups = read_csv(path, KEY).groupby(KEY, sort=False)
    return {Network(*key): of_one.reset_index(drop=True) for key, of_one in groups}


def motifs(folder: str | Path, name: str) -> dict[str, Motif]:
    """Motifs by ID of a MEME file that a page left in a folder; none where there is no such file, or no motif in it."""
    path = Run(folder).folder / name
    if not str(folder) or not path.is_file() or "\nMOTIF " not in path.read_text(encoding="utf-8"):
        return {}
    return {motif.id: motif for motif in read_meme(path)}
