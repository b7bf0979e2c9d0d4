"""Which networks `forward` computes; all others train by Keras's own layers."""

import keras
import pytest
from keras import layers

from expact_utils.networks import models
from expact_utils.networks.description import UnknownLayerError, describe, moving_variables


def network(*of_layers, length=100):
    return keras.Sequential([keras.Input((length, 4)), *of_layers])


def convolution(**settings):
    return layers.Conv1D(3, 5, **{"padding": "same", "use_bias": False} | settings)


def known(**changes):
    """A small network of each kind of layer, with other settings of one."""
    settings = {kind: changes.get(kind, {}) for kind in ("c", "b", "a", "p", "o", "d")}
    return network(
        convolution(**settings["c"]),
        layers.BatchNormalization(**settings["b"]),
        layers.Activation(**{"activation": "relu"} | settings["a"]),
        layers.MaxPooling1D(**{"pool_size": 2} | settings["p"]),
        layers.Dropout(**{"rate": 0.1} | settings["o"]),
        layers.Flatten(),
        layers.Dense(2, **settings["d"]),
        layers.Activation("sigmoid"),
    )


def test_the_paper_s_layers():
    found = describe(models.build("cnn-deep", 200, 12, "exponential"))
    assert [layer.product for layer in found] == ["same", "valid", "valid", "valid", "dense", "dense"]
    assert [layer.pool for layer in found] == [1, 3, 4, 3, 1, 1]
    assert [layer.dropout for layer in found] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.0]
    assert [layer.activation for layer in found] == ["exponential", *["relu"] * 4, "sigmoid"]
    assert [layer.penalty for layer in found] == pytest.approx([1e-6] * 6)
    assert [layer.normalisation for layer in found] == [pytest.approx((0.99, 1e-3))] * 5 + [None]
    assert not any(layer.dropout_first for layer in found)
    assert describe(models.build("cnn-2", 200, 12, "relu", "journal2020"))[0].dropout_first


def test_a_small_network():
    first, last = describe(known())
    assert (first.product, first.activation, first.pool, first.dropout) == ("same", "relu", 2, 0.1)
    assert (last.product, last.activation, last.pool, last.normalisation) == ("dense", "sigmoid", 1, None)


def test_a_padded_pool_that_pads_nothing():
    assert describe(known(p={"padding": "same"})) == describe(known())  # 50 pools of 2 fill 100 positions
    assert [layer.pool for layer in describe(models.build("cnn-dist", 200, 1))] == [1, 4, 4, 3, 1, 1]
    with pytest.raises(UnknownLayerError, match="^MaxPooling1D with padding=same"):
        describe(models.build("cnn-dist", 120, 1))  # of 4 positions


