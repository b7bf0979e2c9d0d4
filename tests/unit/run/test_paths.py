from expact_utils.run.paths import DESIGN, KEY, Foreign, Network, Run, networks, shown

NETWORK = Network("synthetic", "cnn-2", "relu", 3)


def test_a_network_by_its_names():
    assert KEY == ["dataset", "architecture", "activation", "trial"]
    assert DESIGN == ["dataset", "architecture", "activation"]
    assert (NETWORK.title, str(NETWORK)) == ("CNN-2, ReLU", "synthetic cnn-2 relu trial 3")
    assert (NETWORK.stem, NETWORK.file) == ("cnn-2_relu_3", "synthetic/cnn-2_relu_3")
    assert NETWORK.figure == "synthetic_cnn-2_relu_3"
    assert Network("own", "mine", "softplus").title == "mine, softplus"  # what is not of the registry keeps its name
    assert Network("own", "cnn-50", "relu").trial == 0


def test_all_networks_in_order():
    found = networks(["a", "b"], ["cnn-2"], ["relu", "exponential"], range(2))
    assert len(found) == 8
    assert found[:3] == [("a", "cnn-2", "relu", 0), ("a", "cnn-2", "relu", 1), ("a", "cnn-2", "exponential", 0)]
    assert found[-1] == Network("b", "cnn-2", "exponential", 1)


def test_files_of_a_run(tmp_path):
    run = Run(tmp_path)
    of_network = {
        run.model: "models/synthetic/cnn-2_relu_3.keras",
        run.history: "models/synthetic/cnn-2_relu_3.json",
        run.checkpoint: "checkpoints/synthetic/cnn-2_relu_3.h5",
        run.meme: "filters/synthetic/cnn-2_relu_3.meme",
        run.filters: "filters/synthetic/cnn-2_relu_3.h5",
        run.matches: "tomtom/synthetic/cnn-2_relu_3.tsv",
    }
    for path, expected in of_network.items():
        assert path(NETWORK) == tmp_path / expected
    assert run.sites(NETWORK, ".bed") == tmp_path / "sites/synthetic/cnn-2_relu_3.bed"
    assert run.data("own") == tmp_path / "data/own.h5"
    assert (run.config, run.figures) == (tmp_path / "config.json", tmp_path / "figures")
    assert run.lock == tmp_path.parent / f"{tmp_path.name}.lock"


def test_somebody_s_network_lies_with_what_was_found_of_it(tmp_path):
    run, network = Run(tmp_path), Foreign("own", "cnn-2", "relu")
    assert run.meme(network) == tmp_path / "explained/cnn-2.meme"
    assert run.filters(network) == tmp_path / "explained/cnn-2.h5"
    assert run.matches(network) == run.explained("cnn-2", ".tsv") == tmp_path / "explained/cnn-2.tsv"
    assert run.sites(network, ".tsv") == tmp_path / "sites/own/cnn-2_relu_0.tsv"
    assert (network.title, network) == ("cnn-2, ReLU", ("own", "cnn-2", "relu", 0))


def test_a_relative_folder_is_the_project_s():
    assert shown(Run("runs/quick").data("synthetic")) == "runs/quick/data/synthetic.h5"
    assert shown(Run("/elsewhere").config) == "/elsewhere/config.json"
