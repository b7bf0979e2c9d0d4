"""DeepSHAP: DeepLIFT's multipliers (rescale rule) against shuffled references, the mean over these (Lundberg 2017)."""

from functools import lru_cache

import numpy as np
from keras import ops

from expact_utils.attribution import gradients, rescale, targets
from expact_utils.attribution.references import TIMES, References, against
from expact_utils.attribution.rescale import Streams
from expact_utils.attribution.saliency import finite
from expact_utils.attribution.targets import Found, Target
from expact_utils.dna.letters import one_hot
from expact_utils.run.progress import Progress


def deepshap(
    target: Target,
    codes: np.ndarray,
    classes: np.ndarray,
    references: References,
    times: str = TIMES[0],
    progress: Progress | None = None,
) -> Found:
    """Contributions that sum to the difference of outputs, whatever the activations.

    Parameters
    ----------
    target, codes, classes, progress
        As for `saliency.saliency`.
    references : References
        Of each sequence.
    times : str
        As in `references.against`.

    Returns
    -------
    Found
        What each base contributes, against the mean output of the references.

    Raises
    ------
    InputError
        When a layer of the network has no rule.
    """
    size = max(1, target.batch // references.number)
    multipliers = _multipliers(target)
    found = []
    for part in targets.parts(len(codes), size, progress):
        start = one_hot(references.of(codes, part))
        arrays = one_hot(codes[part]), start.reshape(-1, *start.shape[2:]), classes[part]
        gradient, reported = multipliers(start.reshape(arrays[1].shape), *map(ops.convert_to_tensor, arrays))
        outputs, of_references = (ops.convert_to_numpy(of).astype(float) for of in reported)
        values = against(finite(target, gradient).reshape(start.shape), start, times)
        found.append(Found(values, outputs, of_references.reshape(start.shape[:2]).mean(axis=1)))
    return Found.joined(found)


@lru_cache(maxsize=len(targets.AT))
def _multipliers(target: Target):
    """Return the compiled function to the multipliers of each pair, and outputs of sequences and references."""

    def of_pairs(pairs, sequences, references, classes):
        y = rescale.outputs(target, Streams(sequences, references, pairs))
        of_each = rescale.repeated(classes, references)
        outputs = targets.select(y.sequence, classes), targets.select(y.reference, of_each)
        return targets.select(y.pair, of_each), outputs

    return gradients.gradient_of(of_pairs)
