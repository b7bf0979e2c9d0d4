"""Motifs that attribution maps give beside those that filters hold, where it is known which TFs there are."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from expact_utils.attribution import maps, modisco
from expact_utils.dna.jaspar import relevant_tf
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import filters, tomtom
from expact_utils.results.known import Known
from expact_utils.run.names import METHODS, data_title
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import Progress
from expact_utils.run.words import counted

EXPLAINED_BY = ("saliency-corrected", "mutagenesis")  # methods whose maps are looked at
FILTERS = "filters"
WHOSE = "a network's filters"  # in a sentence
Relevant = dict[str, dict[str, tuple[str, ...]]]
COUNTS = ["motifs", "found", "planted", "elsewhere", "others", "unmatched", "against"]
COLUMNS = [*KEY, "of", *COUNTS, "seconds"]
Planted = Mapping[str, Collection[str]]
Patterns = dict[str, Motif]


class Found(NamedTuple):
    """Motifs of filters and of maps.

    Attributes
    ----------
    table : pd.DataFrame
        `COLUMNS`: `of` is `filters` or an attribution method; `motifs` how many there are, `found` how many of the
        `planted` TFs of the classes some of them match, not as their best match perhaps; of those that match none of
        these, `elsewhere` how many match a matrix that was planted in negatives, `others` another matrix, and
        `unmatched` nothing. `against` counts patterns that speak against the output, of which the others are not;
        `seconds` of TF-MoDISco.
    patterns : dict[str, Motif]
        What TF-MoDISco made of maps, by network, method and name of the pattern (`pattern_id`), those that speak
        against the output too. Of networks that were not looked at again there may be none.
    """

    table: pd.DataFrame
    patterns: Patterns


def pattern_id(network: Network, method: str, name: str) -> str:
    """ID of a pattern among those of all networks, e.g. `synthetic/cnn-2_relu_0/mutagenesis/pattern1`."""
    return f"{network.file}/{method}/{name}"


def collect(
    run: Run,
    trained: list[Network],
    relevant: Relevant,
    targets: list[Motif],
    evalue: float,
    before: Known | None = None,
    methods: tuple[str, ...] = EXPLAINED_BY,
    planted: Planted = MappingProxyType({}),
    kept: Patterns | None = None,
) -> Found:
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
    kept : dict[str, Motif], optional
        Patterns of an earlier run. A network of which it lacks some is looked at again, where its maps are there;
        without it, only one that has no rows.
    """
    methods = methods if modisco.available() else ()
    known = [network for network in trained if relevant[network.dataset]]
    found = {of: rows for of, rows in (before or {}).items() if len(rows) > len(methods) and {*COLUMNS} <= {*rows}}
    patterns, progress = dict(kept or {}), Progress("motifs of maps", len(known))
    with modisco.worker() as process:
        for number, network in enumerate(known, start=1):
            lacks = kept is not None and network in found and _lacks(run, network, methods, found[network], kept)
            if network not in found or lacks:
                measure = partial(
                    compare,
                    targets=targets,
                    relevant=relevant[network.dataset],
                    evalue=evalue,
                    planted=planted.get(network.dataset, ()),
                )
                rows = [_row(network, FILTERS, measure(learned_filters(run, network)))]
                for method in methods:
                    row, of_maps = _of_maps(run, network, method, process, measure)
                    rows.append(row)
                    patterns |= of_maps
                found[network] = pd.DataFrame(rows, columns=COLUMNS)
            progress.report(number, network.title)
    if not known:
        return Found(pd.DataFrame(columns=COLUMNS), patterns)
    return Found(pd.concat([found[network] for network in known], ignore_index=True), patterns)


def _lacks(run: Run, network: Network, methods: tuple[str, ...], rows: pd.DataFrame, kept: Patterns) -> bool:
    """Whether patterns that the rows count are not kept, and the maps are there to make them again."""
    made = rows[rows["of"] != FILTERS]
    number = int(made[["motifs", "against"]].to_numpy().sum())
    there = all(run.maps(network, method).is_file() for method in methods)
    own = [name for name in kept if name.startswith(f"{network.file}/")]
    return there and len(own) < number


def of_network(patterns: Patterns, network: Network, method: str = "", against: bool = False) -> list[Motif]:
    """Patterns of a network's maps, by one method or all, that speak for the output, or those `against` it."""
    begins = f"{network.file}/{method}/" if method else f"{network.file}/"
    own = [motif for name, motif in patterns.items() if name.startswith(begins)]
    return [motif for motif in own if motif.id.rpartition("/")[2].startswith("against") == against]


def learned_filters(run: Run, network: Network) -> list[Motif]:
    """Filters of a network that learned and are not dead."""
    found = filters.read(run.filters(network))
    alive = zip(found.motifs(), found.dead, found.learned, strict=True)
    return [motif for motif, dead, learned in alive if learned and not dead]


