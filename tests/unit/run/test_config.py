import pytest
from support import ROOT

from expact_utils.run.config import anchored, check, check_parameters, load
from expact_utils.run.errors import InputError
from expact_utils.run.names import network_title

GOOD = {
    "name": "mine",
    "datasets": ["synthetic"],
    "architectures": ["cnn-2"],
    "activations": ["relu"],
    "trials": 1,
    "epochs": 5,
}

BLOCK = {"datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": ["relu"], "trials": 1}
BLOCK |= {"attribution": True}


@pytest.mark.parametrize("name", ["quick", "test", "paper", "journal2020"])
def test_our_configs_are_valid_and_named_as_their_files(name):
    assert load(ROOT / "config" / f"{name}.yaml")["name"] == name


def test_defaults_are_protocol_a():
    config = check(GOOD)
    assert (config["sequences"], config["length"], config["batch_size"]) == (25_000, 200, 100)
    assert (config["threshold"], config["evalue"]) == (0.5, 0.1)
    assert config["protocol"] == "preprint2019"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"epoch": 5}, "epoch is not a setting; did you mean epochs?"),
        ({"epochs": -1}, "epochs is -1; expected a number of at least 1"),
        ({"epochs": "20"}, 'epochs is "20"; expected a whole number'),
        ({"epochs": True}, "epochs is true; expected a whole number"),
        ({"epochs": 20.0}, "epochs is 20.0; expected a whole number"),
        ({"evalue": float("nan")}, "evalue is NaN; expected a number"),
        ({"evalue": float("inf")}, "evalue is Infinity; expected a number"),
        ({"seed": 10**30}, "seed is 1000.*; expected a number of at most 4294967295"),
        ({"name": "quick\n"}, "expected letters, digits, - and _ only"),
        ({1: 2}, "1 is not a setting"),
        ({"protocol": "journal"}, 'protocol is "journal"; expected one of preprint2019, journal2020'),
        ({"sensitivity": ["synthetic"]}, "sensitivity holds synthetic, which is in datasets already"),
        (
            {"activations": ["expo"]},
            'activations holds "expo"; expected one of relu, exponential, .* .did you mean exponential',
        ),
        (
            {"architectures": ["cnn-2"], "activations": ["exponential+elu+tanh"]},
            "is of 3 layers; expected 2 at most, as",
        ),
        ({"architectures": "cnn-2"}, 'architectures is "cnn-2"; expected a list'),
        ({"architectures": []}, "architectures is .*; expected at least one entry"),
        ({"architectures": ["cnn-2", "cnn-2"]}, "expected each entry once"),
        ({"threshold": 0}, "threshold is 0; expected a number above 0"),
        ({"threshold": 1.5}, "threshold is 1.5; expected a number of at most 1"),
        ({"evalue": "1e-4"}, 'evalue is "1e-4"; expected a number'),
        ({"also": [BLOCK]}, "a block of also asks for attribution; expected attribution: true of the run too"),
        (
            {"attribution": True, "also": [BLOCK | {"datasets": ["k562"]}]},
            "asks for attribution on k562, whose motifs' places are not known; expected synthetic or regulatory-code",
        ),
        ({"own": {"fasta": "a.fa"}}, "own is set, but datasets is .*; expected .own."),
        ({"datasets": ["own"]}, "the data set own needs the setting own"),
        ({"datasets": ["own", "k562"], "own": {"fasta": "a.fa"}}, "the data set own stands alone"),
        ({"datasets": ["own"], "own": {"fast": "a.fa"}}, "own: fast is not a setting; did you mean fasta"),
        ({"datasets": ["own"], "own": {"length": 19}}, "own: length is 19; expected a number of at least 20"),
        ({"datasets": ["own"], "own": {"test": [True]}}, "own: test holds true; expected text or a whole number"),
        ({"datasets": ["own"], "own": "a.fa"}, 'own is "a.fa"; expected `key: value` lines'),
        ({"tutorial": 1}, "tutorial is 1; expected true or false"),
        ({"name": "../mine"}, 'name is "../mine"; expected letters, digits, - and _ only'),
    ],
)
def test_a_wrong_setting_gets_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        check(GOOD | changes, "mine.yaml")
    assert str(error.value).startswith("mine.yaml")
    assert "\n" not in str(error.value)


