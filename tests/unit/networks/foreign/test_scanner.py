"""The first layer of somebody's network as a Keras model: the same numbers, wherever a filter sees a whole window."""

from dataclasses import replace

import numpy as np
import others
import pytest

from expact_utils.dna.letters import encode, one_hot
from expact_utils.networks.foreign.first import Activate, FirstConvolution, Normalise
from expact_utils.networks.foreign.scanner import fresh, scanner
from expact_utils.run.errors import InputError

FIRST = FirstConvolution(others.KERNEL, others.BIAS, activation=Activate("relu"))


def scanned(first, text=others.SEQUENCE):
    codes = encode([text.encode()])
    return np.asarray(scanner(first, len(text))(one_hot(codes)))


def test_the_filters_fire_where_they_should():
    """The window of position 1 is 0 to 2: ACG is found about 2, and TTT about 5."""
    found = scanned(FIRST)
    assert found.shape == (1, 8, 2)
    assert np.argwhere(found[0] > 0.5).tolist() == [[2, 0], [5, 1]]
    np.testing.assert_allclose(found[0, 1:-1], others.ACTIVATIONS[0], atol=1e-6)


def test_what_is_before_and_after_the_convolution_is_part_of_the_kernel():
    rng = np.random.default_rng(0)
    first = FirstConvolution(
        rng.normal(size=(5, 4, 3)).astype(np.float32),
        rng.normal(size=3).astype(np.float32),
        scale=np.array([1, -2, 3], np.float32),
        shift=np.array([0.5, 0, -1], np.float32),
        activation=Activate("leaky_relu", {"negative_slope": 0.3}),
        before=(Normalise(np.full(4, 2, np.float32), np.arange(4, dtype=np.float32)), Activate("sigmoid")),
    )
    text = "ACGTTGCAACGTAGCT"
    expected = first.compute(one_hot(encode([text.encode()])))
    np.testing.assert_allclose(scanned(first, text)[:, 2:-2], expected, rtol=1e-4, atol=1e-5)


def test_a_dilated_filter_has_gaps():
    """A.C.G in every second position."""
    first = replace(FIRST, dilation=2)
    found = scanned(first, "TATCTGTT")
    assert found.shape == (1, 8, 2)
    assert np.argwhere(found[0, :, 0] > 0.5).ravel().tolist() == [3]


def test_what_cannot_be_scanned_is_refused():
    with pytest.raises(InputError, match="sequences are 2 nt long; a filter of the network sees 3 nt"):
        scanner(FIRST, 2)
    with pytest.raises(InputError, match="name it by the option activation"):
        scanner(replace(FIRST, activation=None), 8)


def test_a_layer_that_learned_nothing_is_the_same_each_time():
    one, again, other = (fresh(replace(FIRST, scale=np.ones(2), shift=np.ones(2)), seed) for seed in (0, 0, 1))
    assert (one.kernel == again.kernel).all()
    assert (one.kernel != other.kernel).all()
    assert one.kernel.shape == FIRST.kernel.shape
    assert np.abs(one.kernel).max() <= np.sqrt(6 / (3 * 6))
    assert (one.scale, one.shift, one.bias.tolist()) == (None, None, [0, 0])
