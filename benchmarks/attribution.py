"""Time of attribution beside its peers: `python -m benchmarks.attribution`.

Sequences of 200 nt and an untrained exponential CNN-dist, the logit. In-silico mutagenesis is timed beside one call of
Keras's `predict` for the mutants of each sequence; and, where they are installed, all methods beside tangermeme and
captum (PyTorch, the same weights) and shap, all in one process, one after the other. The first call of each, which
compiles, is left out. References: ten shuffled ones a sequence, but shap's, which are ten for all. The most memory
that a method takes is that of a process of its own, for as many sequences and for `MORE` times as many. And how long
the network's products alone would take, at the speed of a product of large matrices: nothing can be faster.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import keras
import numpy as np

from benchmarks.trainings import peak_memory
from expact_utils.attribution import mutagenesis, references, targets
from expact_utils.attribution.methods import METHODS, attribute
from expact_utils.dna.letters import one_hot
from expact_utils.networks.models import build
from expact_utils.run.errors import run_command
from expact_utils.run.paths import ROOT

LENGTH = 200
MORE = 4
REFERENCES, STEPS = references.NUMBER, 20
TORCH = ("torch", "tangermeme", "captum")
PASSES = {  # through the network, forwards and backwards, of a sequence
    "saliency": 2,
    "saliency-corrected": 2,
    "mutagenesis": 1 + 3 * LENGTH,
    "integrated-gradients": 2 * REFERENCES * STEPS,
    "deepshap": 1 + 2 * REFERENCES,
}
SIDE = 3000  # of the matrices
ROUNDS, SHORT = 5, 5.0  # of a measurement of fewer seconds


def seconds(work: Callable[[np.ndarray], object], codes: np.ndarray) -> float:
    """Time of work on sequences, after a first call on two of them; the median of `ROUNDS` where it is short."""
    work(codes[:2])
    taken = [once(work, codes)]
    while taken[0] < SHORT and len(taken) < ROUNDS:
        taken.append(once(work, codes))
    return float(np.median(taken))


def once(work: Callable[[np.ndarray], object], codes: np.ndarray) -> float:
    """Time of work on sequences."""
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


def of_torch(model) -> dict[tuple[str, str], Callable[[np.ndarray], np.ndarray]]:
    """Methods and peers of PyTorch, to functions from codes to attributions, shape=(N, 4, length)."""
    import torch
    from captum.attr import IntegratedGradients
    from tangermeme._deep_lift_utils import _nonlinear
    from tangermeme.deep_lift_shap import deep_lift_shap
    from tangermeme.ersatz import dinucleotide_shuffle
    from tangermeme.saliency import saliency
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    from benchmarks.torch_twin import Exponential, twin

    network = twin(model)
    common = {"device": "cpu", "hypothetical": True}
    rule = {"additional_nonlinear_ops": {Exponential: _nonlinear}, "n_shuffles": REFERENCES, "random_state": 0}

    def tensor(codes: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(one_hot(codes).transpose(0, 2, 1)))

    def integrated(codes: np.ndarray) -> np.ndarray:
        x, found = tensor(codes), []
        for number in range(REFERENCES):
            shuffled = dinucleotide_shuffle(x, n=1, random_state=number)[:, 0].float()
            found.append(IntegratedGradients(network).attribute(x, shuffled, n_steps=STEPS, internal_batch_size=500))
        return torch.stack(found).mean(0).numpy()

    return {
        ("saliency", "tangermeme"): lambda codes: saliency(
            network, tensor(codes), batch_size=100, gradient_correction=False, **common
        ).numpy(),
        ("saliency-corrected", "tangermeme"): lambda codes: saliency(
            network, tensor(codes), batch_size=100, **common
        ).numpy(),
        ("mutagenesis", "tangermeme"): lambda codes: saturation_mutagenesis(
            network, tensor(codes), batch_size=600, **common
        ).numpy(),
        ("integrated-gradients", "captum"): integrated,
        ("deepshap", "tangermeme"): lambda codes: deep_lift_shap(
            network, tensor(codes), batch_size=100, **rule, **common
        ).numpy(),
    }


def of_shap(model) -> dict[tuple[str, str], Callable[[np.ndarray], np.ndarray]]:
    """Methods of shap, likewise."""
    import shap

    logit = targets.of(model).model
    background = one_hot(np.random.default_rng(1).integers(0, 4, (REFERENCES, LENGTH), dtype=np.int8))
    deep, gradients = shap.DeepExplainer(logit, background), shap.GradientExplainer(logit, background)
    return {
        ("deepshap", "shap"): lambda codes: deep.shap_values(one_hot(codes), check_additivity=False),
        ("integrated-gradients", "shap"): lambda codes: gradients.shap_values(
            one_hot(codes), nsamples=REFERENCES * STEPS
        ),
    }


def peers(model) -> dict[tuple[str, str], Callable[[np.ndarray], object]]:
    """Method and peer to a function from codes, of the peers that are installed."""
    found: dict[tuple[str, str], Callable[[np.ndarray], object]] = {
        ("mutagenesis", "one predict a sequence"): by_predict(model)
    }
    if all(map(find_spec, TORCH)):
        found |= of_torch(model)
    if find_spec("shap"):
        found |= of_shap(model)
    return found


def operations(model: keras.Model) -> int:
    """Floating-point operations of a sequence's way through the layers that have weights: two a product and sum."""
    layers = [layer for layer in model.layers if hasattr(layer, "kernel")]
    return sum(2 * int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:-1])) for layer in layers)


