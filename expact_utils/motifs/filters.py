"""First-layer filters as motifs: activation-based PFMs (Koo & Ploenzke 2019, Methods, "Filter visualisation")."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from expact_utils.dna.letters import BASES, one_hot
from expact_utils.dna.meme import write_meme
from expact_utils.dna.pfm import Motif, frequencies, information
from expact_utils.networks.protocols import PROTOCOLS, Protocol
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.hdf5 import check_format, open_hdf5, read_array, read_attribute

FORMAT_VERSION = 1
THRESHOLD = 0.5  # of the filter's largest activation
CLIP_BITS = 0.5  # positions with more information than this are kept ...
CLIP_PAD = 3  # ... and this many on either side
BATCH = 500
MOST = 2**25  # activations that are computed at a time
ARRAYS = ("pfms", "max_activation", "sites", "clip")


@dataclass
class Filters:
    """The filters of one network.

    Attributes
    ----------
    pfms : np.ndarray
        float64, shape=(filters, width, 4), before clipping; 0.25 throughout for a dead filter.
    max_activation : np.ndarray
        Largest activation of each filter over all sequences and positions, shape=(filters,).
    sites : np.ndarray
        Number of windows averaged, shape=(filters,).
    clip : np.ndarray
        First and one past the last position kept by clipping, shape=(filters, 2).
    threshold : float
        Share of `max_activation` that a sequence's maximum must reach.
    learned : np.ndarray
        Whether training moved the filter away from its initial weights (`histories.learned`), shape=(filters,); all
        are taken for learned where that is not known.
    """

    pfms: np.ndarray
    max_activation: np.ndarray
    sites: np.ndarray
    clip: np.ndarray
    threshold: float
    learned: np.ndarray = field(default_factory=lambda: np.ones(0, bool))

    def __post_init__(self):
        if not len(self.learned):
            self.learned = np.ones(len(self.sites), bool)

    @property
    def dead(self) -> np.ndarray:
        """Filters without a site: never active, or only in windows that the sequence ends cut; shape=(filters,)."""
        return self.sites == 0

    def alive(self) -> list[Motif]:
        """Clipped PFMs of the filters that are not dead."""
        return [motif for motif, dead in zip(self.motifs(), self.dead, strict=True) if not dead]

    def motifs(self) -> list[Motif]:
        """Clipped PFMs as motifs `filter0`, `filter1`, …, with their number of sites."""
        return [
            Motif(f"filter{i}", f"filter{i}", pfm[start:end], int(sites))
            for i, (pfm, (start, end), sites) in enumerate(zip(self.pfms, self.clip, self.sites, strict=True))
        ]


def extract(model, codes: np.ndarray, threshold: float = THRESHOLD, protocol: str = "preprint2019") -> Filters:
    """PFMs of the first-layer filters of a Keras model.

    In every sequence whose maximum reaches `threshold` of the filter's largest activation, take the
    filter-sized window at the (first) maximum; drop windows that the sequence ends cut; average. Where the protocol
    says so, take windows of its width, or at every position that reaches the threshold.

    Parameters
    ----------
    model : keras.Model
        Its first `Conv1D` is the layer looked at, activated by the first `Activation`.
    codes : np.ndarray
        Sequences to scan, int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    threshold : float
        Share of the largest activation, above 0, at most 1.
    protocol : str
        One of `protocols.PROTOCOLS`.

    Returns
    -------
    Filters
        One entry a filter.

    Raises
    ------
    InputError
        When the sequences are not as long as the network's, or the threshold is no such share.
    """
    rules = PROTOCOLS[protocol]
    if rules.every_position:
        return from_every_position(lambda: activations(model, codes), codes, window(model, rules), threshold)
    return from_activations(*maxima(model, codes), codes, window(model, rules), threshold)


def window(model, rules: Protocol) -> int:
    """Positions of a PFM under a protocol."""
    return rules.window or width(model)


def width(model) -> int:
    """Width of a Keras model's first-layer filters in nucleotides."""
    from expact_utils.networks.models import first_convolution

    return first_convolution(model).kernel_size[0]


