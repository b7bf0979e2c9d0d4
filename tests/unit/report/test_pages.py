"""Which pages a run has, and where they stand in its contents."""

from expact_utils.report import graph
from expact_utils.report import pages as declared
from expact_utils.report.contents import contents as contents_of
from expact_utils.report.contents import pages_beside
from expact_utils.run.config import check

CONFIG = check(
    {
        "name": "mine",
        "datasets": ["synthetic"],
        "architectures": ["cnn-2"],
        "activations": ["relu"],
        "trials": 2,
        "epochs": 5,
    }
)
BLOCK = {"datasets": ["synthetic"], "architectures": ["cnn-2"], "trials": 1}


def test_every_page_is_in_the_contents_once():
    listed = []

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            listed.extend([node["file"]] if "file" in node else [])
            for key in ("parts", "chapters", "sections"):
                walk(node.get(key, []))

    walk(contents_of(CONFIG))
    pages = [f"chapters/{page}" for page in declared.pages(CONFIG)]
    assert sorted(listed) == sorted(
        [
            *pages,
            "methods",
            "rerun",
            "edition",
            "clusters",
            "faults",
            "parameters",
            "benchmarks",
            "field",
            "plan",
            "glossary",
            "references",
        ]
    )
    # The data, three steps of one network (trial 0), one page of trial 1, results, explorer, robustness and claims.
    assert len(pages) == 1 + 3 + 1 + 4


def test_a_run_beside_the_first_adds_what_it_alone_has():
    """Pages beyond the paper, data and networks; each once, and no second page of results."""
    beside = check(
        {
            "name": "part2",
            "datasets": ["regulatory-code", "synthetic"],
            "architectures": ["cnn-2"],
            "activations": ["relu"],
            "trials": 1,
            "epochs": 5,
            "attribution": True,
            "maps": "motifs",
        }
    )
    assert "06_modisco" not in declared.pages(beside | {"maps": "drawn"})  # which takes minutes a network
    added = pages_beside(beside, CONFIG)
    steps = [f"{step}/regulatory-code/cnn-2_relu_0" for step in ("02_training", "03_filters", "04_tomtom", "03_maps")]
    assert list(added) == [
        *("06_attribution", "06_modisco", "01_data/regulatory-code"),
        *(steps[0], steps[1], steps[2], steps[3], "03_maps/synthetic/cnn-2_relu_0"),
    ]
    assert added["06_modisco"] == "From maps to motifs"
    assert declared.made(beside, added) == [
        *("attribution.csv", "map_baselines.csv", "map_claims.csv", "figures/regulatory-code_attribution.png"),
        *("figures/synthetic_attribution.png", "modisco.csv", "modisco.meme"),
    ]
    assert declared.front_figures(beside, added) == [
        *("figures/regulatory-code_attribution.png", "figures/synthetic_attribution.png")
    ]
    real = beside | {"name": "enhancers", "datasets": ["irf1"]}
    beyond = contents_of(CONFIG, [real, beside])["parts"][1]["chapters"]  # in the order of declarations
    assert [chapter["file"].removeprefix("chapters/") for chapter in beyond] == [
        *("06_attribution", "06_real", "06_modisco")
    ]
    parts = {part["caption"]: part["chapters"] for part in contents_of(CONFIG, [beside])["parts"]}
    assert list(parts) == ["The paper's question", "Beyond the paper", "Data and networks", "Do it yourself"]
    of_data = parts["Data and networks"]
    assert [chapter["file"] for chapter in of_data] == [
        *("chapters/01_data/synthetic", "chapters/01_data/regulatory-code")
    ]
    assert [[network["title"] for network in chapter["sections"]] for chapter in of_data] == [["CNN-2, ReLU"]] * 2
    below = of_data[1]["sections"][0]
    assert below["file"] == "chapters/02_training/regulatory-code/cnn-2_relu_0"
    assert [page["title"] for page in below["sections"]][:2] == ["Filters", "Tomtom"]
    parts = {part["caption"]: part["chapters"] for part in contents_of(CONFIG | {"datasets": ["synthetic"]})["parts"]}
    assert [chapter["title"] for chapter in parts["Networks"]] == ["CNN-2, ReLU"]  # of one data set


def test_the_part_beyond_the_paper_begins_with_its_answers_where_both_questions_are_asked():
    """Which activation, and which map: the same run without maps has no such page."""
    part2 = {"name": "part2", "datasets": ["regulatory-code"], "architectures": ["cnn-local"], "activations": ["relu"]}
    part2 |= {"trials": 1, "epochs": 5, "also": [{**BLOCK, "activations": ["relu"]}]}
    first = [
        contents_of(CONFIG, [check(part2 | of)])["parts"][1]["chapters"][0]["file"]
        for of in ({"attribution": True}, {})
    ]
    assert first == ["beyond", "chapters/06_activations"]


def test_a_block_has_maps_where_it_asks_for_them():
    """The first block does and the second does not; of the table's data set every network has."""
    blocks = [{**BLOCK, "activations": ["relu"], "attribution": True}, {**BLOCK, "activations": ["tanh"]}]
    blocks.append({**BLOCK, "datasets": ["regulatory-code"], "activations": ["tanh"]})
    mapped = check(
        {
            "name": "part2",
            "datasets": ["regulatory-code"],
            "architectures": ["cnn-local"],
            "activations": ["exponential"],
            "trials": 1,
            "epochs": 5,
            "attribution": True,
            "also": blocks,
        }
    )
    (page,) = [page for page in declared.of_run(mapped) if page.notebook == "03_maps"]
    assert [(of["dataset"], of["architecture"], of["activation"]) for of in declared.subjects(page, mapped)] == [
        ("regulatory-code", "cnn-local", "exponential"),
        ("synthetic", "cnn-2", "relu"),
        ("regulatory-code", "cnn-2", "tanh"),
    ]
    blocks[2]["attribution"] = False
    assert ("regulatory-code", "cnn-2") not in [
        (of["dataset"], of["architecture"]) for of in declared.subjects(page, mapped)
    ]
    assert "modisco_real.csv" not in declared.made(mapped | {"datasets": ["irf1"]})
    assert "modisco_real.csv" in declared.made(mapped | {"datasets": ["irf1"], "maps": "motifs"})
    assert list(pages_beside(mapped, CONFIG))[:2] == ["06_activations", "06_attribution"]


