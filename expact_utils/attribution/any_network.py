"""Any network's outputs explained in a notebook, base by base: a function, a Keras model, a torch module or a file.

import expact_utils as expact
maps = expact.explain(model, ["ACGTTGACTCATT…", …])
expact.map_logos(maps, ["first", "second"])
expact.map_motifs(maps)  # of hundreds of sequences: motifs and their sites, by TF-MoDISco
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from expact_utils.attribution import targets
from expact_utils.attribution.methods import Maps, attribute_function
from expact_utils.dna.letters import BASES, UNKNOWN, encode, one_hot
from expact_utils.networks.foreign import published
from expact_utils.networks.foreign.network import ForeignNetwork
from expact_utils.networks.foreign.opening import open_network
from expact_utils.run.errors import InputError


def explain(
    network: Any,
    sequences: Sequence[str] | np.ndarray,
    output: int = 0,
    log_odds: bool | None = None,
    above: float | None = None,
    **options,
) -> Maps:
    """Attribute an output of any network to the bases of sequences, by in-silico mutagenesis.

    Parameters
    ----------
    network : Callable, keras.Model, torch.nn.Module, str or Path
        A function from one-hot sequences, float32, shape=(N, length, 4), bases A C G T, to numbers, shape=(N,) or
        (N, outputs); a Keras model that takes the same; a torch module that takes shape=(N, 4, length); a network's
        file, as `expact explain` opens it; or the name of a published one.
    sequences : Sequence[str] or np.ndarray
        Texts of one length in the letters A C G T N, or one-hot, shape=(N, length, 4).
    output : int
        Which number is explained, counted from 0.
    log_odds : bool, optional
        Whether the log-odds of the output are explained, as suits a probability; without it, where the output lies
        between 0 and 1 for all sequences and their mutants.
    above : float, optional
        Explain only the sequences whose output is over this; how many these are is printed.
    **options
        Of a file, as `networks.foreign.network.Options` has them.

    Returns
    -------
    Maps
        What each base is worth, and the outputs (their log-odds); a map of a network that knows nothing is 0.

    Raises
    ------
    InputError
        When sequences are of several lengths or other letters, there is no such output, none is over `above`, an output
        is not finite, or the network's file cannot be read.
    """
    codes, predict = _codes(sequences), _function(network, options)
    _check_length(network, codes)
    outputs = predict(one_hot(codes))
    if isinstance(output, bool) or not isinstance(output, int | np.integer) or not 0 <= output < outputs.shape[1]:
        raise InputError(f"the network has {outputs.shape[1]} outputs; there is no output {output}, counted from 0.")
    outputs = outputs[:, output]
    _check_finite(np.isfinite(outputs))
    probability = targets.is_probability(outputs)
    if above is not None:
        if isinstance(above, bool) or not isinstance(above, int | float | np.number):
            raise InputError(f"above is {above!r}; expected a number.")
        rows = targets.above(outputs, above)
        print(f"{len(rows)} of {len(codes)} sequences score above {above:g}.")
        codes = codes[rows]
    maps = attribute_output(predict, codes, output, probability, log_odds)
    _check_finite(np.isfinite(maps.outputs) & np.isfinite(maps.values).all(axis=(1, 2)))
    if maps.log_odds:
        print(in_words(maps))
    return maps


def _check_length(network: Any, codes: np.ndarray) -> None:
    """Refuse sequences of another length than a Keras model takes; a function has to see to it itself."""
    shape = getattr(network, "input_shape", None)
    length = shape[1] if isinstance(shape, tuple) and len(shape) == 3 else None
    if length not in (None, codes.shape[1]):
        raise InputError(f"sequences are {codes.shape[1]} nt long; the network takes {length} nt.")


def _check_finite(finite: np.ndarray) -> None:
    """Refuse outputs that are no finite numbers; one a sequence, shape=(N,), says whether it is."""
    if not finite.all():
        raise InputError(f"an output for sequence {int(np.argmin(finite))}, or a mutant of it, is no finite number.")


def attribute_output(
    predict: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    column: int,
    probability: bool,
    log_odds: bool | None = None,
) -> Maps:
    """Attribute an output as `methods.attribute_function` does, its log-odds where it is a probability.

    Parameters
    ----------
    predict, codes, column
        As `attribute_function` takes them.
    probability : bool
        Whether it looks like one: if mutants say otherwise, the output itself is explained.
    log_odds : bool, optional
        What is explained, whatever it looks like.

    Raises
    ------
    InputError
        When log-odds are asked for of what is no probability.
    """
    if log_odds or (log_odds is None and probability):
        try:
            maps = attribute_function(targets.log_odds(predict, column), codes, column)
            return replace(maps, log_odds=True)
        except InputError:
            if log_odds:
                raise
    return attribute_function(predict, codes, column)


def in_words(maps: Maps) -> str:
    """What maps explain, and how many may be blank as the network is too sure for float32."""
    if not maps.log_odds:
        return "Explained is the output itself."
    cut = targets.cut(maps.outputs)
    near = f" {cut} of {len(maps.outputs)} are so near 0 or 1 that their maps may be blank." if cut else ""
    return f"Explained are the log-odds of the output, which lies between 0 and 1.{near}"


def _codes(sequences: Sequence[str] | np.ndarray) -> np.ndarray:
    """Codes, int8, shape=(N, length)."""
    if isinstance(sequences, str):
        sequences = [sequences]
    if not isinstance(sequences, np.ndarray) or sequences.ndim == 1:
        texts = [str(text).encode() for text in sequences]
        if not all(texts):
            raise InputError(f"sequence {texts.index(b'')} is empty; expected letters A C G T N.")
        return encode(texts)
    if sequences.ndim != 3 or sequences.shape[2] != BASES or not len(sequences):
        raise InputError(f"sequences have shape {sequences.shape}; expected texts, or (sequences, length, {BASES}).")
    known = sequences.sum(axis=2)
    if not (np.isin(sequences, (0, 1)).all() and np.isin(known, (0, 1)).all()):
        raise InputError("sequences are not one-hot; expected a single 1 at each position, or zeros for N.")
    return np.where(known == 1, sequences.argmax(axis=2), UNKNOWN).astype(np.int8)


def _function(network: Any, options: dict) -> Callable[[np.ndarray], np.ndarray]:
    """Network as a function from one-hot sequences to outputs, shape=(N, outputs)."""
    if isinstance(network, ForeignNetwork):
        return network.predict
    if isinstance(network, str | Path):
        if published.is_named(network):
            return published.opened(str(network), options)[1].predict
        return open_network(network, **options).predict
    if not callable(network):
        raise InputError(f"the network is a {type(network).__name__}; expected a function, a model or a file.")
    if options:
        raise InputError(f"{next(iter(options))} is an option of a network's file; expected none with a function.")
    computed = _of_torch(network) if hasattr(network, "state_dict") else network
    return lambda values: _as_table(computed(values), len(values))


def _of_torch(module) -> Callable[[np.ndarray], np.ndarray]:
    """A torch module, evaluated without gradients, channels first."""
    import torch

    def predict(values: np.ndarray) -> np.ndarray:
        was = module.training
        module.eval()
        with torch.no_grad():
            found = module(torch.from_numpy(np.ascontiguousarray(values.transpose(0, 2, 1))))
        module.train(was)
        return found.cpu().numpy()

    return predict


def _as_table(found, number: int) -> np.ndarray:
    """Outputs of so many sequences, float32, shape=(N, outputs)."""
    try:
        array = np.asarray(found)
    except ValueError:  # rows of several lengths
        array = np.array(None)
    if array.dtype.kind not in "fiub":
        raise InputError(f"the network gives a {type(found).__name__}; expected numbers, one or several a sequence.")
    array = array.astype(np.float32)
    if not array.ndim or len(array) != number:
        raise InputError(f"the network gives outputs of shape {array.shape} for {number} sequences; expected one each.")
    return array.reshape(number, -1)
