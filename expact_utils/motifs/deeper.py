"""Filters of deeper layers as motifs: PFMs of what their units see, and pairs of motifs in one filter.

A unit of a deeper layer sees a window of the sequence, its receptive field. As for first-layer filters, windows at the
maximum of sequences in which a filter is active are averaged; because pools let a motif move within a window, windows
are moved against each other until they agree best.
"""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pandas as pd
from keras import ops

from expact_utils.dna.jaspar import relevant_tf
from expact_utils.dna.letters import BASES, UNKNOWN, one_hot
from expact_utils.dna.pfm import BACKGROUND, Motif, frequencies, information, log_odds
from expact_utils.motifs.filters import BATCH, CLIP_BITS, THRESHOLD, clip
from expact_utils.motifs.tomtom import tomtom
from expact_utils.networks import receptive_field
from expact_utils.networks.receptive_field import ReceptiveField

FEWEST_SITES = 30  # the most active sequences that are averaged where fewer reach the threshold
WIDEST = 60  # positions of a PFM: those with the most information of a wider field
ROUNDS = 10  # of moving windows, at most
EXPLAINED = 50  # sites of a filter on which the window's share is measured
COLUMNS = ("filter", "sites", "window_share", "first", "second", "distance")


@dataclass(frozen=True, eq=False)
class Sites:
    """Where a filter is most active: rows of the sequences, units of the layer, and start of each PFM window."""

    rows: np.ndarray
    units: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True)
class DeepFilter:
    """A filter of a deeper layer.

    Attributes
    ----------
    motif : Motif
        The informative part of its PFM, with its number of sites: 0 of a filter that is never active.
    window_share : float
        Share of the filter's response that stays when all else that it sees is random bases; NaN of a dead filter.
    """

    motif: Motif
    window_share: float


def extract(
    model: keras.Model, codes: np.ndarray, layer: int, threshold: float = THRESHOLD, seed: int = 0
) -> list[DeepFilter]:
    """PFMs of the filters of a convolution, the first being layer 1.

    Parameters
    ----------
    model : keras.Model
        A chain of layers; input: shape=(-1, length, 4), one-hot.
    codes : np.ndarray
        Sequences to scan, int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    layer : int
        Which convolution.
    threshold : float
        Share of a filter's largest activation that a sequence's maximum must reach; the `FEWEST_SITES` most active
        sequences are taken in any case.
    seed : int
        Of the random bases.

    Returns
    -------
    list[DeepFilter]
        One a filter.

    Raises
    ------
    InputError
        When the receptive fields cannot be worked out.
    """
    end, field = receptive_field.of_convolutions(model)[layer - 1]
    units = keras.Model(model.input, end.output)
    batches = [_maxima(units, codes[start : start + BATCH]) for start in range(0, len(codes), BATCH)]
    largest, positions = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    rng = np.random.default_rng(seed)
    return [
        _filter(units, codes, i, field, most_active(largest[:, i], positions[:, i], threshold), rng)
        for i in range(largest.shape[1])
    ]