def speed() -> float:
    """Floating-point operations a second of a product of matrices, the best of five."""
    matrix = np.random.default_rng(0).random((SIDE, SIDE), np.float32)
    return max(2 * SIDE**3 / seconds(lambda _: matrix @ matrix, matrix) for _ in range(5))


def measure(sequences: int = 500) -> list[dict]:
    """Rows of `results.json`: method, our seconds, peer and its seconds, which are None where no peer is at hand."""
    codes, model = _codes(sequences), _network()
    rows, others, fastest = [], peers(model), speed()
    print(f"products of matrices: {fastest / 1e9:.0f} GFLOP/s", flush=True)
    for name in METHODS:
        taken = seconds(lambda part, name=name: attribute(model, part, name), codes)
        print(f"{name}: {taken:.1f} s, {sequences / taken:.0f} sequences a second", flush=True)
        memory = {"memory": _memory(name, sequences), "memory_of_more": _memory(name, MORE * sequences)}
        print(
            "{}: {:.2f} GB, of {} times as many {:.2f}".format(name, memory["memory"], MORE, memory["memory_of_more"])
        )
        bound = sequences * PASSES[name] * operations(model) / fastest
        print(f"{name}: its products alone {bound:.2f} s", flush=True)
        own = {"method": name, "sequences": sequences, "seconds": taken, "bound": bound, **memory}
        own |= {"peer": None, "peer_seconds": None}
        of_method = {peer: seconds(work, codes) for (method, peer), work in others.items() if method == name}
        for peer, of_peer in of_method.items():
            print(f"{name} by {peer}: {of_peer:.1f} s, {of_peer / taken:.2f} times ours", flush=True)
        rows += [own | {"peer": peer, "peer_seconds": of_peer} for peer, of_peer in of_method.items()] or [own]
    return rows


def _codes(sequences: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (sequences, LENGTH), dtype=np.int8)


def _network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build("cnn-dist", LENGTH, 1, "exponential")


def _memory(name: str, sequences: int) -> float:
    """GB that a method takes at most in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.attribution", "--memory", name, "--sequences", str(sequences)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attribution", description=about)
    parser.add_argument("--sequences", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--memory", choices=METHODS, help="print the most memory (GB) that this method takes alone")
    arguments = parser.parse_args()
    if arguments.memory:
        attribute(_network(), _codes(arguments.sequences), arguments.memory)
        print(peak_memory() / 1e9)
    else:
        measure(arguments.sequences)


if __name__ == "__main__":
    run_command(_command)
