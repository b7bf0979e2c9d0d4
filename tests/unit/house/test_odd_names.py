"""Classes and motifs of odd names (tests/odd.py) in every file, table, figure and page that is not made by training."""

import html
import importlib
import json
import re
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from built import Tables
from click.testing import CliRunner
from handmade import write_data, write_trial
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from nbformat import v4
from odd import NAMES
from papermill.translators import PythonTranslator
from support import ROOT

from expact_utils import suggestion
from expact_utils.command import main
from expact_utils.data import datasets, own
from expact_utils.data.datasets import Dataset
from expact_utils.data.sequence_tables import read_labels
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import clusters, databases, evidence, tomtom
from expact_utils.networks import histories
from expact_utils.networks.scores import score
from expact_utils.report import executed, explorer, figures, found, logos, page, panels, plots
from expact_utils.results import baselines, claims, ensembles, robustness, tables
from expact_utils.run import config
from expact_utils.run.paths import Network, Run
from expact_utils.run.tables import TEXT, read_csv, write_csv

mpl.use("Agg")

NETWORK = Network("own", "cnn-2", "relu", 0)
IDS = [name for name in NAMES if name.split() == [name]]  # a motif's ID is a word
KNOWN = jaspar()[: len(IDS)]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """A network of five filters, of which four match motifs of odd names, and a history of classes of odd names."""
    run = Run(tmp_path_factory.mktemp("odd"))
    write_data(run, "own", {"own": {"$TF_$": ("NULL",)}})
    write_trial(run, 0, [(0, "NULL"), (1, "a#1"), (1, "1e5"), (2, '"'), (3, "-")], 0.5, dataset="own")
    history = histories.read(run, NETWORK)
    scores = {name: i / len(NAMES) for i, name in enumerate(NAMES)}
    histories.write(run, NETWORK, history | {"test": history["test"] | {"aupr": scores, "auroc": scores}})
    return run


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    """A file of motifs whose IDs are odd, and whose names are odd in the other order."""
    path = tmp_path_factory.mktemp("database") / "{a} 50%.meme"
    named = zip(KNOWN, IDS, reversed(IDS), strict=True)
    write_meme(path, [Motif(motif_id, name, known.pfm, known.nsites) for known, motif_id, name in named])
    return str(path)


def shown(monkeypatch, run: Run, figure, alt: str = "A figure."):
    """Save a figure; its SVG's comments, which hold the texts that are drawn."""
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    figures.show(figure, run, "a", alt)
    drawn = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    svg = ElementTree.parse(run.figures / "a.svg", drawn)
    return [html.unescape(comment.text.strip()) for comment in svg.iter(ElementTree.Comment)]


def test_a_dataset_file(tmp_path):
    X = {split: np.zeros((4, 30), np.int8) for split in datasets.SPLITS}
    Y = {split: np.tile(np.array([[0], [1]] * 2, np.int8), len(NAMES)) for split in datasets.SPLITS}
    of_split = dict.fromkeys(datasets.SPLITS, NAMES[:4])
    relevant = {"own": {name: (name,) for name in NAMES}}
    made = Dataset(X, Y, NAMES, "<b>50%</b>", 0, names=of_split, notes=NAMES, relevant=relevant)
    datasets.write(tmp_path / "a.h5", made)
    read = datasets.read(tmp_path / "a.h5")
    assert (read.class_names, read.names, read.notes, read.relevant) == (NAMES, of_split, NAMES, relevant)


def test_a_history_and_the_auprs_by_class(run):
    scored = score(np.array([[0] * len(NAMES), [1] * len(NAMES)]), np.eye(2, len(NAMES)), NAMES)
    assert list(scored["aupr"]) == NAMES
    table = tables.scores_by_class(run, ["own"], ["cnn-2"], ["relu"], [0])
    assert table.iloc[:, 0].to_dict() == pytest.approx({name: i / len(NAMES) for i, name in enumerate(NAMES)})


def test_baselines_and_the_warning_of_the_first_page(run):
    table = pd.DataFrame({"baseline": baselines.LENGTH, "class": NAMES, "aupr": 0.5, "auroc": 0.9})
    write_csv(run.folder / "baselines.csv", table)
    read = tables.read_baselines(run)
    pd.testing.assert_frame_equal(read, table, check_dtype=False)
    assert ", ".join(f"{name} (auROC 0.90)" for name in NAMES) in baselines.warning(read)
    per_class = tables.scores_by_class(run, ["own"], ["cnn-2"], ["relu"], [0])
    per_class["x"] = read.set_index("class")["aupr"]  # as on the results page
    assert per_class["x"].tolist() == [0.5] * len(NAMES)


