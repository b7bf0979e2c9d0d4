"""The motif explorer: every filter of a run with its logo, matches and files, searched and sorted in the browser.

The page is one piece of HTML: the filters as JSON, and a script and a style sheet that come with it. It needs no
server and nothing from elsewhere. Of each filter it holds: `id` (dataset/architecture/activation/trial/filter, which
links use), `pfm` (clipped, rows A C G T in thousandths), `consensus`, `bits`, `sites`, `dead`, `tfs` (of the ground
truth), `found` (number of matches), `matches` (the best: target, E-value, offset, orientation) and `importance` (logit
lost, by class).
"""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import databases, filters, tomtom
from expact_utils.report import glyphs
from expact_utils.results import tables
from expact_utils.run.errors import InputError
from expact_utils.run.names import activation_title
from expact_utils.run.paths import KEY, Foreign, Network, Run
from expact_utils.run.tables import read_csv

BEST = 5  # matches of a filter that the page holds; the tables have all
DIGITS = 1000  # frequencies are whole numbers of this many parts: three digits draw and export well


def collect(run: Run, networks: Sequence[Network], relevant_list: str = "expact", database: str = "jaspar2016") -> dict:
    """Gather the filters of networks for the page.

    Parameters
    ----------
    run : Run
        Its filters and matches are read; `importance.csv` too, where there is one.
    networks : Sequence[Network]
        Of the run: trained by it, or somebody's (`Foreign`).
    relevant_list, database : str
        Which list of matrices counts as finding a TF, `expact` or `authors`; and what the filters were compared with.

    Returns
    -------
    dict
        `filters`, a dict each, as above; `targets`, ID to name and `pfm`; `names` of each `architecture` and
        `activation` on the page; `foreign`, the names of somebody's networks; and the letters' `colours` and `glyphs`,
        their outlines in a unit square.

    Raises
    ------
    InputError
        When a file of a network is missing or unreadable, or a match is to a matrix that the database lacks.
    """
    known = {motif.id: motif for motif in databases.load(database)}
    best = {network: _best(run.matches(network), known, database) for network in networks}
    facts = {network: tables.filter_table(run, network, relevant_list, database) for network in networks}
    rows = [row for network in networks for row in _rows(run, network, facts[network], best[network])]
    lost = _importance(run)
    targets = {name: known[name] for matches in best.values() for name in matches["Target_ID"]}
    return {
        "filters": [row | {"importance": lost.get(row["id"], {})} for row in rows],
        "targets": {name: {"name": motif.name, "pfm": _thousandths(motif)} for name, motif in targets.items()},
        "names": {
            "architecture": {network.architecture: network.design for network in networks},
            "activation": {network.activation: activation_title(network.activation) for network in networks},
        },
        "foreign": [network.architecture for network in networks if isinstance(network, Foreign)],
        "colours": glyphs.COLOURS,
        "glyphs": {letter: glyphs.outline(letter) for letter in ALPHABET},
    }


def address(network: Network, filter_id: str) -> str:
    """Where other pages of a run find a filter."""
    return f"08_explorer.html#{'_'.join(map(str, (*network, filter_id)))}"


def page(data: dict) -> str:
    """HTML of the explorer with `data`, as from `collect`, in it."""
    script, style = (
        files("expact_utils.report").joinpath(name).read_text(encoding="utf-8")
        for name in ("explorer.js", "explorer.css")
    )
    # Names are the user's: no text may end the script that holds it.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f"<style>{style}</style>\n"
        '<div class="explorer" data-explorer><p>The explorer draws in the browser and needs JavaScript.</p></div>\n'
        f'<script type="application/json" data-explorer-filters>{text}</script>\n'
        f"<script>{script}</script>\n"
    )


def document(data: dict) -> str:
    """HTML of a file that holds the explorer alone."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Motif explorer</title>'
    style = "<style>body { font-family: sans-serif; margin: 1rem; color: #222 }</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}{style}</head><body>\n{page(data)}</body></html>\n'


def _best(path: Path, known: dict[str, Motif], database: str) -> pd.DataFrame:
    """Best matches of each filter of a network, if all are to matrices that the database has."""
    matches = tomtom.read_tsv(path)
    if unknown := set(matches["Target_ID"]) - set(known):
        raise InputError(f"{path} has the target {min(unknown)}, which {database} lacks.")
    return matches.groupby("Query_ID", sort=False).head(BEST)


def _rows(run: Run, network: Network, facts: pd.DataFrame, best: pd.DataFrame) -> Iterator[dict]:
    """What the page holds of each filter of a network but its importance; `facts` are of `tables.filter_table`."""
    facts = facts.set_index("filter")
    for motif in filters.read(run.filters(network)).motifs():
        name = "/".join(map(str, (*network, motif.id)))
        yield _row(name, motif, facts.loc[motif.id], best[best["Query_ID"] == motif.id])


def _row(name: str, motif: Motif, facts: pd.Series, matches: pd.DataFrame) -> dict:
    return {
        "id": name,
        "pfm": _thousandths(motif),
        "consensus": facts["consensus"],
        "bits": round(float(facts["bits"]), 2),
        "sites": int(facts["sites"]),
        "dead": bool(facts["dead"]),
        "tfs": facts["relevant_tfs"],
        "found": int(facts["matches"]),
        "matches": [
            [row["Target_ID"], float(f"{row['E-value']:.3g}"), int(row["Optimal_offset"]), row["Orientation"]]
            for _, row in matches.iterrows()
            if not facts["dead"]
        ],
    }


def _importance(run: Run) -> dict[str, dict[str, float]]:
    """Logit that each class loses without a filter, by the filter's name, where it was measured."""
    path = Path(run.folder / "importance.csv")
    if not path.is_file():
        return {}
    lost: dict[str, dict[str, float]] = {}
    columns = *KEY, "filter"
    for _, row in read_csv(path, (*columns, "class", "logit_drop")).iterrows():
        name = "/".join(str(row[column]) for column in columns)
        lost.setdefault(name, {})[str(row["class"])] = round(float(row["logit_drop"]), 3)
    return lost


def _thousandths(motif: Motif) -> list[list[int]]:
    return np.rint(motif.pfm * DIGITS).astype(int).tolist()
