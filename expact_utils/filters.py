"""First-layer filters as motifs: activation-based PFMs (Koo & Ploenzke 2019, Methods, "Filter visualisation")."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from expact_utils.datasets import one_hot
from expact_utils.errors import InputError
from expact_utils.files import atomic, check_format, open_hdf5, read_array, read_attribute
from expact_utils.motifs import BACKGROUND, Motif, information, write_meme

FORMAT_VERSION = 1
THRESHOLD = 0.5  # of the filter's largest activation
CLIP_BITS = 0.5  # positions with more information than this are kept ...
CLIP_PAD = 3  # ... and this many on either side
BATCH = 500
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
    """

    pfms: np.ndarray
    max_activation: np.ndarray
    sites: np.ndarray
    clip: np.ndarray
    threshold: float

    @property
    def dead(self) -> np.ndarray:
        """Filters without a site: never active, or only in windows that the sequence ends cut; shape=(filters,)."""
        return self.sites == 0

    def motifs(self) -> list[Motif]:
        """Clipped PFMs as motifs `filter0`, `filter1`, …, with their number of sites."""
        return [
            Motif(f"filter{i}", f"filter{i}", pfm[start:end], int(sites))
            for i, (pfm, (start, end), sites) in enumerate(zip(self.pfms, self.clip, self.sites, strict=True))
        ]


def extract(model, codes: np.ndarray, threshold: float = THRESHOLD) -> Filters:
    """PFMs of the first-layer filters of a Keras model.

    In every sequence whose maximum reaches `threshold` of the filter's largest activation, take the
    filter-sized window at the (first) maximum; drop windows that the sequence ends cut; average.

    Parameters
    ----------
    model : keras.Model
        Its first `Conv1D` is the layer looked at, activated by the first `Activation`.
    codes : np.ndarray
        Sequences to scan, int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    threshold : float
        Share of the largest activation, above 0, at most 1.

    Returns
    -------
    Filters
        One entry a filter.

    Raises
    ------
    InputError
        When the sequences are not as long as the network's, or the threshold is no such share.
    """
    length = model.input_shape[1]
    if codes.shape[1] != length:
        raise InputError(f"sequences are {codes.shape[1]} nt long; the network was trained on {length} nt.")
    first_layer, width = _first_layer(model)
    return from_activations(*_maxima(first_layer, codes), codes, width, threshold)


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
    if not 0 < threshold <= 1:
        raise InputError(f"threshold is {threshold}; expected a share above 0 and at most 1.")
    largest = maxima.max(axis=0)
    starts = positions - (width - 1) // 2
    used = (maxima >= threshold * largest) & (largest > 0)
    used &= (starts >= 0) & (starts + width <= codes.shape[1])
    pfms = [_pfm(codes[used[:, i]], starts[used[:, i], i], width) for i in range(maxima.shape[1])]
    return Filters(
        pfms=np.array(pfms),
        max_activation=largest,
        sites=used.sum(axis=0),
        clip=np.array([clip(pfm) for pfm in pfms]),
        threshold=threshold,
    )


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
    with atomic(h5_path) as partial, h5py.File(partial, "w", track_order=True) as file:
        for name in ARRAYS:
            file[name] = getattr(filters, name)
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
        filters = Filters(**arrays, threshold=read_attribute(file, "threshold", float))
    return _validate(filters, path)


def _validate(filters: Filters, path) -> Filters:
    number, width = filters.pfms.shape[:2] if filters.pfms.ndim == 3 else (0, 0)
    shapes = {"pfms": (number, width, 4), "max_activation": (number,), "sites": (number,), "clip": (number, 2)}
    for name, shape in shapes.items():
        array = getattr(filters, name)
        if array.shape != shape or array.dtype.kind not in "iuf":
            raise InputError(f"{path}: {name} is {array.dtype} of shape {array.shape}; expected numbers, {shape}.")
    if not np.allclose(filters.pfms.sum(axis=2), 1, atol=1e-6):
        raise InputError(f"{path}: pfms has a row that does not sum to 1.")
    start, end = filters.clip.T
    if not ((start >= 0) & (start < end) & (end <= width)).all():
        raise InputError(f"{path}: clip has a span outside the filter's {width} positions.")
    return filters


def _first_layer(model) -> tuple[Callable, int]:
    """Function from one-hot sequences to first-layer activations, and the filter width."""
    import keras

    convolution = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv1D))
    activation = next(layer for layer in model.layers if isinstance(layer, keras.layers.Activation))
    return keras.Model(model.input, activation.output), convolution.kernel_size[0]


def _maxima(first_layer: Callable, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest activation and its first position, each shape=(N, filters), a batch of sequences at a time."""
    from keras import ops

    maxima, positions = [], []
    for start in range(0, len(codes), BATCH):
        activations = ops.convert_to_numpy(first_layer(one_hot(codes[start : start + BATCH]), training=False))
        maxima.append(activations.max(axis=1))
        positions.append(activations.argmax(axis=1))
    return np.concatenate(maxima), np.concatenate(positions)


def _pfm(codes: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """Frequencies of A C G T at each position of the windows, shape=(width, 4); N is not counted."""
    windows = codes[np.arange(len(codes))[:, None], starts[:, None] + np.arange(width)]
    counts = one_hot(windows).sum(axis=0, dtype=float)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, BACKGROUND), where=total > 0)
