"""The registry: each row is complete, and what it says is so."""

from importlib import import_module
from inspect import signature

import matplotlib as mpl
import numpy as np
import pytest
from support import ROOT

from expact_utils.networks import activations, models, receptive_field
from expact_utils.run import names
from expact_utils.run.config import schema


@pytest.mark.parametrize("name", names.ACTIVATIONS)
def test_an_activation_has_a_function_a_colour_and_a_formula(name):
    row = names.ACTIVATIONS[name]
    assert row.name == name
    assert row.title
    assert row.formula
    assert mpl.colors.is_color_like(row.colour)
    assert activations.known(activations.get(name)) == name


@pytest.mark.parametrize("name", names.ACTIVATIONS)
def test_what_is_called_monotonic_never_falls(name):
    """At all of float32's sizes: pooling may come before such a one alone."""
    sizes = np.geomspace(1e-30, 1e30, 3000)
    x = np.concatenate([-sizes[::-1], [0], np.linspace(-30, 30, 20_001)[1:], sizes])
    values = np.asarray(activations.get(name)(np.sort(x).astype("float32")), dtype=np.float64)
    falls = (values[1:] < values[:-1]).any()
    assert activations.monotonic(name) == (not falls)


def test_what_is_not_known_is_not_taken_for_monotonic():
    assert not activations.monotonic("silu")


@pytest.mark.parametrize("name", names.ARCHITECTURES)
def test_an_architecture_has_a_builder_and_its_name(name):
    assert names.ARCHITECTURES[name].name == name
    assert list(signature(models.builder(name)).parameters) == ["length", "classes", "activation", "protocol"]
    model = models.build(name, 200, 3)
    assert model.name == name
    assert len(receptive_field.of_convolutions(model)) == names.ARCHITECTURES[name].convolutions


@pytest.mark.parametrize("name", names.SOURCES)
def test_a_data_set_has_a_loader_and_a_notebook(name):
    row = names.SOURCES[name]
    assert row.name == name
    assert row.title
    module, _, function = row.loader.partition(":")
    loader = getattr(import_module(f"expact_utils.{module}"), function)
    assert set(row.settings) <= set(signature(loader).parameters)
    assert set(row.settings) <= set(schema()["properties"])
    assert (ROOT / "notebooks" / f"{row.notebook}.ipynb").is_file()
    assert row.paper in ("", "synthetic", "deepsea")


def test_titles_of_what_is_and_of_what_is_not_of_the_registry():
    assert names.network_title("cnn-2", "exponential") == "CNN-2, exponential"
    assert names.network_title("mine", "softsign") == "mine, softsign"
    assert (names.data_title("own"), names.data_title("mine")) == ("your sequences", "mine data")


@pytest.mark.parametrize(
    ("label", "expected", "title"),
    [
        ("relu", names.Variation(("relu",)), "ReLU"),
        ("exponential-scale-0.5", names.Variation(("exponential",), 0.5), "exponential, scale 0.5"),
        ("tanh-without-batchnorm", names.Variation(("tanh",), batch_norm=False), "tanh, no batch norm"),
        (
            "exponential+bounded_exponential-scale-2-without-batchnorm-he_normal",
            names.Variation(("exponential", "bounded_exponential"), 2.0, False, "he_normal"),
            "exponential + bounded exponential, scale 2, no batch norm, He normal",
        ),
    ],
)
def test_labels_of_variations(label, expected, title):
    assert names.variation(label) == expected
    assert expected.label == label
    assert names.activation_title(label) == title


@pytest.mark.parametrize(
    "label",
    [
        *("", "expo", "relu-", "relu+", "relu-scale", "relu-scale-0", "relu-scale-1", "relu-scale-0.50", "relu-scale-nan"),
        *("relu-he_normal-scale-2", "relu-random_normal", "exponential+relu", "relu-without-batchnorm-he_normal-", "relu tanh"),
    ],
)  # fmt: skip
def test_what_is_no_label(label):
    assert not names.is_activation(label)
    assert names.activation_title(label) == label
