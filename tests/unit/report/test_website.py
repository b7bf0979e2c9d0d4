"""A built book: no page is missing, its zip, its search, its buttons, and the workflow that publishes it."""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from sphinx.errors import ConfigError
from support import ROOT

from expact_utils.motifs.databases import load
from expact_utils.motifs.tomtom import read_tsv
from expact_utils.report import executed, launch, website
from expact_utils.run.errors import InputError

TOC = {"root": "intro", "parts": [{"caption": "A", "chapters": [{"file": "a", "sections": [{"file": "b/c"}]}]}]}
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def site(tmp_path):
    """A contents file and the pages that it names."""
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(TOC))
    for name in ("index", "intro", "a", "b/c"):
        page = tmp_path / "_build" / "html" / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(name)
    return tmp_path


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Folder of the published book as anyone builds it, without a repository's address."""
    made = tmp_path_factory.mktemp("published")
    command = ["jupyter-book", "build", "book/", "-W", "--keep-going", "--path-output", str(made)]
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "EXPACT_REPOSITORY"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made / "_build" / "html"


def test_a_book_with_all_its_pages_passes(site):
    website.check(site / "_toc.yml", site / "_build" / "html")


@pytest.mark.parametrize("missing", ["index", "intro", "b/c"])
def test_a_missing_page_is_named(site, missing):
    (site / "_build" / "html" / f"{missing}.html").unlink()
    with pytest.raises(InputError, match=f"lacks 1 of 4 pages: {missing}.html.$"):
        website.check(site / "_toc.yml", site / "_build" / "html")


@pytest.mark.parametrize(
    ("text", "sentence"), [("format: jb-book", "lists no page"), ("a: [", "is not valid YAML"), (None, "cannot read")]
)
def test_contents_that_are_none(site, text, sentence):
    (site / "_toc.yml").unlink()
    if text:
        (site / "_toc.yml").write_text(text)
    with pytest.raises(InputError, match=sentence):
        website.check(site / "_toc.yml", site / "_build" / "html")


def test_the_workflow_fails_where_a_page_is_missing_and_names_it(site):
    (command,) = (step["run"] for step in STEPS if step.get("name") == "Check that no page is missing")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}

    def run():
        return subprocess.run(
            shlex.split(command), cwd=site, env=environment, capture_output=True, text=True, check=False
        )

    assert run().returncode == 0
    (site / "_build" / "html" / "a.html").unlink()
    failed = run()
    assert failed.returncode == 1
    assert failed.stderr == "error: _build/html lacks 1 of 4 pages: a.html.\n"


def test_the_workflow_builds_installs_by_hash_and_checks_before_it_uploads():
    runs = " ".join(step.get("run", "") for step in STEPS)
    assert "--require-hashes --requirement requirements.lock" in runs
    assert "jupyter-book build book/ -W --keep-going" in runs
    order = [step.get("name") or step["uses"].partition("@")[0] for step in WORKFLOW["jobs"]["build"]["steps"]]
    assert order[-3:] == ["Build", "Check that no page is missing", "actions/upload-pages-artifact"]
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", action) for action in actions)
    assert WORKFLOW[True]["push"]["branches"] == ["main"]  # YAML 1.1 reads the key `on` as true


def test_a_zip_holds_the_pages_in_one_folder_and_the_same_bytes_again(site):
    html = site / "_build" / "html"
    website.pack(html, site / "one.zip", "mine")
    for page in html.rglob("*.html"):
        os.utime(page, (1e9, 1e9))
    website.pack(html, site / "two.zip", "mine")
    assert (site / "one.zip").read_bytes() == (site / "two.zip").read_bytes()
    with zipfile.ZipFile(site / "one.zip") as file:
        assert file.namelist() == ["mine/a.html", "mine/b/c.html", "mine/index.html", "mine/intro.html"]
        assert file.read("mine/b/c.html") == b"b/c"


def test_a_zip_that_cannot_be_written_leaves_the_older_one(site, monkeypatch):
    html, archive = site / "_build" / "html", site / "report.zip"
    website.pack(html, archive, "mine")
    before = archive.read_bytes()
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InputError, match="cannot write .*report.zip: No space left on device"):
        website.pack(html, archive, "mine")
    monkeypatch.undo()
    assert archive.read_bytes() == before
    assert list(site.glob(".report*.partial*")) == []


