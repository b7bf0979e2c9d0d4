"""Training on a graphics card with JAX: epochs beside Keras's fit, all of Table 1's synthetic half, and the roofline.

KERAS_BACKEND=jax python -m benchmarks.gpu
"""

import argparse
import itertools
import os
import time

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np

from benchmarks.__main__ import NETWORKS, RESULTS, keep, machine
from benchmarks.trainings import BATCH, keras_fit
from expact_utils.data import simulate
from expact_utils.networks import engine, training
from expact_utils.networks.description import describe
from expact_utils.networks.models import build
from expact_utils.networks.trial import Settings
from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import read_json

FIT_EPOCHS = 6  # of which the first compiles


def network_row(data, architecture: str, speed: float, bandwidth: float) -> dict:
    """Seconds of an epoch by Keras's fit, by expact alone and with ten trials, and the least the card could take."""
    operations, moved = work(architecture, len(data.X["train"]), data.length, len(data.class_names))
    return {
        "network": architecture,
        "keras_fit": float(np.median(keras_fit(data, architecture, "exponential", FIT_EPOCHS, metrics=False)[1:])),
        "expact": epoch_seconds(data, architecture, 1),
        "expact_ten_trials": epoch_seconds(data, architecture, 10) / 10,
        "operations": operations,
        "bytes": moved,
        "bound": max(operations / speed, moved / bandwidth),
    }


def epoch_seconds(data, architecture: str, trials: int) -> float:
    """Median seconds of an epoch of so many trials together, compilation left out; as `fit` does, with validation."""
    models = [build(architecture, data.length, len(data.class_names), "exponential") for _ in range(trials)]
    trainer = engine.create(models)
    codes, labels = trainer.put(data.X["train"]), trainer.put(data.Y["train"])
    steps = len(data.X["train"]) // BATCH
    order = np.arange(steps * BATCH, dtype="int32").reshape(1, steps, BATCH).repeat(trials, axis=0)
    seeds = np.arange(2 * trials, dtype="uint32").reshape(trials, 2)
    seconds = []
    for _ in range(FIT_EPOCHS):
        started = time.perf_counter()
        trainer.run(codes, labels, order, seeds, 0)
        trainer.predict(data.X["valid"])
        trainer.states()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds[1:]))


def work(architecture: str, sequences: int, length: int, classes: int) -> tuple[float, float]:
    """Operations and bytes of an epoch that no way of training this network can do without.

    A product counts once forward and once for each gradient (the first layer needs none for its input); a product's
    result is written and read once forward and once backward, as float32.
    """
    model = build(architecture, length, classes, "exponential")
    products = [layer for layer in model.layers if isinstance(layer, (keras.layers.Conv1D, keras.layers.Dense))]
    operations = moved = 0
    for i, (layer, _) in enumerate(zip(products, describe(model), strict=True)):
        results = int(np.prod(layer.output.shape[1:]))
        operations += (2 if i == 0 else 3) * 2 * results * int(np.prod(layer.kernel.shape[:-1]))
        moved += 4 * 4 * results
    return float(operations * sequences), float(moved * sequences)


def measured_speed(size: int = 8192) -> float:
    """Operations a second of a product of two float32 matrices, at JAX's default precision."""
    a = jnp.ones((size, size), "float32")
    return 2 * size**3 / _best(jax.jit(lambda a: a @ a), a)


def measured_bandwidth(size: int = 2**28) -> float:
    """Bytes a second of adding one to a float32 array: each is read and written."""
    return 2 * 4 * size / _best(jax.jit(lambda a: a + 1), jnp.ones(size, "float32"))


def _best(function, argument) -> float:
    function(argument).block_until_ready()
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        function(argument).block_until_ready()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def all_trainings(data, trials: int, epochs: int) -> float:
    """Seconds of all synthetic trainings of Table 1 in this process, compilation and scoring included."""
    started = time.perf_counter()
    for architecture in NETWORKS:
        settings = [
            Settings(architecture, activation, trial, epochs, BATCH)
            for activation, trial in itertools.product(("relu", "exponential"), range(trials))
        ]
        training.train_trials(data, settings)
    return time.perf_counter() - started


def main() -> None:
    """Measure, print, and keep the result for the book's page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument("--sequences", type=int, default=25_000, help="training, validation and test together")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--any-device", action="store_true", help="try the command without a card; nothing is kept")
    arguments = parser.parse_args()
    on_card = jax.default_backend() == "gpu"
    if not (on_card or arguments.any_device):
        raise InputError(f"JAX finds no graphics card here, only {engine.device()}; nothing was measured.")
    data = simulate.simulate(arguments.sequences)
    small = {} if on_card else {"size": 2048}
    speed, bandwidth = measured_speed(**small), measured_bandwidth(**({} if on_card else {"size": 2**24}))
    rows = []
    for architecture in NETWORKS:
        rows.append(network_row(data, architecture, speed, bandwidth))
        print(
            {key: f"{value:.3g}" if isinstance(value, float) else value for key, value in rows[-1].items()}, flush=True
        )
    result = {
        "machine": machine(),
        "device": engine.device(),
        "speed": speed,
        "bandwidth": bandwidth,
        "trials": arguments.trials,
        "epochs": arguments.epochs,
        "all_trainings": all_trainings(data, arguments.trials, arguments.epochs),
        "rows": rows,
    }
    print(
        f"{result['device']}: {speed / 1e12:.1f} TFLOP/s, {bandwidth / 1e9:.0f} GB/s; "
        f"all {6 * arguments.trials} trainings of {arguments.epochs} epochs: {result['all_trainings']:.0f} s"
    )
    if on_card:
        keep(read_json(RESULTS) | {"gpu": result})


if __name__ == "__main__":
    run_command(main)
