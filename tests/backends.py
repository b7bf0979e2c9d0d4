"""What both backends compute alike, each in a process of its own: the tests of engines call these functions there."""

from dataclasses import replace

import keras
import numpy as np

from expact_utils.data import datasets
from expact_utils.networks import computation, engine, models, training
from expact_utils.networks.description import UnknownLayerError
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.networks.trial import Settings
from expact_utils.run import names
from expact_utils.run.paths import Run

TRIALS = (("relu", 0), ("exponential", 1), ("relu", 2), ("relu", 3))


def over_an_epoch(network: str, data: str, labels: str) -> list[float]:
    """Loss of each mini-batch of an epoch without dropout, and that of the predictions after it."""
    arrays = np.load(data)
    trainer = engine.create([_without_dropout(keras.saving.load_model(network))])
    order = np.random.default_rng(0).permutation(len(arrays["X"])).astype("int32").reshape(1, -1, 1, 20)
    found = _steps(trainer, arrays["X"], arrays[labels], order)[0]
    return [*found, float(training.loss(arrays[labels], trainer.predict(arrays["X"])[0]))]


def softsign(start: str) -> dict[str, list]:
    """Losses of an activation that is new to the registry: alone, with others on JAX, and by Keras's own layers."""
    names.ACTIVATIONS["softsign"] = names.Activation("softsign", "softsign", "black", "", monotonic=True)
    found: dict[str, list] = {"alone": _from(start, "softsign")[0]}
    if keras.backend.backend() == "jax":
        together = _from(start, "relu", "softsign", "exponential")
        found |= {"together": together[1], "others together": together[::2]}
        found["others"] = [_from(start, "relu")[0], _from(start, "exponential")[0]]
    described, computation.describe = computation.describe, _unknown
    found["by Keras"] = _from(start, "softsign")[0]
    computation.describe = described
    del names.ACTIVATIONS["softsign"]
    return found


def alone_and_together(data: str, protocol: str) -> list[dict[str, list]]:
    """Training losses and test scores of networks that are trained one by one, and at once.

    Where the protocol lowers rates and stops, it does so after few epochs.
    """
    dataset, found = datasets.read(data), []
    rules = PROTOCOLS[protocol]
    PROTOCOLS[protocol] = replace(rules, patience=rules.patience and 3, decay_patience=rules.decay_patience and 1)
    epochs, trials = (8, TRIALS) if rules.patience else (2, TRIALS[:2])
    settings = [Settings("cnn-50", a, t, epochs, 10, protocol=protocol) for a, t in trials]
    backend = engine._backend()
    for at_once in (1, len(trials)):
        backend.trials_at_once = lambda at_once=at_once: at_once
        histories = [history for _, history in training.train_trials(dataset, settings)]
        found.append(
            {"losses": [h["training_loss"] for h in histories], "auroc": [h["test"]["auroc_mean"] for h in histories]}
        )
    PROTOCOLS[protocol] = rules
    return found


def trained(data: str, run: str) -> list:
    """Predictions of a network that is trained here and saved in a run."""
    dataset = datasets.read(data)
    model, _ = training.train(dataset, Settings("cnn-50", "relu", 0, 1, 10), "mine", Run(run))
    return training.predict(model, dataset.X["test"]).tolist()


def backend() -> str:
    """Name of the backend that computes here."""
    return keras.backend.backend()


def _from(start: str, *activations: str) -> list[list[float]]:
    """Losses of networks that differ in their activations, from the same weights, over the same batches."""
    arrays, networks = np.load(start), []
    for name in activations:
        model = models.build("cnn-50", 120, 3, name)
        model.set_weights([arrays[f"w{i}"] for i in range(len(model.weights))])
        networks.append(_without_dropout(model))
    order = np.arange(len(arrays["X"]), dtype="int32").reshape(1, -1, 1, 20).repeat(len(activations), axis=0)
    return _steps(engine.create(networks), arrays["X"], arrays["Y"], order)


def _steps(trainer, codes, labels, order) -> list[list[float]]:
    """Each network's loss over each batch."""
    codes, labels, seeds = trainer.put(codes), trainer.put(labels), np.zeros((len(order), 2), "uint32")
    steps = [trainer.run(codes, labels, order[:, i], seeds, i) for i in range(order.shape[1])]
    return np.array(steps).T.tolist()


def _without_dropout(model: keras.Model) -> keras.Model:
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def _unknown(model):
    raise UnknownLayerError("a test")