def test_a_database_and_what_matches_it(run, database, tmp_path):
    motifs = databases.load(database)
    assert [(motif.id, motif.name) for motif in motifs] == list(zip(IDS, reversed(IDS), strict=True))
    matches = tomtom.tomtom(list(motifs), list(motifs), 1e-6)
    tomtom.write_tsv(tmp_path / "a.tsv", matches)
    read = tomtom.read_tsv(tmp_path / "a.tsv")
    assert read[["Query_ID", "Target_ID"]].to_numpy().tolist() == matches[["Query_ID", "Target_ID"]].to_numpy().tolist()
    assert set(IDS) <= set(read["Target_ID"])

    table = tables.filter_table(run, NETWORK, database=database)
    name_of = dict(zip(IDS, reversed(IDS), strict=True))
    assert table["best_match"].tolist() == ["NULL", "a#1", '"', "-", ""]
    assert table["best_match_name"].tolist() == [name_of.get(match, "") for match in table["best_match"]]
    assert table["relevant_tfs"].tolist() == ["$TF_$", "", "", "", ""]
    write_csv(tmp_path / "filters.csv", table)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "filters.csv"), table, check_dtype=False)


def motifs_table() -> pd.DataFrame:
    """Table like motifs.csv: a motif a name, which is its class's, its match's and its match's name."""
    numbers = ["sites", "positives_with_site", "negatives_with_site", "odds_ratio", "p_corrected", "auroc"]
    numbers += ["silenced_drop", "trials", "filters", "from_centre", "position_p", "evalue_corrected"]
    table = pd.DataFrame({"motif": [f"motif{i}" for i, _ in enumerate(NAMES, start=1)], "consensus": "ACGT"})
    table = table.assign(**dict.fromkeys(("class", "best_match", "best_match_name"), NAMES), same_as="")
    table = table.assign(also_match=NAMES, others=0)
    return table.assign(**dict.fromkeys(numbers, 0.01), evidence=True)


def test_motifs_and_the_sentences_and_tables_of_pages(tmp_path):
    table = motifs_table()
    write_csv(tmp_path / "motifs.csv", table)
    read = read_csv(tmp_path / "motifs.csv", evidence.FIRST)
    pd.testing.assert_frame_equal(read, table, check_dtype=False)
    assert found.names(read, 0.1).tolist() == NAMES
    assert f"tell the classes apart: {NAMES[0]} in 1 % of the {NAMES[0]} sequences" in found.headline(read, 0.1)
    drawn = page.as_table(read[["class", "best_match_name"]], caption="</table><b>").to_html()
    assert Tables(drawn).rows[1:] == [[name, name] for name in NAMES]
    drawn = page.as_table(pd.DataFrame(0.5, index=NAMES, columns=NAMES), index=True).to_html()
    assert Tables(drawn).rows == [["", *NAMES], *([name, *["0.500"] * len(NAMES)] for name in NAMES)]
    assert not re.search("<(b|script)>", drawn)


def test_importance_in_the_explorer(run, database):
    lost = pd.DataFrame(
        [{**NETWORK._asdict(), "filter": "filter0", "class": name, "logit_drop": 0.5} for name in NAMES]
    )
    write_csv(run.folder / "importance.csv", lost)
    data = explorer.collect(run, [NETWORK], database=database)
    assert data["filters"][0]["importance"] == dict.fromkeys(NAMES, 0.5)
    assert set(data["targets"]) == {"NULL", "a#1", "1e5", '"', "-"}
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', explorer.page(data))
    assert json.loads(text) == data


def test_figures(monkeypatch, run, database):
    by_class = pd.DataFrame(0.5, index=["motif1 $a_$"], columns=NAMES)
    texts = shown(monkeypatch, run, plots.heat_map(by_class, "$a_$"))
    assert {"$a_$", "motif1 $a_$", *map(figures.shortened, NAMES)} <= set(texts)
    some = motifs_table()[lambda table: table["best_match_name"].isin(["$a_$", "\\alpha", "50%", "<b>SRF", "{{y}}"])]
    motifs = [Motif(name, "ACGT", np.eye(4), 20) for name in some["motif"]]
    texts = shown(monkeypatch, run, found.figure(motifs, some, 0.1), found.alt(some, 0.1))
    assert [text.partition(": ")[0] for text in texts if " in 1 % of the " in text] == some["best_match_name"].tolist()

    matches = tomtom.read_tsv(run.matches(NETWORK))
    queries = [Motif(f"filter{i}", "", np.full((19, 4), 0.25), 10) for i in range(5)]
    texts = shown(monkeypatch, run, logos.match_grid(matches, queries, list(databases.load(database))))
    name_of = {motif.id: motif.name for motif in databases.load(database)}
    assert {f"{name_of[target]} {target}" for target in ("NULL", "a#1", "1e5")} <= set(texts)
    filters = tables.filter_table(run, NETWORK, database=database)
    columns = panels.panels(run, filters, "own", ["cnn-2"], ["relu"])
    assert "$TF_$" in shown(monkeypatch, run, logos.filter_columns(columns, tables.truth(run, "own", database)))


