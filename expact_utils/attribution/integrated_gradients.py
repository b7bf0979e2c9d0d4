"""Integrated gradients: gradients on the way from references to the sequence (Sundararajan 2017)."""

import numpy as np

from expact_utils.attribution import saliency, targets
from expact_utils.attribution.references import TIMES, References, against
from expact_utils.attribution.targets import Found, Target
from expact_utils.dna.letters import one_hot
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress

STEPS = 20
RULES = {"middle": 0.5, "start": 0.0}  # where in its step each gradient is taken


def integrated_gradients(
    target: Target,
    codes: np.ndarray,
    classes: np.ndarray,
    references: References,
    times: str = TIMES[0],
    steps: int = STEPS,
    rule: str = "middle",
    progress: Progress | None = None,
) -> Found:
    """Mean gradient between references and the sequence, times what they differ by.

    Parameters
    ----------
    target, codes, classes, progress
        As for `saliency.saliency`.
    references : References
        Of each sequence.
    times : str
        As in `references.against`.
    steps : int
        Gradients on each way.
    rule : str
        Take them in the `middle` of the steps, or at their `start` (the authors' way, end excluded).

    Returns
    -------
    Found
        What each base contributes, against the mean output of the references.

    Raises
    ------
    InputError
        As `saliency.saliency`, or when the number of steps is below 1, or there is no such rule.
    """
    if steps < 1:
        raise InputError(f"integrated gradients take {steps} steps; expected at least 1.")
    if rule not in RULES:
        raise InputError(f"integrated gradients at the {rule} of steps; expected {' or '.join(RULES)}.")
    size = max(1, target.batch // references.number)
    places = (np.arange(steps, dtype=np.float32) + np.float32(RULES[rule])) / steps
    found, means = [], []
    for part in targets.parts(len(codes), size, progress):
        start = one_hot(references.of(codes, part))
        way = one_hot(codes[part])[:, None] - start
        flat = way.reshape(-1, *way.shape[2:])
        of_each = np.repeat(classes[part], references.number)
        starts, outputs = start.reshape(flat.shape), target.outputs(one_hot(codes[part]), classes[part])
        gradients = (saliency.of_output(target, starts + place * flat, of_each)[0] for place in places)
        mean = np.divide(sum(gradients), steps).reshape(way.shape)
        of_references = target.outputs(starts, of_each).reshape(way.shape[:2]).mean(axis=1)
        found.append(Found(against(mean, start, times), outputs, of_references))
        means.append(mean.any())
    joined = Found.joined(found)
    saliency.check_not_flat(target, np.array(means), joined.outputs, classes)
    return joined
