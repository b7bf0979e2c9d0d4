"""Any network's outputs explained in a notebook, base by base: a function, a Keras model, a torch module or a file.

import expact_utils as expact
maps = expact.explain(model, ["ACGTTGACTCATT…", …])
expact.map_logos(maps, ["first", "second"])
expact.map_motifs(maps)  # of hundreds of sequences: motifs and their sites, by TF-MoDISco
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from expact_utils.attribution import targets
from expact_utils.attribution.methods import Maps, attribute_function
from expact_utils.dna.letters import BASES, UNKNOWN, encode, one_hot
from expact_utils.networks.foreign.network import ForeignNetwork
from expact_utils.networks.foreign.opening import open_network
from expact_utils.run.errors import InputError


def explain(
    network: Any, sequences: Sequence[str] | np.ndarray, output: int = 0, log_odds: bool | None = None, **options
) -> Maps:
    """Attribute an output of any network to the bases of sequences, by in-silico mutagenesis.

    Parameters
    ----------
    network : Callable, keras.Model, torch.nn.Module, str or Path
        A function from one-hot sequences, float32, shape=(N, length, 4), bases A C G T, to numbers, shape=(N,) or
        (N, outputs); a Keras model that takes the same; a torch module that takes shape=(N, 4, length); or a network's
        file, as `expact explain` opens it.
    sequences : Sequence[str] or np.ndarray
        Texts of one length in the letters A C G T N, or one-hot, shape=(N, length, 4).
    output : int
        Which number is explained, counted from 0.
    log_odds : bool, optional
        Whether the log-odds of the output are explained, as suits a probability; without it, where the output lies
        between 0 and 1 for all sequences.
    **options
        Of a file, as `networks.foreign.network.Options` has them.

    Returns
    -------
    Maps
        What each base is worth, and the outputs (their log-odds); a map of a network that knows nothing is 0.

    Raises
    ------
    InputError
        When sequences are of several lengths or other letters, there is no such output, an output is not finite, or the
        network's file cannot be read.
    """
    codes, predict = _codes(sequences), _function(network, options)
    found = predict(np.zeros((1, codes.shape[1], BASES), np.float32))
    if not 0 <= output < found.shape[1]:
        raise InputError(f"the network has {found.shape[1]} outputs; there is no output {output}, counted from 0.")
    if log_odds or (log_odds is None and targets.is_probability(predict(one_hot(codes))[:, output])):
        predict = targets.log_odds(predict)
    maps = attribute_function(predict, codes, output)
    if not np.isfinite(maps.outputs).all():
        row = int(np.argmin(np.isfinite(maps.outputs)))
        raise InputError(f"the network's output for sequence {row} is {maps.outputs[row]}; expected a finite number.")
    return maps


def _codes(sequences: Sequence[str] | np.ndarray) -> np.ndarray:
    """Codes, int8, shape=(N, length)."""
    if not isinstance(sequences, np.ndarray) or sequences.ndim == 1:
        return encode([str(text).encode() for text in sequences])
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
    if not callable(network):
        return open_network(network, **options).predict
    if options:
        raise InputError(f"{next(iter(options))} is an option of a network's file; expected none with a function.")
    computed = _of_torch(network) if hasattr(network, "state_dict") else network
    return lambda values: _as_table(computed(values))


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


def _as_table(found) -> np.ndarray:
    """Outputs, float32, shape=(N, outputs)."""
    array = np.asarray(found, np.float32)
    return array.reshape(len(array), -1)