def test_a_missing_setting():
    with pytest.raises(InputError, match="the setting epochs is missing .passes over the training set."):
        check({key: value for key, value in GOOD.items() if key != "epochs"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("name: [", "is not valid YAML"), ("", "holds no settings"), ("- a\n- b\n", "holds no settings")],
)
def test_a_file_that_is_no_config(tmp_path, text, sentence):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=sentence):
        load(tmp_path / "mine.yaml")


def test_a_config_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot read .*absent.yaml: No such file"):
        load(tmp_path / "absent.yaml")


def namespace(**changes):
    annotations = {"activation": str, "epochs": int, "threshold": float, "architectures": list[str]}
    values = {"activation": "relu", "epochs": 5, "threshold": 0.5, "architectures": ["cnn-2"]}
    injected = "# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in changes.items())
    return {"__annotations__": annotations, "In": ["", "x = 1", injected], "plt": None, **values, **changes}


def test_good_parameters_pass():
    check_parameters(namespace(threshold=1))  # a whole number is a number


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"activation": "expo"}, 'activation is "expo"; expected one of relu, exponential'),
        ({"epochs": -1}, "epochs is -1; expected a number of at least 1"),
        ({"epochs": "5"}, "epochs is '5', a str; expected a whole number"),
        ({"epochs": 5.5}, "epochs is 5.5, a float; expected a whole number"),
        ({"epochs": True}, "epochs is True, a bool; expected a whole number"),
        ({"threshold": float("nan")}, "threshold is NaN; expected a number"),
        ({"threshold": "1e-4"}, "threshold is '1e-4', a str; expected a number"),
        ({"architectures": "cnn-2"}, "architectures is 'cnn-2', a str; expected a list of texts"),
        ({"epoch": 5}, "epoch is not a parameter of this notebook; did you mean epochs?"),
        ({"zzz": 5}, "zzz is not a parameter of this notebook; expected one of activation, epochs"),
    ],
)
def test_a_wrong_parameter_gets_one_sentence(changes, sentence):
    with pytest.raises(InputError) as error:
        check_parameters(namespace(**changes))
    assert str(error.value).startswith(sentence)


def test_a_second_run_in_the_same_kernel_passes():
    check_parameters(namespace() | {"figure": None, "table": None})


def test_ones_own_sequences_have_defaults_of_their_own():
    """Both strands, patience and weights of their own; the paper's data keep the paper's, and a config its word."""
    own = {"name": "x", "datasets": ["own"], "own": {"arrays": "a.h5"}, "architectures": ["cnn-50"]}
    own |= {"activations": ["relu"], "trials": 1, "epochs": 1}
    paper = own | {"datasets": ["synthetic"], "own": {}}
    keys = ("strand", "patience", "paired")
    assert [check(own)[key] for key in keys] == ["both", 10, False]
    assert [check(paper)[key] for key in keys] == ["given", 0, True]
    assert [check(own | {"strand": "single", "patience": 0, "paired": True})[key] for key in keys] == [
        "single",
        0,
        True,
    ]


def test_network_title():
    assert network_title("cnn-deep", "relu") == "CNN-deep, ReLU"


def test_relative_paths_are_taken_from_the_config_s_folder(tmp_path):
    """Which settings are paths, the schema says; a release of JASPAR and ways to make negatives are none."""
    own = {"classes": {"a": "a.fa", "b": "/data/b.fa"}, "negatives": "shuffle", "sequence_column": "text"}
    config = {"name": "x", "datasets": ["own"], "own": own, "database": "JASPAR2024-plants"}
    expected = own | {"classes": {"a": f"{tmp_path}/a.fa", "b": "/data/b.fa"}}
    found = anchored(config, tmp_path)
    assert found == config | {"own": expected}
    assert anchored({"database": "jaspar/mine.meme"}, tmp_path) == {"database": f"{tmp_path}/jaspar/mine.meme"}
    assert anchored({"database": "../mine.meme"}, tmp_path) == {"database": f"{tmp_path}/../mine.meme"}
    assert anchored({"own": {"negatives": "others.fa"}}, tmp_path) == {"own": {"negatives": f"{tmp_path}/others.fa"}}
    assert anchored({"deepsea_bundle": ""}, tmp_path) == {"deepsea_bundle": ""}
