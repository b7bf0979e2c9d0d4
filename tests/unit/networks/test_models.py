import keras
import pytest
from toys import MINE

from expact_utils.networks import models
from expact_utils.run.errors import InputError
from expact_utils.run.names import ARCHITECTURES
from expact_utils.run.paths import Run

# The paper's pools by hand, a padded convolution taking nothing: 2 · 50 and 50 · 2; behind, CNN-deep's windows of 9, 6
# and 4 with pools of 3, 4 and 3: (((3 + 3) · 4 + 5) · 3 + 8) = 95; the journal's 7 (padded), 7 and 3, pools of 4, 4 and
# 3: ((3 + 2) · 4 + 6) · 4 = 104.
SHORTEST = {
    "preprint2019": {"cnn-2": 100, "cnn-50": 100, "cnn-deep": 95},
    "journal2020": {"cnn-2": 100, "cnn-50": 100, "cnn-deep": 104},
}


@pytest.mark.parametrize("protocol", SHORTEST)
@pytest.mark.parametrize("network", ["cnn-2", "cnn-50", "cnn-deep"])
def test_the_papers_pools_leave_one_position_of_the_shortest_sequence_that_they_take(network, protocol):
    shortest = SHORTEST[protocol][network]
    assert pools(models.build(network, shortest, 2, "relu", protocol)) == pools(
        models.build(network, 999, 2, "relu", protocol)
    )
    for length in (shortest, shortest - 1, 40, 20):
        model = models.build(network, length, 2, "relu", protocol)
        (flatten,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Flatten))
        assert flatten.input.shape[1] == 1


def pools(model):
    """Size of each pool, and whether each convolution is padded."""
    return [
        layer.pool_size[0] if isinstance(layer, keras.layers.MaxPooling1D) else layer.padding
        for layer in model.layers
        if isinstance(layer, (keras.layers.MaxPooling1D, keras.layers.Conv1D))
    ]


def test_short_sequences_have_pools_that_fit():
    """By hand: CNN-50 on 60 nt pools 30, then 2; CNN-2 pools 2, and all 30 that are left."""
    assert pools(models.build("cnn-50", 60, 2)) == ["same", 30, "same", 2]
    assert pools(models.build("cnn-2", 60, 2)) == ["same", 2, "same", 30]
    with pytest.raises(InputError, match="sequences are 19 nt long; networks need at least 20"):
        models.build("cnn-2", 19, 2)


def test_a_network_is_built_by_the_function_of_its_name():
    for name in ARCHITECTURES:
        assert models.builder(name).__name__ == name.replace("-", "_")
    with pytest.raises(InputError, match="cnn-3 is no architecture; expected one of cnn-2, cnn-50, cnn-deep"):
        models.builder("cnn-3")


def test_an_activation_that_there_is_none_of():
    with pytest.raises(InputError, match="expo is no activation; expected one of relu, exponential"):
        models.build("cnn-2", 200, 2, "expo")


def test_a_network_that_cannot_be_opened(tmp_path, tiny):
    run = Run(tmp_path)
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras does not exist; expected a trained network"):
        models.load(run, MINE, tiny)
    run.model(MINE).parent.mkdir(parents=True)
    run.model(MINE).write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras is not a readable Keras model"):
        models.load(run, MINE, tiny)


def test_another_network_in_its_place(tmp_path, tiny):
    """As a file of the same name from another run: length, classes and activation are looked at."""
    run, length = Run(tmp_path), tiny.length
    run.model(MINE).parent.mkdir(parents=True)
    for changed in ({"architecture": "cnn-2"}, {"activation": "relu"}, {"length": length + 100}, {"classes": 3}):
        made = {"architecture": "cnn-50", "activation": "exponential", "length": length, "classes": 2} | changed
        models.build(**made).save(run.model(MINE))
        found = "{architecture} {activation} of {length} nt and {classes} classes".format(**made)
        expected = f"cnn-50 exponential of {length} nt and 2 classes"
        with pytest.raises(InputError, match=f"_0.keras holds a network {found}; expected {expected}"):
            models.load(run, MINE, tiny)
