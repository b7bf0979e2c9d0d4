"""A built book: no page is missing, its zip, and the workflow that publishes it."""

import os
import re
import shlex
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from support import ROOT

from expact_utils.report import website
from expact_utils.run.errors import InputError, run_command

TOC = {"root": "intro", "parts": [{"caption": "A", "chapters": [{"file": "a", "sections": [{"file": "b/c"}]}]}]}
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


@pytest.fixture
def site(tmp_path):
    """A contents file and the pages that it names."""
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(TOC))
    for name in ("index", "intro", "a", "b/c"):
        page = tmp_path / "_build" / "html" / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(name)
    return tmp_path


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


def test_the_workflow_fails_where_a_page_is_missing_and_names_it(site, monkeypatch):
    (command,) = (step["run"] for step in STEPS if step.get("name") == "Check that no page is missing")
    *python, module, toc, html = shlex.split(command)
    assert (python[1:], module) == (["-m"], "expact_utils.report.website")
    monkeypatch.chdir(site)
    monkeypatch.setattr(sys, "argv", [module, toc, html])
    run_command(website._command)
    (site / "_build" / "html" / "a.html").unlink()
    with pytest.raises(SystemExit, match="^error: _build/html lacks 1 of 4 pages: a.html.$"):
        run_command(website._command)


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
