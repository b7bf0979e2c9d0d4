"""Time of attribution beside its peers: `python -m benchmarks.attribution`.

Sequences of 200 nt and an untrained exponential CNN-dist. In-silico mutagenesis is timed beside one call of Keras's
`predict` for the mutants of each sequence, in the same process; the first call of each, which compiles, is left out.
"""

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np

from expact_utils.attribution import mutagenesis
from expact_utils.attribution.methods import METHODS, attribute
from expact_utils.dna.letters import one_hot
from expact_utils.networks.models import build
from expact_utils.run.errors import run_command

LENGTH = 200


def seconds(work: Callable[[np.ndarray], object], codes: np.ndarray) -> float:
    """Time of work on sequences, after a first call on two of them."""
    work(codes[:2])
    started = time.monotonic()
    work(codes)
    return time.monotonic() - started


def by_predict(model) -> Callable[[np.ndarray], np.ndarray]:
    """In-silico mutagenesis as many scripts do it at best: one `predict` for all mutants of a sequence."""

    def work(codes: np.ndarray) -> np.ndarray:
        found = []
        for sequence in codes:
            mutants, _ = mutagenesis.mutants_of(sequence)
            found.append(model.predict(one_hot(mutants), verbose=0)[:, 0])
        return np.stack(found)

    return work


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attribution", description=about)
    parser.add_argument("--sequences", type=int, default=500, help="how many (default 500)")
    codes = np.random.default_rng(0).integers(0, 4, (parser.parse_args().sequences, LENGTH), dtype=np.int8)
    keras.utils.set_random_seed(0)
    model = build("cnn-dist", LENGTH, 1, "exponential")
    times = {}
    for name in METHODS:
        times[name] = seconds(lambda part, name=name: attribute(model, part, name), codes)
        print(f"{name}: {times[name]:.1f} s, {len(codes) / times[name]:.0f} sequences a second", flush=True)
    predicted = seconds(by_predict(model), codes)
    print(f"one predict a sequence: {predicted:.1f} s, {predicted / times['mutagenesis']:.2f} times mutagenesis")


if __name__ == "__main__":
    run_command(_command)
