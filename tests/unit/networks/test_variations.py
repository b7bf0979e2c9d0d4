"""Every activation, with every setting: built, described, and computed by the fast pass as Keras's layers do."""

import keras
import numpy as np
import pytest
from keras import layers

from expact_utils.networks import activations, engine_tensorflow, models
from expact_utils.networks.description import describe, moving_variables
from expact_utils.networks.forward import forward
from expact_utils.run import names
from expact_utils.run.errors import InputError

BY_HAND = {  # at -2, 0.5 and 9
    "relu": (0, 0.5, 9),
    "exponential": (np.exp(-2), np.exp(0.5), np.exp(9)),
    "sigmoid": (1 / (1 + np.exp(2)), 1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(-9))),
    "tanh": (np.tanh(-2), np.tanh(0.5), np.tanh(9)),
    "softplus": (np.log1p(np.exp(-2)), np.log1p(np.exp(0.5)), np.log1p(np.exp(9))),
    "linear": (-2, 0.5, 9),
    "elu": (np.expm1(-2), 0.5, 9),
    "exp_relu": (0, np.expm1(0.05), np.expm1(0.9)),
    "shift_relu": (0, 0.3, 8.8),
    "shift_tanh": (np.tanh(-8), np.tanh(-5.5), np.tanh(3)),
    "shift_sigmoid": (1 / (1 + np.exp(10)), 1 / (1 + np.exp(7.5)), 1 / (1 + np.exp(-1))),
    "scale_relu": (0, 0.125, 729),
    "scale_tanh": (500 * np.tanh(-2) + 500, 500 * np.tanh(0.5) + 500, 1000),
    "scale_sigmoid": (4000 / (1 + np.exp(2)), 4000 / (1 + np.exp(-0.5)), 4000 / (1 + np.exp(-9))),
    "shift_scale_relu": (0, 0.027, 8.8**3),
    "shift_scale_tanh": (500 * np.tanh(-8) + 500, 500 * np.tanh(-5.5) + 500, 500 * np.tanh(3) + 500),
    "shift_scale_sigmoid": (4000 / (1 + np.exp(10)), 4000 / (1 + np.exp(7.5)), 4000 / (1 + np.exp(-1))),
    "relu_l2": (0, 0.5, 9),
    "log_relu": (np.log(2), 0, np.log(9)),
    "log_relu_l2": (np.log(2), 0, np.log(9)),
    "bounded_exponential": (np.exp(-2), np.exp(0.5), np.exp(4)),
}
LABELS = [
    *names.ACTIVATIONS,
    *("exponential-scale-0.5", "exponential-without-batchnorm", "relu-he_uniform", "bounded_exponential+exponential"),
    "relu+tanh-scale-2-without-batchnorm-lecun_normal",
]


@pytest.mark.parametrize("name", names.ACTIVATIONS)
def test_values_worked_out_on_paper(name):
    found = keras.ops.convert_to_numpy(activations.get(name)(np.array([-2, 0.5, 9], np.float32)))
    np.testing.assert_allclose(found, BY_HAND[name], rtol=2e-4, atol=2e-3)


@pytest.mark.parametrize("label", LABELS)
def test_the_fast_pass_gives_what_keras_gives(label):
    keras.utils.set_random_seed(5)
    model = models.build("cnn-2", 60, 2, label)
    for layer in model.layers:  # as if trained, some channels with a negative scale
        if isinstance(layer, layers.BatchNormalization):
            rng = np.random.default_rng(len(layer.name))
            lowest = (-1, -1, -1, 0.5)
            weights = zip(lowest, layer.get_weights(), strict=True)
            layer.set_weights([rng.uniform(low, 1, weight.shape) for low, weight in weights])
    x = np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (3, 60))]
    engine = engine_tensorflow.Engine([model])
    weights, moving = ([v.numpy()[None] for v in of] for of in (model.trainable_variables, moving_variables(model)))
    found, _ = forward(engine, [describe(model)], weights, moving, x[None])
    np.testing.assert_allclose(np.array(found)[0], model(x, training=False), rtol=1e-3, atol=1e-5)


def test_settings_are_in_the_network():
    model = models.build("cnn-2", 100, 2, "tanh+elu-scale-3-without-batchnorm-glorot_normal")
    first, second = (layer for layer in model.layers if isinstance(layer, layers.Conv1D))
    assert first.use_bias
    assert not second.use_bias
    assert isinstance(first.kernel_initializer, keras.initializers.GlorotNormal)
    assert [type(layer).__name__ for layer in model.layers[1:4]] == ["Conv1D", "Rescaling", "Activation"]
    assert model.layers[2].scale == 3
    assert [layer.activation.__name__ for layer in model.layers if isinstance(layer, layers.Activation)] == [
        *("tanh", "elu", "relu", "sigmoid"),
    ]


def test_a_penalty_is_the_rows():
    for label, penalty in (("relu", 1e-6), ("relu_l2", 0.1), ("log_relu", 1e-6), ("log_relu_l2", 0.1)):
        first = models.first_convolution(models.build("cnn-2", 100, 2, label))
        assert float(first.kernel_regularizer.l2) == pytest.approx(penalty)


@pytest.mark.parametrize("label", ["relu", "shift_scale_tanh", *LABELS[len(names.ACTIVATIONS) :]])
def test_what_is_saved_is_described_by_its_label(label, tmp_path):
    models.build("cnn-2", 60, 2, label).save(tmp_path / "model.keras")
    found = models._described(keras.saving.load_model(tmp_path / "model.keras"))
    initializer = names.variation(label).initializer
    assert found == f"cnn-2 {label.removesuffix(f'-{initializer}')} of 60 nt and 2 classes"


def test_no_such_activation():
    with pytest.raises(InputError, match="expo is no activation; expected one of relu, exponential, sigmoid"):
        models.build("cnn-2", 100, 2, "expo")