def _of_maps(
    run: Run, network: Network, method: str, process: Executor, measure: Callable[[list[Motif]], dict]
) -> tuple[dict, Patterns]:
    """A row on the patterns of a network's maps by a method, and these."""
    started = time.monotonic()
    made = modisco.patterns(maps.read(run.maps(network, method)), process)
    seconds = time.monotonic() - started
    speaking = [pattern.motif for pattern in made if pattern.positive]
    row = _row(network, METHODS[method], measure(speaking), len(made) - len(speaking), seconds)
    named = {pattern_id(network, method, pattern.motif.id): pattern.motif for pattern in made}
    return row, {name: replace(motif, id=name) for name, motif in named.items()}


def _row(network: Network, of: str, counts: dict, against: int = 0, seconds: float = 0.0) -> dict:
    return {**network._asdict(), "of": of, **counts, "against": against, "seconds": round(seconds, 1)}


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
    """How many of the TFs there are the filters and each method's maps find, and what the other motifs match.

    One sentence a data set. TFs are means over networks, motifs are counted over all of them.
    """
    if table.empty:
        return ["It is not known of any data set of this run which TFs there are to be found."]
    return [_sentence(dataset, rows) for dataset, rows in table.groupby("dataset", sort=False)]


def _sentence(dataset: str, table: pd.DataFrame) -> str:
    number = len(table[KEY].drop_duplicates())
    sums, said = table.groupby("of", sort=False)[COUNTS].sum(), []
    for of, row in zip(sums.index, sums.itertuples(), strict=True):
        who = WHOSE if of == FILTERS else f"the motifs of its maps by {of}"
        tfs = counted(row.planted // number, "TF")
        said.append(f"{who} find {round(row.found / number, 1):g} of {tfs} ({_rest(row, of, number)})")
    if left := int(sums["against"].sum()):
        said.append(f"left out {'is' if left == 1 else 'are'} {counted(left, 'pattern')} against an output")
    title = data_title(dataset)
    return f"{title[0].upper()}{title[1:]}, {counted(number, 'trained network')}: on average {'; '.join(said)}."


def _rest(row, of: str, networks: int) -> str:
    """What those of all motifs match that do not match the TFs; whole numbers, over all networks."""
    if not row.motifs:
        return "there are none"
    parts = [
        f"{number} match{'es' * (number == 1)} {what}"
        for number, what in (
            (row.elsewhere, "what was planted in negatives"),
            (row.others, "another matrix"),
            (row.unmatched, "no matrix"),
        )
        if number
    ]
    noun = counted(row.motifs, "filter" if of == FILTERS else "motif") + f" of {networks} networks" * (networks > 1)
    return f"of {noun}, {', '.join(parts)}" if parts else f"{noun}, each matching one"


def seconds(table: pd.DataFrame) -> str:
    """How long TF-MoDISco took, a sentence; of maps and filters no time is kept."""
    took = table.loc[table["of"] != FILTERS, "seconds"]
    if took.empty:
        return ""
    return (
        f"TF-MoDISco alone took {took.mean():.0f} seconds on average for the maps of a network by one method "
        f"({took.min():.0f} to {took.max():.0f}); how long the maps took to make, and the filters' PFMs, was not kept."
    )


def against(
    found: Found, relevant: Relevant, targets: list[Motif], evalue: float, planted: Planted = MappingProxyType({})
) -> str:
    """How many patterns speak against the output, which no other sentence counts, and what they match, a sentence.

    Arguments as of `collect`.
    """
    number = int(found.table["against"].sum())
    if not number:
        return "No pattern speaks against an output."
    sums = dict.fromkeys(("motifs", "known", "others", "unmatched"), 0)
    for network in (Network(*key) for key in found.table[KEY].drop_duplicates().itertuples(index=False)):
        own = of_network(found.patterns, network, against=True)
        counts = compare(own, targets, relevant[network.dataset], evalue, planted.get(network.dataset, ()))
        counts["known"] = counts["motifs"] - counts["others"] - counts["unmatched"]
        sums = {name: value + counts[name] for name, value in sums.items()}
    begins = f"Of the {counted(number, 'pattern')} that speak{'s' * (number == 1)} against an output"
    if not sums["motifs"]:
        return f"{begins} it was not kept what {'it matches' if number == 1 else 'they match'}."
    lost = f" (of the {sums['motifs']} that were kept)" if sums["motifs"] < number else ""
    return (
        f"{begins}, {sums['known']} match what was planted, in positives or negatives, {sums['others']} another "
        f"matrix, and {sums['unmatched']} none{lost}."
    )
