"""An activation that is new to the registry trains alike alone, together with others, and by Keras's own layers."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from support import ROOT, environment

# One network without dropout for each of three activations, from the same weights, over the same batches.
TRAIN = """
import json, sys
import keras, numpy as np
from expact_utils.networks import computation, engine
from expact_utils.networks.description import UnknownLayerError
from expact_utils.networks.models import build
from expact_utils.run import names

names.ACTIVATIONS["softplus"] = names.Activation("softplus", "softplus", "black", "", monotonic=True)
arrays = np.load(sys.argv[1])

def network(activation):
    model = build("cnn-50", 120, 3, activation)
    weights = iter([arrays[f"w{i}"] for i in range(len(model.weights))])
    model.set_weights(list(weights))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model

def losses(*activations):
    trainer = engine.create([network(name) for name in activations])
    codes, labels = trainer.put(arrays["X"]), trainer.put(arrays["Y"])
    order = np.arange(len(arrays["X"]), dtype="int32").reshape(1, -1, 1, 20).repeat(len(activations), axis=0)
    seeds = np.zeros((len(activations), 2), "uint32")
    steps = [trainer.run(codes, labels, order[:, i], seeds, i) for i in range(order.shape[1])]
    return np.array(steps).T.tolist()

def unknown(model):
    raise UnknownLayerError("a test")

found = {"alone": losses("softplus")[0]}
if keras.backend.backend() == "jax":
    found["together"] = losses("relu", "softplus", "exponential")[1]
    found["others"] = [losses("relu")[0], losses("exponential")[0]]
    found["others together"] = losses("relu", "softplus", "exponential")[::2]
computation.describe = unknown
found["by Keras"] = losses("softplus")[0]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Weights, sequences and labels for both backends."""
    from expact_utils.networks.models import build

    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    weights = build("cnn-50", 120, 3).get_weights()
    path = tmp_path_factory.mktemp("start") / "start.npz"
    X, Y = rng.integers(0, 4, (200, 120), dtype=np.int8), rng.integers(0, 2, (200, 3), dtype=np.int8)
    np.savez(path, X=X, Y=Y, **{f"w{i}": weight for i, weight in enumerate(weights)})
    return path


def trained(backend, start) -> dict:
    pytest.importorskip(backend)
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(start)],
        env=environment() | {"KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cnn-50 has a test, so it trains by Keras's own layers" in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_softplus_loses_the_same_however_it_is_trained(start):
    tensorflow, jax = (trained(backend, start) for backend in ("tensorflow", "jax"))
    alone = tensorflow["alone"]
    assert len(alone) == 10
    for other in (tensorflow["by Keras"], jax["alone"], jax["together"], jax["by Keras"]):
        np.testing.assert_allclose(other, alone, rtol=0, atol=1e-4)
    # Trained as ReLU, without a word, it would lose what ReLU does.
    assert np.abs(np.subtract(jax["others"][0], alone)).max() > 1e-2
    np.testing.assert_allclose(jax["others together"], jax["others"], rtol=0, atol=1e-4)
