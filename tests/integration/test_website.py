"""The published book as anyone builds it: its zip, its figures, its search."""

import json
import re
import zipfile

import nbformat
import pytest
from support import ROOT

from expact_utils.motifs.databases import load
from expact_utils.motifs.tomtom import read_tsv
from expact_utils.report import executed, website


def test_the_unzipped_book_leads_to_nothing_outside_itself(html, tmp_path):
    website.check(ROOT / "_toc.yml", html)
    website.pack(html, tmp_path / "report.zip", "mine")
    with zipfile.ZipFile(tmp_path / "report.zip") as file:
        file.extractall(tmp_path / "stick")
    copy = tmp_path / "stick" / "mine"
    assert (copy / "index.html").is_file()
    for page in [copy / "index.html", copy / "intro.html", *(copy / "chapters").rglob("*.html")]:
        text = page.read_text()
        assert str(ROOT) not in text
        assert "mybinder.org" not in text
        for target in re.findall(r'(?:href|src|action|url)="?([^"#?> ]+)', text):
            if not re.match(r"(https?|mailto|data):", target):
                assert (page.parent / target).resolve().is_relative_to(copy.resolve()), f"{page}: {target}"
                assert (page.parent / target).exists(), f"{page}: {target}"


def test_a_notebook_can_be_downloaded_from_its_page(html):
    page = html / "chapters" / "05_results.html"
    (target,) = re.findall(r'href="([^"]+\.ipynb)"', page.read_text())
    assert json.loads((page.parent / target).read_text()).keys() >= {"cells", "metadata"}


def test_every_figure_of_a_notebook_is_on_its_page(html):
    chapters, missing = ROOT / "book" / "chapters", []
    for path in chapters.rglob("*.ipynb"):
        page = html / "chapters" / path.relative_to(chapters).with_suffix(".html")
        shown = re.findall(r'<figure[^>]* id="figure-([^"]+)">\s*(?:<a[^>]*>)?<img', page.read_text())
        names = [name.replace("_", "-") for name in executed.figures(nbformat.read(path, 4))]  # as Sphinx writes IDs
        missing += [f"{path.name}: {name}" for name in names if name not in shown]
    assert missing == []


@pytest.fixture(scope="module")
def found(html):
    """Function: pages on which the book's search finds a word: as a whole word or else as a part, in text or title."""
    index = json.loads((html / "searchindex.js").read_text().removeprefix("Search.setIndex(").removesuffix(")"))

    def pages(word):
        word, hits = word.lower(), []
        for terms in (index["terms"], index["titleterms"]):
            hits += [terms[word]] if word in terms else [hit for term, hit in terms.items() if word in term]
        return {index["docnames"][i] for hit in hits for i in (hit if isinstance(hit, list) else [hit])}

    return pages


def test_search_finds_networks(found):
    titled = {f"chapters/{step}/synthetic/cnn-deep_relu_0" for step in ("02_training", "03_filters", "04_tomtom")}
    assert titled | {"methods", "chapters/05_results"} <= found("CNN") & found("deep")  # how it reads "CNN-deep"


def test_search_finds_methods_and_networks_of_papers(found):
    assert "chapters/06_attribution" in found("integr") & found("gradient")  # stems, as the search makes of words
    assert "chapters/tutorial_network" in found("DeepSTARR")


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
