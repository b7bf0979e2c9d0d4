"""Any function, model or file, explained base by base."""

import numpy as np
import others
import pytest

from expact_utils.attribution import any_network
from expact_utils.attribution.methods import attribute
from expact_utils.run.errors import InputError

WEIGHTS = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


def linear(values):
    return (values * WEIGHTS).sum(axis=(1, 2))


def test_only_sequences_that_score_above(capsys):
    texts = ["TTTTTTTT", "ACGTACGT", "ACGTTTTT"]
    outputs = any_network.explain(linear, texts).outputs
    limit = float(np.sort(outputs)[1])
    found = any_network.explain(linear, texts, above=limit)
    np.testing.assert_allclose(found.outputs, [outputs.max()])
    assert "1 of 3 sequences score above" in capsys.readouterr().out
    with pytest.raises(InputError, match="no sequence scores above 1000: the largest of 3 is"):
        any_network.explain(linear, texts, above=1000)


def test_a_linear_function_is_its_weights_less_their_mean():
    maps = any_network.explain(linear, ["ACGTACGT", "TTTTNCCC"])
    expected = WEIGHTS - WEIGHTS.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(maps.values[0], expected, atol=1e-5)
    np.testing.assert_allclose(maps.contributions[0].sum(), maps.outputs[0] - maps.reference[0], atol=1e-5)
    assert (maps.values[1, 4] == 0).all()  # the N
    assert maps.off.max() < 1e-4


def test_a_file_a_model_and_a_function_are_explained_alike(tmp_path):
    model = others.convolutional()
    model.save(tmp_path / "network.keras")
    texts = [others.SEQUENCE, "ACGACGTT"]
    ways = [model, model.predict_on_batch, tmp_path / "network.keras", str(tmp_path / "network.keras")]
    one, *rest = [any_network.explain(way, texts) for way in ways]
    for other in rest:
        np.testing.assert_allclose(one.values, other.values, atol=1e-6)
    codes = one.codes
    np.testing.assert_allclose(one.values, attribute(model, codes, "mutagenesis").values, atol=1e-6)
    # ACG at 1 to 3 and TTT at 4 to 6 are what the output is made of.
    assert set(np.argsort(-one.contributions[0])[:6]) == {1, 2, 3, 4, 5, 6}
    np.testing.assert_allclose(any_network.explain(model, others.one_hot()).values, one.values[:1], atol=1e-6)


def test_a_network_that_knows_nothing_has_empty_maps():
    maps = any_network.explain(lambda values: np.ones((len(values), 2)), ["ACGT" * 5], output=1)
    assert (maps.contributions == 0).all()


@pytest.mark.parametrize(
    ("network", "sequences", "expected"),
    [
        (linear, [], "there is no sequence"),
        (linear, ["ACGT", "ACG"], "sequence 1 is 3 nt long; expected 4"),
        (linear, ["ACGTXCGT"], "sequence 0 has 'X' at position 4"),
        (linear, np.ones((2, 8, 3)), r"sequences have shape \(2, 8, 3\)"),
        (linear, np.ones((2, 8, 4)), "sequences are not one-hot"),
        (lambda values: linear(values) * np.nan, ["ACGTACGT"], "output for sequence 0, or a mutant of it, is no"),
        ("absent.keras", ["ACGTACGT"], "absent.keras does not exist"),
    ],
)
def test_bad_input(network, sequences, expected):
    with pytest.raises(InputError, match=expected):
        any_network.explain(network, sequences)


def test_an_output_that_is_not_there_and_an_option_without_a_file():
    with pytest.raises(InputError, match="the network has 1 outputs; there is no output 1"):
        any_network.explain(linear, ["ACGTACGT"], output=1)
    with pytest.raises(InputError, match="layout is an option of a network's file"):
        any_network.explain(linear, ["ACGTACGT"], layout="N4L")


def test_a_torch_module_takes_channels_first():
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 1, bias=False))
    with torch.no_grad():
        module[1].weight.copy_(torch.from_numpy(WEIGHTS.T.reshape(1, -1)))
    maps = any_network.explain(module, ["ACGTACGT"])
    np.testing.assert_allclose(maps.values, any_network.explain(linear, ["ACGTACGT"]).values, atol=1e-5)
    assert module.training


def test_of_a_probability_the_log_odds_are_explained():
    """A network that is sure: 1 / (1 + exp(-12 G)) with as many G as there are; each is worth 12, less the mean of 4."""

    def predict(x):
        return 1 / (1 + np.exp(-12 * (x[:, :, 2].sum(axis=1) - 1.2)))

    sure = any_network.explain(predict, ["AGGA"])
    assert sure.outputs[0] == pytest.approx(12 * 0.8, rel=1e-3)
    assert sure.contributions[0, 1] == pytest.approx(9, rel=1e-2)
    flat = any_network.explain(predict, ["AGGA"], log_odds=False)
    assert flat.outputs[0] == pytest.approx(1, abs=1e-4)
    assert abs(flat.contributions[0, 0]) < 1e-3
    assert sure.log_odds
    assert not flat.log_odds


def test_what_only_looks_like_a_probability_is_explained_itself():
    """Sequences at 0, whose mutants are below: a linear function."""

    def predict(x):
        return (x[:, :, 0].sum(axis=1) - x[:, :, 3].sum(axis=1)) / 10

    maps = any_network.explain(predict, "ACGT")
    np.testing.assert_allclose(maps.contributions[0], [0.1, 0, 0, -0.1], atol=1e-6)
    assert not maps.log_odds
    with pytest.raises(InputError, match=r"outputs go from -0.2 to 0.2; expected probabilities"):
        any_network.explain(predict, ["ACGT"], log_odds=True)


@pytest.mark.parametrize(
    ("network", "output", "expected"),
    [
        (None, 0, "the network is a NoneType; expected a function"),
        (linear, 0.0, "there is no output 0.0"),
        (linear, "a", "there is no output a"),
        (lambda values: 1.0, 0, r"outputs of shape \(\) for 1 sequences"),
        (lambda values: np.where(values[:, 0, 0] == 1, linear(values), np.nan), 0, "or a mutant of it, is no finite"),
    ],
)
def test_other_bad_input(network, output, expected):
    with pytest.raises(InputError, match=expected):
        any_network.explain(network, ["ACGTACGT"], output)


def test_maps_of_a_network_that_is_too_sure_say_so():
    maps = any_network.explain(lambda x: 0 * x[:, 0, 0] + 1, ["ACGTACGT"])
    assert maps.blank.all()
    assert any_network.in_words(maps).endswith("1 of 1 are so near 0 or 1 that their maps may be blank.")


@pytest.mark.parametrize(
    ("network", "sequences", "options", "sentence"),
    [
        (linear, [""], {}, "sequence 0 is empty"),
        (linear, ["ACGTACGT"], {"above": "1"}, "above is '1'; expected a number"),
        (lambda x: [[1, 2], [3]], ["ACGTACGT"] * 2, {}, "the network gives a list; expected numbers"),
        (lambda x: "yes", ["ACGTACGT"], {}, "the network gives a str; expected numbers"),
        (lambda x: {"a": 1}, ["ACGTACGT"], {}, "the network gives a dict; expected numbers"),
        (lambda x: np.ones((len(x), 1), complex), ["ACGTACGT"], {}, "expected numbers"),
        (others.convolutional(), ["ACGT"], {}, "sequences are 4 nt long; the network takes"),
    ],
)
def test_odd_calls_end_in_one_sentence(network, sequences, options, sentence):
    with pytest.raises(InputError, match=sentence):
        any_network.explain(network, sequences, **options)
