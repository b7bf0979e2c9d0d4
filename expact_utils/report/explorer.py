"""The motif explorer: every filter of a run with its logo, matches and files, searched and sorted in the browser.

The page is one piece of HTML: the filters as JSON, and a script and a style sheet that come with it. It needs no
server and nothing from elsewhere.
"""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from expact_utils.dna.letters import ALPHABET
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import databases, tomtom
from expact_utils.motifs import filters as filters_module
from expact_utils.report import glyphs
from expact_utils.results import tables
from expact_utils.run.errors import InputError
from expact_utils.run.names import titles
from expact_utils.run.paths import KEY, Run, networks
from expact_utils.run.tables import read_csv

BEST = 5  # matches of a filter that the page holds; the tables have all
DIGITS = 1000  # frequencies are whole numbers of this many parts: three digits draw and export well


def collect(
    run: Run,
    datasets: list[str],
    architectures: list[str],
    activations: list[str],
    trials: int,
    relevant_list: str = "expact",
    database: str = "jaspar2016",
) -> dict:
    """Gather the filters of a run's networks for the page.

    Parameters
    ----------
    run : Run
        Its filters and matches are read; `importance.csv` too, where there is one.
    datasets, architectures, activations, trials
        The networks.
    relevant_list : str
        Which matrices count as finding one of the twelve TFs, `expact` or `authors`.
    database : str
        What the filters were compared with.

    Returns
    -------
    dict
        `filters`, a dict for each filter: `id` (dataset/architecture/activation/trial/filter, which links use), `pfm`
        (clipped, rows A C G T in thousandths), `consensus`, `bits`, `sites`, `dead`, `tfs` (of the ground truth),
        `matches` (the best: target, E-value, offset, orientation), `found` (their number) and `importance` (logit
        lost, by class); `targets`, ID to name and `pfm`; `names` of networks and activations; and `glyphs`, the
        outlines of the letters in a unit square.

    Raises
    ------
    InputError
        When a file of a network is missing or unreadable, or a match is to a matrix that the database lacks.
    """
    motifs = {motif.id: motif for motif in databases.load(database)}
    rows: list[dict] = []
    targets: dict[str, Motif] = {}
    lost = _importance(run)
    for network in networks(datasets, architectures, activations, range(trials)):
        matches = tomtom.read_tsv(run.matches(network))
        if unknown := set(matches["Target_ID"]) - set(motifs):
            raise InputError(f"{run.matches(network)} has the target {min(unknown)}, which {database} lacks.")
        best = matches.groupby("Query_ID", sort=False).head(BEST)
        targets |= {name: motifs[name] for name in best["Target_ID"]}
        facts = tables.filter_table(run, network, relevant_list, database).set_index("filter")
        for motif in filters_module.read(run.filters(network)).motifs():
            name = "/".join(map(str, (*network, motif.id)))
            own = best[best["Query_ID"] == motif.id]
            rows.append(_row(name, motif, facts.loc[motif.id], own) | {"importance": lost.get(name, {})})
    return {
        "filters": rows,
        "targets": {name: {"name": motif.name, "pfm": _thousandths(motif)} for name, motif in targets.items()},
        "names": titles(),
        "colours": glyphs.COLOURS,
        "glyphs": {letter: glyphs.outline(letter) for letter in ALPHABET},
    }


def page(data: dict) -> str:
    """HTML of the explorer with `data`, as from `collect`, in it."""
    script, style = (
        files("expact_utils.report").joinpath(name).read_text() for name in ("explorer.js", "explorer.css")
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