def activations(model, codes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield a Keras model's first-layer activations, shape=(batch, length, filters), in order of the sequences.

    Raises
    ------
    InputError
        When the sequences, int8, shape=(N, length), are not as long as the network's.
    """
    import keras
    from keras import ops

    from expact_utils.networks.models import first_activation

    length = model.input_shape[1]
    if codes.shape[1] != length:
        raise InputError(f"sequences are {codes.shape[1]} nt long; the network was trained on {length} nt.")
    output = first_activation(model).output
    layer, batch = keras.Model(model.input, output), _batch(length * output.shape[-1])
    for start in range(0, len(codes), batch):
        yield ops.convert_to_numpy(layer(one_hot(codes[start : start + batch]), training=False))


def _batch(numbers: int) -> int:
    """Sequences at a time: `BATCH`, or a part of it where a sequence has so many activations that memory would go."""
    fitting = (BATCH // parts for parts in range(1, BATCH) if BATCH % parts == 0)
    return next((size for size in fitting if size * numbers <= MOST), 1)


def maxima(model, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest activation of each filter in each sequence and its first position, each shape=(N, filters).

    Arguments and errors as in `activations`.
    """
    found = [(batch.max(axis=1), batch.argmax(axis=1)) for batch in activations(model, codes)]
    largest, positions = zip(*found, strict=True)
    return np.concatenate(largest), np.concatenate(positions)


def from_activations(
    maxima: np.ndarray, positions: np.ndarray, codes: np.ndarray, width: int, threshold: float = THRESHOLD
) -> Filters:
    """PFMs from each sequence's maximal activation and its position.

    Parameters
    ----------
    maxima : np.ndarray
        Largest activation of each filter in each sequence, shape=(N, filters).
    positions : np.ndarray
        Where it is, under "same" padding, shape=(N, filters): the window starts (width - 1) // 2 before it.
    codes : np.ndarray
        The sequences, int8, shape=(N, length).
    width : int
        Width of a filter in nucleotides.
    threshold : float
        As in `extract`.

    Returns
    -------
    Filters
        One entry a filter.

    Raises
    ------
    InputError
        When the threshold is not above 0 and at most 1.
    """
    _check_threshold(threshold)
    largest = maxima.max(axis=0)
    starts = positions - (width - 1) // 2
    used = (maxima >= threshold * largest) & (largest > 0)
    used &= (starts >= 0) & (starts + width <= codes.shape[1])
    counts = [_count(codes[used[:, i]], starts[used[:, i], i], width) for i in range(maxima.shape[1])]
    return _from_counts(np.array(counts), largest, used.sum(axis=0), threshold)


def from_every_position(
    batches: Callable[[], Iterator[np.ndarray]], codes: np.ndarray, width: int, threshold: float = THRESHOLD
) -> Filters:
    """PFMs from the windows at every position whose activation reaches the threshold, as in the journal version.

    Parameters
    ----------
    batches : Callable
        Each call gives the activations, as `activations` does; all at once they would take gigabytes.
    codes : np.ndarray
        The sequences, int8, shape=(N, length).
    width : int
        Width of a window, which starts width // 2 before its position.
    threshold : float
        As in `extract`.

    Returns
    -------
    Filters
        One entry a filter.

    Raises
    ------
    InputError
        When the threshold is not above 0 and at most 1.
    """
    _check_threshold(threshold)
    largest = np.max([batch.max(axis=(0, 1)) for batch in batches()], axis=0)
    counts, sites = np.zeros((len(largest), width, BASES)), np.zeros(len(largest), dtype=int)
    whole, row = codes.shape[1] - width + 1, 0
    for batch in batches():
        at_starts = batch[:, width // 2 : width // 2 + whole].reshape(-1, len(largest))
        used = ((at_starts >= threshold * largest) & (largest > 0)).astype(np.float32)
        bases = one_hot(codes[row : row + len(batch)])
        for position in range(width):
            counts[:, position] += used.T @ bases[:, position : position + whole].reshape(-1, BASES)
        sites += used.sum(axis=0).astype(int)
        row += len(batch)
    return _from_counts(counts, largest, sites, threshold)


def clip(pfm: np.ndarray) -> tuple[int, int]:
    """Span of a PFM, shape=(width, 4), that Tomtom gets: from 3 positions before the first to 3 after the last
    with over 0.5 bit; the whole where no position has that much.

    The paper's text leaves this open; the rule is that of the authors' code.
    """  # noqa: D205
    informative = np.flatnonzero(information(pfm) > CLIP_BITS)
    if not len(informative):
        return 0, len(pfm)
    return max(int(informative[0]) - CLIP_PAD, 0), min(int(informative[-1]) + CLIP_PAD + 1, len(pfm))


def write(meme_path: str | Path, h5_path: str | Path, filters: Filters) -> None:
    """Write the clipped PFMs as MEME text and everything else as HDF5, each whole or not at all."""
    write_meme(meme_path, filters.motifs())
    with atomic(h5_path) as partial, h5py.File(partial, "w") as file:
        for name in ARRAYS:
            file[name] = getattr(filters, name)
        file["learned"] = filters.learned
        file.attrs["threshold"] = filters.threshold
        file.attrs["format_version"] = FORMAT_VERSION


def read(path: str | Path) -> Filters:
    """Read a filters file (HDF5).

    Raises
    ------
    InputError
        When the file is missing, truncated, of another format, or its arrays do not agree.
    """
    with open_hdf5(path, "a filters file (03_filters.ipynb makes one)") as file:
        check_format(file, FORMAT_VERSION)
        arrays = {name: read_array(file, name) for name in ARRAYS}
        if "learned" in file:  # files of the first edition do not say
            arrays["learned"] = read_array(file, "learned")
        filters = Filters(**arrays, threshold=read_attribute(file, "threshold", float))
    return _validate(filters, path)


def _validate(filters: Filters, path) -> Filters:
    number, width = filters.pfms.shape[:2] if filters.pfms.ndim == 3 else (0, 0)
    shapes = {"pfms": (number, width, BASES), "max_activation": (number,), "sites": (number,), "clip": (number, 2)}
    for name, shape in shapes.items():
        array = getattr(filters, name)
        if array.shape != shape or array.dtype.kind not in "iuf":
            raise InputError(f"{path}: {name} is {array.dtype} of shape {array.shape}; expected numbers, {shape}.")
    if filters.learned.shape != (number,) or filters.learned.dtype != bool:
        raise InputError(f"{path}: learned, of shape {filters.learned.shape}, does not say yes or no for each filter.")
    if not np.allclose(filters.pfms.sum(axis=2), 1, atol=1e-6):
        raise InputError(f"{path}: pfms has a row that does not sum to 1.")
    start, end = filters.clip.T
    if not ((start >= 0) & (start < end) & (end <= width)).all():
        raise InputError(f"{path}: clip has a span outside the filter's {width} positions.")
    return filters


def _check_threshold(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise InputError(f"threshold is {threshold}; expected a share above 0 and at most 1.")


def _count(codes: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """Numbers of A C G T at each position of the windows, shape=(width, 4); N is not counted."""
    windows = codes[np.arange(len(codes))[:, None], starts[:, None] + np.arange(width)]
    return one_hot(windows).sum(axis=0, dtype=float)


def _from_counts(counts: np.ndarray, largest: np.ndarray, sites: np.ndarray, threshold: float) -> Filters:
    """Filters from counts of bases, shape=(filters, width, 4); flat where there are none."""
    pfms = frequencies(counts)
    return Filters(pfms, largest, sites, np.array([clip(pfm) for pfm in pfms]), threshold)