def test_a_run_that_adds_trials_has_their_steps_and_no_results():
    more = CONFIG | {"first_trial": 3, "also": [{**BLOCK, "activations": ["tanh"]}], "sensitivity": ["k562-strict"]}
    networks = [(one.dataset, one.activation, one.trial) for one in declared.networks(more)]
    assert networks == [
        *(("synthetic", "relu", 3), ("synthetic", "relu", 4), ("k562-strict", "relu", 3), ("synthetic", "tanh", 3))
    ]
    assert [page.notebook for page in declared.of_run(more)] == [
        *("01_data", "01_invivo", "02_training", "03_filters", "04_tomtom")
    ]
    assert declared.made(more) == []


def test_further_trials_are_below_the_results():
    results = contents_of(CONFIG)["parts"][0]["chapters"][1]
    assert results["file"] == "chapters/05_results"
    assert [section["title"] for section in results["sections"]] == ["Trial 1: synthetic data"]


def test_a_report_of_own_sequences_has_motifs_and_no_claims():
    config = {**CONFIG, "datasets": ["own"], "own": {"fasta": "a.fa", "labels": "a.tsv"}}
    contents = contents_of(config)
    assert contents["root"] == "own"
    first = [chapter["file"] for chapter in contents["parts"][0]["chapters"]]
    assert first == [
        "chapters/05_results",
        "chapters/08_explorer",
        "chapters/06_motifs",
        "chapters/06_robustness",
        "methods",
    ]
    assert "07_claims" not in declared.pages(config)


def test_a_report_of_somebody_s_networks_has_the_explorer_and_a_page_of_each():
    rest = {key: CONFIG[key] for key in CONFIG if key not in ("architectures", "activations", "trials", "epochs")}
    config = check(
        rest | {"datasets": ["own"], "own": {"fasta": "a.fa"}, "networks": {"srf": {"files": ["srf.keras"]}}}
    )
    contents = contents_of(config)
    assert contents["root"] == "foreign"
    assert {"chapters/05_results", "chapters/08_explorer"} <= {one["file"] for one in contents["parts"][0]["chapters"]}
    assert contents["parts"][2]["chapters"] == [{"file": "chapters/03_foreign/srf", "title": "srf"}]


def test_the_tutorial_is_a_page_where_it_is_asked_for():
    assert "tutorial" not in declared.pages(CONFIG)
    config = {**CONFIG, "tutorial": True}
    assert "tutorial" in declared.pages(config)
    assert contents_of(config)["parts"][-1]["chapters"][0]["file"] == "chapters/tutorial"


def test_checks_are_trained_and_have_a_data_page_but_no_pages_of_their_own():
    config = {**CONFIG, "sensitivity": ["k562-strict"], "sensitivity_trials": 2}
    networks = declared.networks(config)
    assert networks[:2] == [("synthetic", "cnn-2", "relu", 0), ("synthetic", "cnn-2", "relu", 1)]
    assert networks[2:] == [("k562-strict", "cnn-2", "relu", 0), ("k562-strict", "cnn-2", "relu", 1)]
    strict = [page for page in declared.pages(config) if "k562-strict" in page]
    assert strict == ["01_data/k562-strict"]


def test_maps_are_scored_where_the_truth_is_known_alone():
    """IRF1's file does not say where the motifs are: its networks have maps, and no page of scores reads them."""
    real = CONFIG | {"datasets": ["irf1"], "attribution": True}
    assert "03_maps/irf1/cnn-2_relu_0" in declared.pages(real)
    assert "06_attribution" not in declared.pages(real)
    assert "06_real" in declared.pages(real)
    both = real | {"datasets": ["irf1", "synthetic"]}
    assert "06_attribution" in declared.pages(both)
    scores = next(page for page in declared.PAGES if page.notebook == "06_attribution")
    assert graph.parameters(scores, both, "runs/mine", {})["datasets"] == ["synthetic"]
    figures = [path for path in declared.made_by(scores, both) if path.startswith("figures/")]
    assert figures == ["figures/synthetic_attribution.png"]
    sites = next(page for page in declared.PAGES if page.notebook == "06_real")
    assert graph.parameters(sites, both, "runs/mine", {})["datasets"] == ["irf1"]
    assert "06_real" not in declared.pages(both | {"datasets": ["synthetic"]})
    of_paper = real | {"datasets": ["irf1", "k562"]}
    same, other = ({"also": [BLOCK | {"activations": of}]} for of in (CONFIG["activations"], ["tanh"]))
    assert "06_activations" in declared.pages(both | same)
    assert "06_activations" not in declared.pages(of_paper | same | {"strand": "both"})  # that of both strands has them
    assert "06_activations" in declared.pages(of_paper | other | {"strand": "both"})
    assert declared.made_by(sites, of_paper | {"strand": "both"})[-1] == "strands.csv"
    assert "strands.csv" not in declared.made_by(sites, of_paper | {"strand": "given"})
    assert "strands.csv" not in declared.made_by(sites, real | {"strand": "both"})
