"""Motifs that attribution maps give beside those that filters hold, where it is known which TFs there are."""

import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor
from types import MappingProxyType

import pandas as pd

from expact_utils.attribution import maps, modisco
from expact_utils.dna.jaspar import relevant_tf
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import filters, tomtom
from expact_utils.results.known import Known
from expact_utils.run.names import METHODS, data_title
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import Progress

EXPLAINED_BY = ("saliency-corrected", "mutagenesis")  # methods whose maps are looked at
FILTERS = "filters"
WHOSE = "a network's filters"  # in a sentence
Relevant = dict[str, dict[str, tuple[str, ...]]]
COUNTS = ["motifs", "found", "planted", "elsewhere", "others", "unmatched", "against"]
COLUMNS = [*KEY, "of", *COUNTS, "seconds"]
Planted = Mapping[str, Collection[str]]


def collect(
    run: Run,
    trained: list[Network],
    relevant: Relevant,
    targets: list[Motif],
    evalue: float,
    before: Known | None = None,
    methods: tuple[str, ...] = EXPLAINED_BY,
    planted: Planted = MappingProxyType({}),
) -> pd.DataFrame:
    """Motifs of each network's filters, and of its maps by each method, against those of the TFs that there are.

    Parameters
    ----------
    run : Run
        Holds filters and maps.
    trained : list[Network]
        Those of data sets without a known TF are left out.
    relevant : dict[str, dict[str, tuple[str, ...]]]
        Of each data set, TFs and the IDs of their matrices.
    targets : list[Motif]
        Database that motifs are compared with.
    evalue : float
        Largest E-value of a match.
    before : dict[Network, pd.DataFrame]
        Rows of networks that are not looked at again.
    methods : tuple[str, ...]
        Attribution methods of which TF-MoDISco sees the maps; it is an extra, and without it only filters are.
    planted : dict[str, Collection[str]]
        Of each data set, IDs of all matrices that were planted, those of negatives too, where that is known.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`: `of` is `filters` or an attribution method; `motifs` how many there are, `found` how many of the
        `planted` TFs of the classes some of them match, not as their best match perhaps; of those that match none of
        these, `elsewhere` how many match a matrix that was planted in negatives, `others` another matrix, and
        `unmatched` nothing. `against` counts patterns that speak against the output, of which the others are not;
        `seconds` of TF-MoDISco.
    """
    methods = methods if modisco.available() else ()
    known = [network for network in trained if relevant[network.dataset]]
    found = {of: rows for of, rows in (before or {}).items() if len(rows) > len(methods) and {*COLUMNS} <= {*rows}}
    progress = Progress("motifs of maps", len(known))
    with modisco.worker() as process:
        for number, network in enumerate(known, start=1):
            if network not in found:
                tfs, everywhere = relevant[network.dataset], planted.get(network.dataset, ())
                rows = [
                    {**network._asdict(), "of": of, **compare(motifs, targets, tfs, evalue, everywhere)}
                    | {"against": against, "seconds": round(seconds, 1)}
                    for of, motifs, against, seconds in _motifs(run, network, methods, process)
                ]
                found[network] = pd.DataFrame(rows, columns=COLUMNS)
            progress.report(number, network.title)
    if not known:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat([found[network] for network in known], ignore_index=True)


def compare(
    motifs: list[Motif],
    targets: list[Motif],
    relevant: dict[str, tuple[str, ...]],
    evalue: float,
    planted: Collection[str] = (),
) -> dict:
    """How many motifs there are, and what they match; columns and arguments as of `collect`, of one data set."""
    if not motifs:
        return dict.fromkeys(COUNTS[:-1], 0) | {"planted": len(relevant)}
    matches = tomtom.tomtom(motifs, targets, evalue)
    matches["tf"] = matches["Target_ID"].map(lambda target: relevant_tf(target, relevant))
    right = set(matches.loc[matches["tf"].notna(), "Query_ID"])
    elsewhere = set(matches.loc[matches["Target_ID"].isin([*planted]), "Query_ID"]) - right
    matched = set(matches["Query_ID"])
    return {
        "motifs": len(motifs),
        "found": matches["tf"].nunique(),
        "planted": len(relevant),
        "elsewhere": len(elsewhere),
        "others": len(matched - right - elsewhere),
        "unmatched": len(motifs) - len(matched),
    }


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over trials: a row a data set, network, activation and source of motifs, in order."""
    keys = ["dataset", "architecture", "activation", "of"]
    return table.groupby(keys, sort=False)[[*COUNTS, "seconds"]].mean().reset_index()


def sentences(table: pd.DataFrame) -> list[str]:
    """How many of the TFs there are the filters and each method's maps find, and how many motifs are of none; means.

    One sentence a data set.
    """
    if table.empty:
        return ["It is not known of any data set of this run which TFs there are to be found."]
    return [_sentence(dataset, rows) for dataset, rows in table.groupby("dataset", sort=False)]


def _sentence(dataset: str, table: pd.DataFrame) -> str:
    means = table.groupby("of", sort=False)[COUNTS].mean()
    nor = ", nor what was planted in negatives" if means["elsewhere"].any() else ""
    said = [
        f"{WHOSE if of == FILTERS else f'the motifs of its maps by {of}'} find {row.found:.1f} of "
        f"{row.planted:.0f} TF{'s' * (row.planted > 1)} ({row.others + row.unmatched:.1f} of {row.motifs:.1f} motifs "
        f"match none{nor}{_against(row.against)})"
        for of, row in zip(means.index, means.itertuples(), strict=True)
    ]
    number = len(table[KEY].drop_duplicates())
    title = data_title(dataset)
    return f"{title[0].upper()}{title[1:]}, {number} trained network{'s' * (number > 1)}: on average {'; '.join(said)}."


def _against(number: float) -> str:
    return f"; {number:.1f} patterns that speak against a class are left out" if number else ""


def _motifs(
    run: Run, network: Network, methods: tuple[str, ...], process: Executor
) -> Iterator[tuple[str, list[Motif], int, float]]:
    """Yield source, motifs (filters that learned, patterns that speak for the output), patterns against, seconds."""
    found = filters.read(run.filters(network))
    alive = zip(found.motifs(), found.dead, found.learned, strict=True)
    yield FILTERS, [motif for motif, dead, learned in alive if learned and not dead], 0, 0.0
    for method in methods:
        started = time.monotonic()
        patterns = modisco.patterns(maps.read(run.maps(network, method)), process)
        motifs = [pattern.motif for pattern in patterns if pattern.positive]
        yield METHODS[method], motifs, len(patterns) - len(motifs), time.monotonic() - started