def test_the_unzipped_book_leads_to_nothing_outside_itself(published, tmp_path):
    website.check(ROOT / "_toc.yml", published)
    website.pack(published, tmp_path / "report.zip", "mine")
    with zipfile.ZipFile(tmp_path / "report.zip") as file:
        file.extractall(tmp_path / "stick")
    html = tmp_path / "stick" / "mine"
    assert (html / "index.html").is_file()
    for page in [html / "index.html", html / "intro.html", *(html / "chapters").rglob("*.html")]:
        text = page.read_text()
        assert str(ROOT) not in text
        assert "mybinder.org" not in text
        for target in re.findall(r'(?:href|src|action|url)="?([^"#?> ]+)', text):
            if not re.match(r"(https?|mailto|data):", target):
                assert (page.parent / target).resolve().is_relative_to(html.resolve()), f"{page}: {target}"
                assert (page.parent / target).exists(), f"{page}: {target}"


def test_a_notebook_can_be_downloaded_from_its_page(published):
    page = published / "chapters" / "05_results.html"
    (target,) = re.findall(r'href="([^"]+\.ipynb)"', page.read_text())
    assert json.loads((page.parent / target).read_text()).keys() >= {"cells", "metadata"}


def test_every_figure_of_a_notebook_is_on_its_page(published):
    chapters, missing = ROOT / "book" / "chapters", []
    for path in chapters.rglob("*.ipynb"):
        page = published / "chapters" / path.relative_to(chapters).with_suffix(".html")
        shown = re.findall(r'<figure[^>]* id="figure-([^"]+)">\s*(?:<a[^>]*>)?<img', page.read_text())
        names = [name.replace("_", "-") for name in executed.figures(nbformat.read(path, 4))]  # as Sphinx writes IDs
        missing += [f"{path.name}: {name}" for name in names if name not in shown]
    assert missing == []


@pytest.fixture(scope="module")
def found(published):
    """Function: pages on which the book's search finds a word: as a whole word or else as a part, in text or title."""
    index = json.loads((published / "searchindex.js").read_text().removeprefix("Search.setIndex(").removesuffix(")"))

    def pages(word):
        word, hits = word.lower(), []
        for terms in (index["terms"], index["titleterms"]):
            hits += [terms[word]] if word in terms else [hit for term, hit in terms.items() if word in term]
        return {index["docnames"][i] for hit in hits for i in (hit if isinstance(hit, list) else [hit])}

    return pages


def test_search_finds_networks(found):
    titled = {f"chapters/{step}/synthetic/cnn-deep_relu_0" for step in ("02_training", "03_filters", "04_tomtom")}
    assert titled | {"methods", "chapters/05_results"} <= found("CNN") & found("deep")  # how it reads "CNN-deep"


def test_search_finds_a_motif_on_the_page_of_its_matches(found):
    names = {motif.id: motif.name for motif in load("jaspar2016")}
    published = ROOT / "book" / "chapters" / "tomtom"
    best = {
        path: read_tsv(path).drop_duplicates("Query_ID")["Target_ID"].map(names) for path in published.rglob("*_0.tsv")
    }
    gata = {path for path, matches in best.items() if matches.str.startswith("GATA").any()}
    pages = {f"chapters/04_tomtom/{path.relative_to(published).with_suffix('')}" for path in gata}
    assert pages
    assert pages <= found("GATA")


@pytest.mark.parametrize("repository", ["https://github.com/me/expact", "https://github.com/me/expact.git"])
def test_a_launch_button_opens_the_notebook_that_made_the_page(repository):
    metadata = {"a": {"papermill": json.dumps({"input_path": "notebooks/03_filters.ipynb"})}, "b": {}}
    app = SimpleNamespace(env=SimpleNamespace(metadata=metadata), config=SimpleNamespace(expact_repository=repository))
    context = {"header_buttons": []}
    for page in ("a", "b", "search"):
        launch._add_button(app, page, "page.html", context, None)
    (button,) = context["header_buttons"]
    assert button["url"] == "https://mybinder.org/v2/gh/me/expact/HEAD?labpath=notebooks/03_filters.ipynb"
    app.config.expact_repository = ""
    launch._add_button(app, "a", "page.html", context, None)
    assert len(context["header_buttons"]) == 1


@pytest.mark.parametrize("repository", ["me/expact", "https://example.org/me/expact", "https://github.com/me"])
def test_a_repository_without_a_binder_is_refused(repository):
    with pytest.raises(ConfigError, match=f"EXPACT_REPOSITORY is {repository}; expected https://github.com/OWNER/NAME"):
        launch.binder_url(repository, "a.ipynb")