def test_moving_variables_are_those_of_each_normalisation_in_order():
    model = models.build("cnn-2", 200, 12)
    normalisations = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    found = moving_variables(model)
    assert len(found) == 2 * len(normalisations)
    for i, layer in enumerate(normalisations):
        assert found[2 * i] is layer.moving_mean
        assert found[2 * i + 1] is layer.moving_variance


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"c": {"strides": 2}}, r"Conv1D with strides=\(2,\)"),
        ({"c": {"dilation_rate": 2}}, r"Conv1D with dilation_rate=\(2,\)"),
        ({"c": {"groups": 1, "padding": "causal"}}, "Conv1D with padding=causal"),
        ({"c": {"activation": "relu"}}, "Conv1D with activation="),
        ({"c": {"use_bias": True}}, "a bias before a normalisation, or neither"),
        ({"c": {"kernel_regularizer": "l1"}}, "Conv1D with L1"),
        ({"c": {"kernel_regularizer": keras.regularizers.L1L2(0, 0.1)}}, "Conv1D with L1L2"),
        ({"c": {"activity_regularizer": "l2"}}, "Conv1D with activity_regularizer="),
        ({"c": {"kernel_constraint": "max_norm"}}, "Conv1D with kernel_constraint="),
        ({"c": {"trainable": False}}, "Conv1D with trainable=False"),
        ({"c": {"dtype": "mixed_bfloat16"}}, "Conv1D with compute_dtype=bfloat16"),
        ({"b": {"scale": False}}, "BatchNormalization with scale=False"),
        ({"b": {"center": False}}, "BatchNormalization with center=False"),
        ({"b": {"axis": 1}}, "BatchNormalization with axis=1"),
        ({"b": {"gamma_regularizer": "l2"}}, "BatchNormalization with gamma_regularizer="),
        ({"b": {"trainable": False}}, "BatchNormalization with trainable=False"),
        ({"a": {"activation": lambda x: x * x}}, "the activation <lambda>"),
        ({"p": {"strides": 1}}, r"MaxPooling1D with strides=\(1,\)"),
        ({"p": {"pool_size": 3, "padding": "same"}}, "MaxPooling1D with padding=same"),
        ({"o": {"noise_shape": (None, 1, 3)}}, r"Dropout with noise_shape=\(None, 1, 3\)"),
        ({"d": {"use_bias": False}}, "a bias before a normalisation, or neither"),
        ({"d": {"bias_regularizer": "l2"}}, "Dense with bias_regularizer="),
        ({"d": {"activation": "relu"}}, "Dense with activation="),
    ],
)
def test_a_setting_that_forward_does_not_compute(changes, reason):
    with pytest.raises(UnknownLayerError, match=f"^{reason}"):
        describe(known(**changes))


def test_groups_of_channels():
    first = [convolution(), layers.BatchNormalization(), layers.Activation("relu")]
    with pytest.raises(UnknownLayerError, match="Conv1D with groups=3"):
        describe(network(*first, convolution(groups=3), layers.BatchNormalization()))


ORDER = "its layers in another order than convolution, normalisation, activation, pooling"


@pytest.mark.parametrize(
    "of_layers",
    [
        (layers.Activation("relu"), convolution(), layers.BatchNormalization()),
        (convolution(), layers.Activation("relu"), layers.BatchNormalization()),
        (convolution(), layers.BatchNormalization(), layers.MaxPooling1D(2), layers.Activation("relu")),
        (convolution(), layers.BatchNormalization(), layers.MaxPooling1D(2), layers.MaxPooling1D(2)),
        (convolution(), layers.BatchNormalization(), layers.Dropout(0.1), layers.Dropout(0.1)),
        (layers.Dropout(0.1), convolution(), layers.BatchNormalization()),
        (convolution(), layers.BatchNormalization(), layers.Dense(2)),  # at each position
    ],
)
def test_layers_in_another_order(of_layers):
    with pytest.raises(UnknownLayerError, match=ORDER):
        describe(network(*of_layers))


def test_a_network_that_is_no_chain():
    one, other = keras.Input((100, 4)), keras.Input((100, 4))
    both = convolution(use_bias=True)
    shared = keras.Model(one, layers.Add()([both(one), both(one)]))
    with pytest.raises(UnknownLayerError, match="a layer of type Add"):
        describe(shared)
    inner = convolution(use_bias=True)(one)
    for model in (
        keras.Model([one, other], inner),
        keras.Model(one, [inner, convolution(use_bias=True)(inner)]),
        keras.Model(one, [inner, inner]),
    ):
        with pytest.raises(UnknownLayerError, match=ORDER):
            describe(model)


def test_a_branch_beside_the_chain():
    """Both convolutions read the input; in the list of layers they stand one after the other, as in a chain."""
    sequence = keras.Input((100, 4))
    first, second = convolution(use_bias=True)(sequence), layers.Conv1D(3, 5, padding="same")(sequence)
    with pytest.raises(UnknownLayerError, match=ORDER):
        describe(keras.Model(sequence, [first, second]))


def test_a_layer_of_another_type():
    class Twice(layers.Conv1D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    with pytest.raises(UnknownLayerError, match="a layer of type LSTM"):
        describe(network(layers.LSTM(3)))
    with pytest.raises(UnknownLayerError, match="a layer of type Twice"):
        describe(network(Twice(3, 5)))
