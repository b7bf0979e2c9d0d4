import keras
import numpy as np
import pytest

from expact_utils.networks.architectures import cnn_2, cnn_deep
from expact_utils.networks.models import build

NETWORKS = ("cnn-2", "cnn-50", "cnn-deep", "cnn-local", "cnn-dist")

BLOCK = ["Conv1D", "BatchNormalization", "Activation", "MaxPooling1D", "Dropout"]
NO_POOL = [name for name in BLOCK if name != "MaxPooling1D"]
END = ["Flatten", "Dense", "BatchNormalization", "Activation", "Dropout", "Dense", "Activation"]


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


@pytest.mark.parametrize(
    ("network", "order", "convolutions", "pools", "dropouts"),
    [
        ("cnn-2", [*BLOCK, *BLOCK], [(30, 19), (128, 5)], [2, 50], [0.1, 0.1, 0.5]),
        ("cnn-50", [*BLOCK, *BLOCK], [(30, 19), (128, 5)], [50, 2], [0.1, 0.1, 0.5]),
        (
            "cnn-deep",
            [*NO_POOL, *BLOCK, *BLOCK, *BLOCK],
            [(30, 19), (48, 9), (96, 6), (128, 4)],
            [3, 4, 3],
            [0.1, 0.2, 0.3, 0.4, 0.5],
        ),
        ("cnn-local", [*BLOCK, *BLOCK], [(24, 19), (48, 3)], [50, 2], [0.1, 0.2, 0.5]),
        (
            "cnn-dist",
            [*NO_POOL, *BLOCK, *BLOCK, *BLOCK],
            [(24, 19), (32, 7), (48, 7), (64, 3)],
            [4, 4, 3],
            [0.1, 0.2, 0.3, 0.4, 0.5],
        ),
    ],
)
def test_layers_of_the_protocol(network, order, convolutions, pools, dropouts):
    model = build(network, 200, 12, "exponential")
    assert kinds(model) == ["InputLayer", *order, *END]
    assert [(c.filters, c.kernel_size[0]) for c in layers(model, keras.layers.Conv1D)] == convolutions
    assert [p.pool_size[0] for p in layers(model, keras.layers.MaxPooling1D)] == pools
    assert [d.rate for d in layers(model, keras.layers.Dropout)] == dropouts


@pytest.mark.parametrize("network", NETWORKS)
def test_activation_is_that_of_the_first_layer_only(network):
    activations = [
        a.activation.__name__ for a in layers(build(network, 200, 12, "exponential"), keras.layers.Activation)
    ]
    assert activations[0] == "exponential"
    assert set(activations[1:-1]) == {"relu"}
    assert activations[-1] == "sigmoid"


@pytest.mark.parametrize("network", NETWORKS)
def test_penalty_bias_and_initialisation(network):
    model = build(network, 200, 12)
    for layer in layers(model, (keras.layers.Conv1D, keras.layers.Dense)):
        assert float(layer.kernel_regularizer.l2) == pytest.approx(1e-6)
        assert type(layer.kernel_initializer).__name__ == "HeNormal"
        assert layer.use_bias == (layer.name == layers(model, keras.layers.Dense)[-1].name)


def test_shapes_and_parameters_by_hand():
    # CNN-2: 200 /2 /50 = 2 positions of 128. CNN-deep: 200, 192/3 = 64, 59//4 = 14, 11//3 = 3 positions of 128.
    two, deep = cnn_2(200, 12), cnn_deep(200, 12)
    assert layers(two, keras.layers.Flatten)[0].output.shape == (None, 2 * 128)
    assert layers(deep, keras.layers.Flatten)[0].output.shape == (None, 3 * 128)
    assert two.output.shape == deep.output.shape == (None, 12)
    # Weights, then 4 numbers a channel for batch normalisation.
    weights = 30 * 19 * 4 + 128 * 5 * 30 + 256 * 512 + 512 * 12 + 12
    assert two.count_params() == weights + 4 * (30 + 128 + 512)


def test_parameters_of_the_journal_s_networks_by_hand():
    # CNN-local: 200/50 = 4 positions, /2 = 2 of 48. CNN-dist: 200/4 = 50, 44/4 = 11, 9/3 = 3 positions of 64.
    local, dist = (build(name, 200, 1, "exponential", "journal2020") for name in ("cnn-local", "cnn-dist"))
    assert layers(local, keras.layers.Flatten)[0].output.shape == (None, 2 * 48)
    assert layers(dist, keras.layers.Flatten)[0].output.shape == (None, 3 * 64)
    of_local = 24 * 19 * 4 + 48 * 3 * 24 + 96 * 96 + 96 + 1 + 4 * (24 + 48 + 96)
    of_dist = 24 * 19 * 4 + 32 * 7 * 24 + 48 * 7 * 32 + 64 * 3 * 48 + 192 * 96 + 96 + 1 + 4 * (24 + 32 + 48 + 64 + 96)
    assert (local.count_params(), dist.count_params()) == (of_local, of_dist) == (15_265, 46_753)