def most_active(largest: np.ndarray, positions: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and units of a filter's sites, from its largest activation in each sequence, both shape=(N,)."""
    order = np.argsort(-largest, kind="stable")
    enough = (largest[order] >= threshold * largest.max()) | (np.arange(len(order)) < FEWEST_SITES)
    rows = order[enough & (largest[order] > 0)]
    return rows, positions[rows]


def align(codes: np.ndarray, rows: np.ndarray, starts: np.ndarray, width: int, reach: int) -> np.ndarray:
    """Move windows by up to `reach` positions each until they agree best with their average; return the new starts.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length).
    rows, starts : np.ndarray
        Sequence and first position of each window, shape=(sites,); what lies beyond a sequence is N.
    width, reach : int
        Positions.
    """
    if not reach:
        return starts
    shifts = np.arange(-reach, reach + 1)
    candidates = np.stack([windows(codes, rows, starts + shift, width) for shift in shifts])
    chosen = np.full(len(rows), reach)
    for _ in range(ROUNDS):
        odds = np.column_stack([log_odds(_average(candidates[chosen, np.arange(len(rows))])), np.zeros(width)])
        scores = odds[np.arange(width), candidates].sum(axis=-1)
        best = scores.argmax(axis=0)
        if (best == chosen).all():
            break
        chosen = best
    return starts + shifts[chosen]


def windows(codes: np.ndarray, rows: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """Windows of sequences, int8, shape=(sites, width); N where they reach beyond a sequence."""
    places = starts[:, None] + np.arange(width)
    inside = (places >= 0) & (places < codes.shape[1])
    return np.where(inside, codes[rows[:, None], np.clip(places, 0, codes.shape[1] - 1)], UNKNOWN).astype(np.int8)


def pairs(
    filters: list[DeepFilter], targets: list[Motif], relevant: dict[str, tuple[str, ...]], evalue: float = 0.1
) -> pd.DataFrame:
    """Planted motifs in each filter: the best match, and the best one in what that leaves of the filter.

    Parameters
    ----------
    filters : list[DeepFilter]
        Of one layer.
    targets : list[Motif]
        The database, with which Tomtom compares.
    relevant : dict[str, tuple[str, ...]]
        TFs, and the matrices that count as each.
    evalue : float
        Of a match, at most.

    Returns
    -------
    pd.DataFrame
        A row a filter: `first` and `second` are the TFs, empty if none, and `distance` the positions from the start of
        the first one's matrix to that of the second, NaN where there is none.
    """
    motifs = {motif.id: motif for one in filters if (motif := one.motif).nsites}
    first = _matched(motifs, targets, relevant, evalue)
    left = {name: replace(motifs[name], pfm=_without(motifs[name].pfm, *span)) for name, (_, *span) in first.items()}
    second = _matched({name: of for name, of in left.items() if _is_informative(of)}, targets, relevant, evalue)
    rows = []
    for one in filters:
        (tf, start, _), (other, of_other, _) = (of.get(one.motif.id, ("", np.nan, 0)) for of in (first, second))
        rows.append((one.motif.id, int(one.motif.nsites), one.window_share, tf, other, of_other - start))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _matched(motifs: dict[str, Motif], targets, relevant, evalue: float) -> dict[str, tuple[str, int, int]]:
    """TF of each motif's best match that is relevant, with the first and one past the last position under it."""
    if not motifs:
        return {}
    widths, found = {target.id: target.width for target in targets}, {}
    for row in tomtom(list(motifs.values()), targets, evalue).itertuples(index=False):
        tf = relevant_tf(row.Target_ID, relevant)
        if tf and row.Query_ID not in found:
            found[row.Query_ID] = tf, -row.Optimal_offset, widths[row.Target_ID] - row.Optimal_offset
    return found


def _without(pfm: np.ndarray, start: int, end: int) -> np.ndarray:
    """PFM that is flat under a match."""
    flat = pfm.copy()
    flat[max(start, 0) : end] = BACKGROUND
    return flat


def _is_informative(motif: Motif) -> bool:
    return bool((information(motif.pfm) > CLIP_BITS).any())


def _maxima(units: keras.Model, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = ops.convert_to_numpy(units(one_hot(codes), training=False))
    return found.max(axis=1), found.argmax(axis=1)


def _filter(units, codes: np.ndarray, number: int, field: ReceptiveField, active, rng) -> DeepFilter:
    rows, of_unit = active
    name, width = f"filter{number}", field.width
    if not len(rows):
        return DeepFilter(Motif(name, name, np.full((width, BASES), BACKGROUND), 0), np.nan)
    starts = align(codes, rows, field.start + of_unit * field.step, width, field.step - 1)
    pfm = _average(windows(codes, rows, starts, width))
    first, last = _core(pfm)
    motif = Motif(name, name, pfm[first:last], len(rows))
    sites = Sites(rows[:EXPLAINED], of_unit[:EXPLAINED], starts[:EXPLAINED] + first)
    return DeepFilter(motif, _share(units, codes, number, sites, motif.width, rng))


def _average(of: np.ndarray) -> np.ndarray:
    """PFM of windows, shape=(sites, width); N is not counted."""
    return frequencies(one_hot(of).sum(axis=0, dtype=float))


def _core(pfm: np.ndarray) -> tuple[int, int]:
    """Span of the informative part of a PFM, at most `WIDEST`."""
    first, last = clip(pfm)
    if last - first > WIDEST:
        sums = np.convolve(information(pfm), np.ones(WIDEST), "valid")
        first = int(sums.argmax())
        last = first + WIDEST
    return first, last


def _share(units, codes: np.ndarray, number: int, sites: Sites, width: int, rng) -> float:
    whole = codes[sites.rows]
    none = rng.integers(0, BASES, whole.shape, dtype=np.int8)
    places = np.arange(codes.shape[1])
    inside = (places >= sites.starts[:, None]) & (places < sites.starts[:, None] + width)
    each = np.arange(len(whole))
    # As many sequences for every filter, so that one compiled function will do.
    filled = np.resize(np.concatenate([whole, np.where(inside, whole, none), none]), (3 * EXPLAINED, codes.shape[1]))
    responses = units.predict_on_batch(one_hot(filled))[..., number]
    full, kept, random = (float(responses[i * len(whole) + each, sites.units].mean()) for i in range(3))
    return (kept - random) / (full - random) if full > random else np.nan
