"""Filters of a run's networks grouped into motifs, so that a motif found in every trial stands out.

A filter with much information from many sites makes a seed, unless it agrees with an earlier one; every other filter
joins the seed that it matches best. Members agree with their seed, not just with one another, so that motifs are not
chained together. Two filters agree when

- the p-values of Tomtom, of either as the query, pass a Bonferroni bound over all pairs, and
- they share over half of their deviation from the background (`MIN_COSINE`), for Tomtom also finds that two diffuse
  filters, or the flanks of two clear ones, are alike in being nearly flat.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import BACKGROUND, Motif, consensus, information, reverse_complement
from expact_utils.motifs import tomtom
from expact_utils.motifs.filters import CLIP_BITS, Filters, clip
from expact_utils.run.names import ACTIVATIONS, ARCHITECTURES, network_title, variation
from expact_utils.run.paths import Network

EVALUE = 0.1
# Half of the sum of squares. Above it, what any two members share with their seed overlaps, so there are columns that
# all members cover.
MIN_COSINE = 0.5**0.5
MEMBER = ["dataset", "architecture", "activation", "trial", "filter", "offset", "strand"]
COLUMNS = [
    *("motif", "consensus", "width", "bits", "sites", "filters", "networks", "trials"),
    *("best_match", "best_match_name", "also_match", "others", "pvalue", "evalue", "evalue_corrected"),
]
ALSO = 3  # names of further matches that are told


@dataclass(frozen=True)
class Cluster:
    """A motif that filters agree on.

    Attributes
    ----------
    motif : Motif
        Mean of the members, each weighted by its information times the logarithm of its sites; `motif1`, `motif2`, …,
        named by its consensus string.
    members : list[tuple]
        Dataset, architecture, activation, trial, filter, offset and strand of each, the seed first. The filter starts
        `offset` positions after the motif's first, once it is turned to `strand`, `+` or `-`.
    """

    motif: Motif
    members: list[tuple]

    @property
    def trials(self) -> dict[tuple, int]:
        """Number of trials with a member, of each network: dataset, architecture and activation."""
        found: dict[tuple, set[int]] = {}
        for *network, trial, _, _, _ in self.members:
            found.setdefault(tuple(network), set()).add(trial)
        return {network: len(trials) for network, trials in found.items()}


def alive(found: dict[Network, Filters]) -> dict[tuple, Motif]:
    """Motifs of the filters of networks that are not dead and that learned, as `cluster` takes them."""
    return {
        (*network, motif.id): motif
        for network, filters in found.items()
        for motif, dead, learned in zip(filters.motifs(), filters.dead, filters.learned, strict=True)
        if learned and not dead
    }


def cluster(motifs: dict[tuple, Motif], evalue: float = EVALUE, norc: bool = False) -> list[Cluster]:
    """Group filters into motifs.

    Parameters
    ----------
    motifs : dict[tuple, Motif]
        Dataset, architecture, activation, trial and filter to the filter's clipped PFM, shape=(width, 4). A filter
        without sites, or without a position of over 0.5 bit, is left out.
    evalue : float
        Pairs of filters expected to agree by chance, by Tomtom's p-value, among all pairs.
    norc : bool
        Compare filters as they stand alone, as for RNA.

    Returns
    -------
    list[Cluster]
        Those with most trials in any one network first, then those that would make the best seeds: members may be many
        only because networks of one trial start alike. A filter that agrees with no other is a cluster of its own.

    Raises
    ------
    InputError
        When a filter is over 100 positions wide.
    """
    keys = sorted(key for key, motif in motifs.items() if _informative(motif))
    filters = [motifs[key] for key in keys]
    if not filters:
        return []
    merged = [_merge(keys, filters, placed) for placed in _groups(filters, evalue, norc)]
    merged.sort(key=lambda one: (-max(one.trials.values()), -_weight(one.motif), one.members[0]))
    return [replace(one, motif=replace(one.motif, id=f"motif{i}")) for i, one in enumerate(merged, start=1)]


def alike(motifs: list[Motif], few: list[int], norc: bool = False) -> dict[int, set[int]]:
    """Index of each of a few of the motifs to those of these few that it agrees with, as filters of one cluster do.

    What all filters together were too many to tell, a few motifs may be few enough for: p-values, to which all motifs
    contribute, are corrected for the pairs of these few. `norc` is as in `cluster`.
    """
    if len(few) < 2:
        return {i: set() for i in few}
    similar = _similar(motifs, EVALUE * _pairs(motifs) / _pairs(few), norc)
    return {i: set(_agreeing(i, motifs, similar)) & set(few) - {i} for i in few}


def look_up(clusters: list[Cluster], targets: list[Motif], evalue: float, norc: bool = False) -> pd.DataFrame:
    """Tomtom's table of the clusters' motifs against `targets`; without a row where there is no cluster.

    Raises
    ------
    InputError
        When there is no target, or one is over 100 positions wide.
    """
    if not clusters:
        return pd.DataFrame(columns=tomtom.COLUMNS)
    return tomtom.tomtom([one.motif for one in clusters], targets, evalue, norc=norc)


def table(clusters: list[Cluster], matches: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return a row a cluster: its motif, how many networks and trials found it, and its best match in a database.

    Parameters
    ----------
    clusters : list[Cluster]
        As `cluster` gives them.
    matches : pd.DataFrame
        As from `look_up`; a motif need not have a match.
    names : dict[str, str]
        ID of a matrix of the database to its name.

    Returns
    -------
    pd.DataFrame
        Columns `COLUMNS`. `bits` is the motif's information. `trials` is the largest number in any one network:
        networks of one trial start from the same weights, so that what they share may come from there.
        `evalue_corrected` is the E-value times the number of clusters, for as many motifs were looked up. Without a
        match, the name is empty and the numbers are NaN. `also_match` names the next best, `ALSO` at most, of `others`:
        so many further names match, as factors of one family do.
    """
    of_each = {motif: of["Target_ID"].map(names).dropna() for motif, of in matches.groupby("Query_ID")}
    best = matches.drop_duplicates("Query_ID").set_index("Query_ID")
    rows = []
    for one in clusters:
        motif, known = one.motif, one.motif.id in best.index
        target, pvalue, expected = (
            best.loc[motif.id, ["Target_ID", "p-value", "E-value"]] if known else ("", np.nan, np.nan)
        )
        rows.append(
            {
                "motif": motif.id,
                "consensus": motif.name,
                "width": motif.width,
                "bits": round(float(information(motif.pfm).sum()), 4),
                "sites": motif.nsites,
                "filters": len(one.members),
                "networks": len(one.trials),
                "trials": max(one.trials.values()),
                "best_match": target,
                "best_match_name": names.get(target, ""),
                **_others(names.get(target, ""), of_each.get(motif.id, ())),
                "pvalue": pvalue,
                "evalue": expected,
                "evalue_corrected": expected * len(clusters),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _others(name: str, matched: Iterable[str]) -> dict:
    """Names that match beside the best one, each once, however it is written, and their number."""
    known = {name.upper(): name}
    for one in matched:
        known.setdefault(one.upper(), one)
    others = list(known.values())[1:]
    return {"also_match": ", ".join(others[:ALSO]), "others": len(others)}


def members_table(clusters: list[Cluster]) -> pd.DataFrame:
    """Return a row a member: motif, dataset, architecture, activation, trial, filter, offset and strand."""
    rows = [(one.motif.id, *member) for one in clusters for member in one.members]
    return pd.DataFrame(rows, columns=["motif", *MEMBER])


def trials_by_network(clusters: list[Cluster], trials: int) -> pd.DataFrame:
    """Number of trials in which each network found each motif.

    Parameters
    ----------
    clusters : list[Cluster]
        As `cluster` gives them.
    trials : int
        Trials of each network, for the heading.

    Returns
    -------
    pd.DataFrame
        A row a motif, a column a network, e.g. `CNN-2, exponential`, after its data set where there are several. A
        network without any member has no column.
    """
    networks = sorted({network for one in clusters for network in one.trials}, key=_in_order)
    several = len({dataset for dataset, _, _ in networks}) > 1
    columns = [f"{dataset}: " * several + network_title(*network) for dataset, *network in networks]
    return pd.DataFrame(
        [[one.trials.get(network, 0) for network in networks] for one in clusters],
        index=pd.Index([one.motif.id for one in clusters], name="motif"),
        columns=pd.Index(columns, name=f"of {trials} trials"),
    )


def _in_order(network: tuple) -> tuple:
    dataset, architecture, activation = network
    first = list(ACTIVATIONS).index(variation(activation).layers[0])
    return dataset, list(ARCHITECTURES).index(architecture), first, activation


def _informative(motif: Motif) -> bool:
    return motif.nsites > 0 and bool((information(motif.pfm) > CLIP_BITS).any())


def _groups(filters: list[Motif], evalue: float, norc: bool) -> list[list[tuple]]:
    """Members of each cluster: index, offset to the seed's first position, and strand; the seed first."""
    similar = _similar(filters, evalue, norc)
    links: dict[int, dict[int, tuple]] = {}  # of each seed, to every filter that agrees with it
    for i in sorted(range(len(filters)), key=lambda i: -_weight(filters[i])):
        if not any(i in linked for linked in links.values()):
            links[i] = _agreeing(i, filters, similar)
    groups = {seed: [(seed, 0, "+")] for seed in links}
    for i in range(len(filters)):
        if i not in links:
            seed = min((seed for seed in links if i in links[seed]), key=lambda seed: links[seed][i][0])
            groups[seed].append((i, *links[seed][i][1:]))
    return list(groups.values())


def _weight(motif: Motif) -> float:
    """How much a filter says of a motif; a few sites have much information by chance, so their number counts too."""
    return float(information(motif.pfm).sum() * np.log1p(motif.nsites))


def _similar(filters: list[Motif], evalue: float, norc: bool) -> list[dict[int, tuple]]:
    """Filters that Tomtom matches to each: index to p-value, offset to the query's first position, and strand."""
    numbered = [replace(motif, id=str(i)) for i, motif in enumerate(filters)]
    # Its E-value is p times the targets.
    matches = tomtom.tomtom(numbered, numbered, evalue / _pairs(filters) * len(filters), norc=norc)
    similar: list[dict[int, tuple]] = [{} for _ in filters]
    columns = ["Query_ID", "Target_ID", "p-value", "Optimal_offset", "Orientation"]
    for query, target, p, offset, strand in matches[columns].itertuples(index=False, name=None):
        similar[int(query)][int(target)] = (p, -offset, strand)
    return similar


def _pairs(of: list) -> float:
    return max(len(of) * (len(of) - 1) / 2, 1)


def _agreeing(seed: int, filters: list[Motif], similar: list[dict[int, tuple]]) -> dict[int, tuple]:
    """Filters that agree with a seed: index to the larger of both p-values, offset and strand."""
    return {
        i: (max(p, similar[i][seed][0]), offset, strand)
        for i, (p, offset, strand) in similar[seed].items()
        if seed in similar[i] and _cosine(filters[seed].pfm, _turned(filters[i], strand), offset) > MIN_COSINE
    }


def _turned(motif: Motif, strand: str) -> np.ndarray:
    return motif.pfm if strand == "+" else reverse_complement(motif.pfm)


def _cosine(first: np.ndarray, second: np.ndarray, offset: int) -> float:
    """Cosine between two PFMs less background, each shape=(width, 4), where `second` starts at `offset` in `first`.

    What lies outside the overlap counts as background in the other PFM.
    """
    first, second = first - BACKGROUND, second - BACKGROUND
    start, end = max(offset, 0), min(len(first), offset + len(second))
    product = np.sum(first[start:end] * second[start - offset : end - offset])
    return float(product / np.sqrt(np.sum(first**2) * np.sum(second**2)))


def _merge(keys: list[tuple], filters: list[Motif], placed: list[tuple]) -> Cluster:
    """Cluster of filters at their offsets to the seed, without those columns that under half of the weight covers.

    Weighted by sites alone, a blurred filter of many sites would blur the clear ones of few.
    """
    start = min(offset for _, offset, _ in placed)
    end = max(offset + filters[i].width for i, offset, _ in placed)
    weighted = np.zeros((end - start, BASES))
    for i, offset, strand in placed:
        weighted[offset - start :][: filters[i].width] += _turned(filters[i], strand) * _weight(filters[i])
    weights = weighted.sum(axis=1)
    covered = np.flatnonzero(weights >= sum(_weight(filters[i]) for i, _, _ in placed) / 2)
    pfm = weighted[covered] / weights[covered, None]
    first, last = clip(pfm)
    pfm, start = pfm[first:last], start + int(covered[0]) + first
    members = [(*keys[i], offset - start, strand) for i, offset, strand in placed]
    return Cluster(Motif("", consensus(pfm), pfm, sum(filters[i].nsites for i, _, _ in placed)), members)
