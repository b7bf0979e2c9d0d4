"""One training in a process of its own, by expact or a peer; prints its times and peak memory as one line of JSON.

    python -m benchmarks.trainings expact cnn-2 exponential --epochs 10

All train the same network on the same sequences with mini-batches of 100 and take the validation loss after each
epoch. The clock starts when packages and data are loaded, so compilation counts; what it takes to score the test set
counts for expact alone.
"""

import argparse
import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np

BATCH = 100
PEERS = {
    "expact": "expact",
    "keras-auc": "Keras fit, auPR and auROC in the graph",
    "keras": "Keras fit",
    "torch": "PyTorch, a loop over a DataLoader",
}


def expact(data, architecture: str, activation: str, epochs: int, trials: int) -> list[float]:
    """Seconds of each epoch, the first trial's."""
    from expact_utils.networks import training
    from expact_utils.networks.trial import Settings

    settings = [Settings(architecture, activation, trial, epochs, BATCH) for trial in range(trials)]
    return training.train_trials(data, settings)[0][1]["epoch_seconds"]


def keras_fit(data, architecture: str, activation: str, epochs: int, metrics: bool) -> list[float]:
    """Seconds of each epoch of `fit`, on one-hot sequences in memory."""
    import keras

    from expact_utils.dna.letters import one_hot
    from expact_utils.networks.models import build

    clock = EpochClock()
    callback = keras.callbacks.LambdaCallback(on_epoch_begin=clock.start, on_epoch_end=clock.stop)
    keras.utils.set_random_seed(0)
    model = build(architecture, data.length, len(data.class_names), activation)
    auc = [keras.metrics.AUC(curve="PR"), keras.metrics.AUC(curve="ROC")] if metrics else []
    model.compile("adam", "binary_crossentropy", metrics=auc)
    model.fit(
        one_hot(data.X["train"]),
        data.Y["train"],
        batch_size=BATCH,
        epochs=epochs,
        validation_data=(one_hot(data.X["valid"]), data.Y["valid"]),
        callbacks=[callback],
        verbose=0,
    )
    return clock.seconds


def torch_loop(data, architecture: str, activation: str, epochs: int) -> list[float]:
    """Seconds of each epoch of the usual loop: one-hot tensors in memory, `DataLoader`, `backward`, `step`."""
    import torch

    from expact_utils.dna.letters import one_hot

    torch.manual_seed(0)
    network = _torch_network(architecture, activation, data)
    optimizer, cross_entropy = torch.optim.Adam(network.parameters()), torch.nn.BCELoss()
    kernels = [weight for weight in network.parameters() if weight.dim() > 1]
    sets = {
        split: torch.utils.data.TensorDataset(
            torch.tensor(np.ascontiguousarray(one_hot(data.X[split]).transpose(0, 2, 1))),
            torch.tensor(data.Y[split]).float(),
        )
        for split in ("train", "valid")
    }
    clock = EpochClock()
    for epoch in range(epochs):
        clock.start(epoch)
        network.train()
        for x, y in torch.utils.data.DataLoader(sets["train"], BATCH, shuffle=True, drop_last=True):
            optimizer.zero_grad()
            loss = cross_entropy(network(x), y) + 1e-6 * sum((weight**2).sum() for weight in kernels)
            loss.backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            [cross_entropy(network(x), y).item() for x, y in torch.utils.data.DataLoader(sets["valid"], 500)]
        clock.stop(epoch)
    return clock.seconds


def _torch_network(architecture: str, activation: str, data):
    """The network of `models` in PyTorch, layer by layer."""
    import torch
    from torch import nn

    from expact_utils.networks.description import describe
    from expact_utils.networks.models import build

    class Exponential(nn.Module):
        def forward(self, x):
            return torch.exp(x)

    activations = {"relu": nn.ReLU, "exponential": Exponential, "sigmoid": nn.Sigmoid}
    model = build(architecture, data.length, len(data.class_names), activation)
    kernels = [weight for weight in model.trainable_variables if len(weight.shape) > 1]
    modules = []
    for layer, kernel in zip(describe(model), kernels, strict=True):
        inputs, outputs = kernel.shape[-2:]
        if layer.product == "dense":
            modules += [nn.Flatten(), nn.Linear(inputs, outputs, bias=layer.normalisation is None)]
        else:
            modules.append(nn.Conv1d(inputs, outputs, kernel.shape[0], padding=layer.product, bias=False))
        if layer.normalisation:
            momentum, epsilon = layer.normalisation
            modules.append(nn.BatchNorm1d(outputs, epsilon, 1 - momentum))
        modules.append(activations[layer.activation]())
        modules += [nn.MaxPool1d(layer.pool)] if layer.pool > 1 else []
        modules += [nn.Dropout(layer.dropout)] if layer.dropout else []
    return nn.Sequential(*modules)


class EpochClock:
    """Seconds between `start` and `stop`, a pair an epoch."""

    def __init__(self):
        self.seconds = []

    def start(self, epoch, logs=None):
        """Begin an epoch (also a Keras callback)."""
        self.started = time.perf_counter()

    def stop(self, epoch, logs=None):
        """End an epoch."""
        self.seconds.append(time.perf_counter() - self.started)


def load(path: Path | None, sequences: int, length: int, outputs: int | None):
    """Read a dataset file, or simulate the synthetic data in this size; with random labels for other `outputs`."""
    from expact_utils.data import datasets, simulate

    data = datasets.read(path) if path else simulate.simulate(sequences, length)
    if outputs:
        rng = np.random.default_rng(0)
        data.Y = {split: rng.integers(0, 2, (len(of), outputs), np.int8) for split, of in data.X.items()}
        data.class_names = [f"class {i}" for i in range(outputs)]
    return data


def measure(arguments) -> dict:
    """Train and return total seconds, seconds of each epoch and peak memory in bytes."""
    import_module({"expact": "expact_utils.training", "torch": "torch"}.get(arguments.peer, "keras"))
    data = load(arguments.data, arguments.sequences, arguments.length, arguments.outputs)
    network = data, arguments.architecture, arguments.activation, arguments.epochs
    started = time.perf_counter()
    match arguments.peer:
        case "expact":
            epochs = expact(*network, arguments.trials)
        case "torch":
            epochs = torch_loop(*network)
        case peer:
            epochs = keras_fit(*network, metrics=peer == "keras-auc")
    return {
        "seconds": time.perf_counter() - started,
        "epochs": epochs,
        "memory": peak_memory(),
    }


def peak_memory() -> int:
    """Largest resident memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # Linux's `getrusage` counts the process that started this one, too
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trainings", description=__doc__.partition("\n")[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("architecture")
    parser.add_argument("activation")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--sequences", type=int, default=25_000, help="training, validation and test together")
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--outputs", type=int, help="random labels of so many classes, instead of the data's own")
    parser.add_argument("--data", type=Path, help="a dataset file, instead of simulated sequences")
    arguments = parser.parse_args()
    os.environ["KERAS_BACKEND"] = {"torch": "torch"}.get(arguments.peer, os.environ.get("KERAS_BACKEND", "tensorflow"))
    print(json.dumps(measure(arguments)))