@pytest.mark.parametrize(
    ("network", "paddings"), [("cnn-local", ["same", "same"]), ("cnn-dist", ["same", "same", "valid", "valid"])]
)
def test_the_journal_s_networks_of_task_3_in_its_protocol(network, paddings):
    model = build(network, 200, 1, "relu", "journal2020")
    found, dense = layers(model, keras.layers.Conv1D), layers(model, keras.layers.Dense)
    assert [c.padding for c in found] == paddings
    assert [(d.units, d.use_bias) for d in dense] == [(96, False), (1, True)]
    assert [float(d.kernel_regularizer.l2) if d.kernel_regularizer else None for d in dense] == [
        pytest.approx(1e-6),
        None,
    ]
    assert {type(layer.kernel_initializer).__name__ for layer in [*found, *dense]} == {"GlorotUniform"}
    names = kinds(model)
    assert all(names[i - 1] == "Dropout" for i, name in enumerate(names) if name == "MaxPooling1D")
    pools = [pool.padding for pool in layers(model, keras.layers.MaxPooling1D)]
    assert pools == (["valid", "valid"] if network == "cnn-local" else ["valid", "valid", "same"])


def test_the_exponential_acts_on_the_batch_normalised_value():
    model = cnn_2(200, 1, "exponential")
    convolution, normalisation, activation = model.layers[1:4]
    # A filter that counts the A at its centre, and moving mean 0.5, variance 4: an A gives (1 - 0.5) / 2 = 0.25.
    kernel = np.zeros((19, 4, 30))
    kernel[9, 0, 0] = 1
    convolution.set_weights([kernel])
    gamma, beta, mean, variance = np.ones(30), np.zeros(30), np.full(30, 0.5), np.full(30, 4 - normalisation.epsilon)
    normalisation.set_weights([gamma, beta, mean, variance])
    sequence = np.zeros((1, 200, 4), dtype="float32")
    sequence[0, :, 1] = 1
    sequence[0, 100] = [1, 0, 0, 0]
    out = np.asarray(keras.Model(model.input, activation.output)(sequence, training=False))[0, :, 0]
    assert out[100] == pytest.approx(np.exp(0.25), rel=1e-5)
    assert out[99] == pytest.approx(np.exp(-0.25), rel=1e-5)


@pytest.mark.parametrize(
    ("network", "convolutions", "paddings", "pools", "flat"),
    [
        ("cnn-2", [(32, 19), (124, 5)], ["same", "same"], [2, 50], 2 * 124),
        ("cnn-50", [(32, 19), (124, 5)], ["same", "same"], [50, 2], 2 * 124),
        # 200, 200/4 = 50, 44//4 = 11, 9/3 = 3 positions.
        (
            "cnn-deep",
            [(32, 19), (48, 7), (96, 7), (128, 3)],
            ["same", "same", "valid", "valid"],
            [4, 4, 3],
            3 * 128,
        ),
    ],
)
def test_layers_of_the_journal_s_protocol(network, convolutions, paddings, pools, flat):
    model = build(network, 200, 12, "exponential", "journal2020")
    found = layers(model, keras.layers.Conv1D)
    assert [(c.filters, c.kernel_size[0]) for c in found] == convolutions
    assert [c.padding for c in found] == paddings
    assert [p.pool_size[0] for p in layers(model, keras.layers.MaxPooling1D)] == pools
    assert layers(model, keras.layers.Flatten)[0].output.shape == (None, flat)
    dense, output = layers(model, keras.layers.Dense)
    assert (dense.units, output.kernel_regularizer) == (512, None)
    assert {type(layer.kernel_initializer).__name__ for layer in [*found, dense, output]} == {"GlorotUniform"}
    names = kinds(model)
    assert all(names[i - 1] == "Dropout" for i, name in enumerate(names) if name == "MaxPooling1D")


def test_the_journal_s_networks_are_twice_as_wide_for_1000_nt():
    model = build("cnn-deep", 1000, 12, "relu", "journal2020")
    assert [c.filters for c in layers(model, keras.layers.Conv1D)] == [64, 96, 192, 256]
    assert layers(model, keras.layers.Dense)[0].units == 1024
    assert layers(build("cnn-deep", 1000, 12), keras.layers.Conv1D)[0].filters == 30