def test_a_name_of_thousands_of_letters_is_cut_in_figures_alone(monkeypatch, run):
    long = "x" * 30_000
    cut = "x" * (figures.LONGEST_LINE - 1) + "…"
    assert cut in shown(monkeypatch, run, plots.heat_map(pd.DataFrame(0.5, index=[long], columns=[long]), "title"))
    table = motifs_table().head(1).assign(best_match_name=long)
    assert cut in shown(monkeypatch, run, found.figure([Motif("motif1", "ACGT", np.eye(4), 20)], table, 0.1))
    assert long in found.headline(table, 0.1)


def test_every_notebook_that_draws_takes_names_for_names():
    """matplotlib takes $…$ for a formula, unless what `figures` says as it is imported came first."""
    with mpl.rc_context({"text.parse_math": True}):
        importlib.reload(figures)
        assert mpl.rcParams["text.parse_math"] is False
    drawing = 0
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        source = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code")
        if re.search(r"\b(plt|plots|logos)\.|found_module\.figure", source):
            drawing += 1
            assert re.search(r"^from expact_utils.report import .*\bfigures\b", source, re.MULTILINE), path.name
    assert drawing > 9


def test_captions_are_text():
    for name in NAMES:
        metadata = {"image/png": {"alt": f"Sites of {name} in {name}. More."}, "figure": "a"}
        output = v4.new_output("display_data", {"image/png": "AA=="}, metadata=metadata)
        notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# T"), v4.new_code_cell("x", outputs=[output])])
        settings = executed.as_page(notebook, "T").cells[1].metadata["mystnb"]
        assert settings["image"]["alt"] == f"Sites of {name} in {name}. More."
        caption = settings["figure"]["caption"].partition(" <a href")[0]
        assert html.unescape(MarkdownIt().renderInline(caption)) == f"Sites of {name} in {name}."


def text_columns(table: pd.DataFrame) -> set[str]:
    return {column for column in table if any(isinstance(value, str) for value in table[column])}


def test_every_column_of_text_is_declared(run, database):
    """A column that is not would be read as numbers where its texts look like these."""
    results = tables.collect(run, ["own"], ["cnn-2"], ["relu"], [0], database=database)
    one = clusters.Cluster(Motif("motif1", "ACGT", np.eye(4), 20), [(*NETWORK, "filter0", 0, "+")])
    weighed, whole = evidence.weigh([one], datasets.read(run.data("own")))
    matches = clusters.look_up(weighed, list(databases.load(database)), 10)
    of_motifs = evidence.table(clusters.table(weighed, matches, {}), whole, pd.Series(dtype=float))
    written = [results.filters, results.trials, results.table1, of_motifs, clusters.members_table(weighed), matches]
    written += [claims.weigh(read_csv(ROOT / "book" / "chapters" / "trials.csv"))]
    assert set().union(*map(text_columns, written)) <= TEXT
    assert set(tables.ENSEMBLES[:3]) | set(robustness.COLUMNS[:6]) - {"trial"} <= TEXT
    assert ensembles.ALL == "all networks"


def test_notebooks_get_the_files_of_classes_as_they_are():
    given_to = {"own": {"classes": {name: f"/{name}.fa" for name in NAMES}}, "database": "/a{b}.meme"}
    namespace: dict = {}
    exec(PythonTranslator.codify(given_to), namespace)
    assert {key: namespace[key] for key in given_to} == given_to


TEXTS = st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=3) | st.lists(TEXTS, max_size=3) | st.integers())
def test_yaml_of_a_value_is_one_line_that_gives_it_back(value):
    line = f"  key: {suggestion.as_yaml(value)}"
    assert "\n" not in line
    assert yaml.safe_load(f"own:\n{line}\nname: x      # a comment\n") == {"own": {"key": value}, "name": "x"}


def test_init_writes_classes_and_databases_that_come_back(tmp_path, monkeypatch, database):
    monkeypatch.chdir(tmp_path)
    rng, classes = np.random.default_rng(0), [name for name in NAMES if "/" not in name and len(name) < 200]
    for name in classes:
        records = [f">{name}{i}\n{''.join(rng.choice(list('ACGT'), 40))}\n" for i in range(20)]
        (tmp_path / f"{name}.fa").write_text("".join(records))
    files = [str(tmp_path / f"{name}.fa") for name in classes]
    done = CliRunner().invoke(main, ["init", *files, "--name", "x", "--database", database])
    assert done.exit_code == 0, done.output
    settings = config.load("x.yaml")
    assert settings["own"]["classes"] == {name: str(tmp_path / f"{name}.fa") for name in classes}
    assert settings["database"] == database
    assert own.load(settings["own"], 0).class_names == classes
    assert all(f"  {name}: 20 sequences" in done.output for name in classes)


@pytest.mark.parametrize(("mark", "ending"), [(",", "csv"), ("\t", "tsv")])
def test_labels_are_text(tmp_path, mark, ending):
    path = tmp_path / f"labels.{ending}"
    names = [name for name in NAMES if '"' not in name and mark not in name]
    path.write_text("".join(mark.join(row) + "\n" for row in [("id", *names), *((name, *names) for name in names)]))
    assert read_labels(path) == {name: {other: other for other in names} for name in names}
