"""The published runs: `book/chapters/`, and those beside it, whose pages are in its book; and what may enter them."""

import re
import shutil
import subprocess
from collections.abc import Container, Iterable
from pathlib import Path

from expact_utils.networks import histories
from expact_utils.report.build import BOOK, as_yaml, copy_file, write_pages
from expact_utils.report.contents import contents, pages_beside
from expact_utils.report.pages import datasets, made, networks, pages
from expact_utils.run.config import check
from expact_utils.run.errors import InputError
from expact_utils.run.files import read_json
from expact_utils.run.house import ROOT, require_clone
from expact_utils.run.paths import Network, Run, shown

# Whose files the notebooks read by default.
DEFAULT_NETWORKS = [Network("synthetic", "cnn-2", activation) for activation in ("relu", "exponential")]
SMALL_NETWORK = 200_000  # bytes of a network that is published whole, so that a later run takes it up
FIGURE = re.compile(r"/chapters/(figures/[^>\s`]+)")  # that a page leads to


def publish(run: Run, config: dict, book: Path = BOOK) -> None:
    """Replace the published run in a book's folder, `chapters/` and `_toc.yml`, by this one.

    Copied are the pages, the tables, config, data, histories, filters and matches, small networks, and those that the
    notebooks read by default: everything that they need to run on the published run, but not every network. What was
    published beside the old run stays.

    Raises
    ------
    InputError
        When the run is partial, failed, out of date, was made or trained with uncommitted changes, adds trials to
        another, is of one's own sequences, or has the name of a run beside the published one; or when one of those
        shows pages that the published run had, and this one lacks.
    """
    _check_publishable(run, config)
    published, fresh, others = book / "chapters", book / ".chapters.partial", beside(book)
    if config["name"] in [one["name"] for one in others]:
        raise InputError(f"{shown(book / config['name'])} is published beside this run; remove it first.")
    shutil.rmtree(fresh, ignore_errors=True)
    write_pages(run, config, pages(config), fresh, to_publish=True)
    for name in tables_of(config):
        copy_file(run.folder / name, run, fresh)
    _copy_steps(run, config, fresh)
    for one in others:
        _keep(one, config, book, fresh)
    shutil.rmtree(published, ignore_errors=True)
    fresh.rename(published)
    write_contents(book)


def publish_beside(run: Run, config: dict, book: Path = BOOK) -> None:
    """Add a run to the book of the published one: its pages and tables to `chapters/`, the rest to a folder of its own.

    Its pages are those that the published run lacks; of results, those beyond the paper.

    Raises
    ------
    InputError
        As `publish`; and when there is no published run, it or a folder of the book has this one's name, or another run
        beside it has one of the pages.
    """
    _check_publishable(run, config)
    first = published_config(book)
    folder, fresh = book / config["name"], book / f".{config['name']}.partial"
    if first["name"] == config["name"] or (folder.exists() and config["name"] not in _names(book)):
        raise InputError(f"the published run, or a folder of the book, is called {config['name']}; expected another.")
    titles = pages_beside(config, first)
    check_once(titles, config, book)
    shutil.rmtree(fresh, ignore_errors=True)
    write_pages(run, config, titles, fresh / "chapters", to_publish=True)
    for name in tables_of(config, titles):
        copy_file(run.folder / name, run, fresh / "chapters")
    _copy_steps(run, config, fresh)
    shutil.copytree(fresh / "chapters", book / "chapters", dirs_exist_ok=True)
    shutil.rmtree(fresh / "chapters")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    write_contents(book)


def find(config: dict, book: Path = BOOK) -> tuple[Run, dict[str, str]]:
    """Files of the published run that a config is of, by its name, and its pages in `chapters/` with their titles."""
    if config["name"] in [one["name"] for one in beside(book)]:
        return Run(book / config["name"]), pages_beside(config, published_config(book))
    return Run(book / "chapters"), pages(config)


def check_once(titles: Iterable[str], config: dict, book: Path = BOOK) -> None:
    """Refuse pages of a run that another one beside the published run has.

    Raises
    ------
    InputError
        Naming the other run and the first of these pages.
    """
    first = published_config(book)
    for one in beside(book):
        twice = sorted(set(titles) & pages_beside(one, first).keys()) if one["name"] != config["name"] else []
        if twice:
            raise InputError(f"{one['name']}, which is published too, has the page {twice[0]}; expected it in one run.")


def published_config(book: Path = BOOK) -> dict:
    """Settings of the published run."""
    path = book / "chapters" / "config.json"
    return check(read_json(path), shown(path))


def beside(book: Path = BOOK) -> list[dict]:
    """Settings of the runs that are published beside the published one, by name."""
    paths = [book / name / "config.json" for name in _names(book)]
    return [check(read_json(path), shown(path)) for path in paths]


def copy_network(run: Run, network: Network, folder: Path) -> None:
    """Copy what is published of a network: history, filters, matches, scores of its maps, and itself if it is small."""
    for path in (run.history(network), run.meme(network), run.filters(network), run.matches(network)):
        copy_file(path, run, folder)
    if run.map_scores(network).is_file():
        copy_file(run.map_scores(network), run, folder)
    model = run.model(network)
    if model.is_file() and (network in DEFAULT_NETWORKS or model.stat().st_size <= SMALL_NETWORK):
        copy_file(model, run, folder)


def tables_of(config: dict, titles: Container[str] | None = None) -> list[str]:
    """Tables and motifs that the pages of a run leave; or those of some pages, by path."""
    return [name for name in made(config, titles) if name.endswith((".csv", ".meme"))]


def write_contents(book: Path) -> None:
    """Write the table of contents of what is published, through the link that leads out of the book's folder."""
    listed = contents(published_config(book), beside(book))
    (book / "_toc.yml").write_text(as_yaml(listed), encoding="utf-8")


def check_committed(run: Run, network: Network) -> None:
    """A page of committed code may show a network that was trained before, or elsewhere, by other code."""
    if histories.read(run, network).get("uncommitted_changes", True):
        raise InputError(
            f"{shown(run.history(network))} was trained with uncommitted changes; expected committed code."
        )


def _names(book: Path) -> list[str]:
    """Folders of the runs beside the published one; one that begins with a dot is half-written."""
    return sorted({path.parent.name for path in book.glob("[!._]*/config.json")} - {"chapters"})


def _check_publishable(run: Run, config: dict) -> None:
    require_clone("publishing a run")
    if config["own"]:
        raise InputError(f"{shown(run.folder)} is a run of your own sequences; its report is {run.folder / 'html'}.")
    if config["first_trial"]:
        raise InputError(f"{shown(run.folder)} adds trials to a published run; `renewal --add` takes them over.")
    _check_up_to_date(run)
    for network in networks(config):
        check_committed(run, network)


def _check_up_to_date(run: Run) -> None:
    command = ["snakemake", "--configfile", str(run.config), "--cores", "1", "--dry-run", "--quiet", "rules"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "Nothing to be done" not in done.stdout + done.stderr:
        raise InputError(f"{shown(run.folder)} is not complete or not up to date; finish it with snakemake first.")


def _copy_steps(run: Run, config: dict, folder: Path) -> None:
    """Copy settings, data, and what is published of each network."""
    copy_file(run.config, run, folder)
    for dataset in datasets(config):
        copy_file(run.data(dataset), run, folder)
    for network in networks(config):
        copy_network(run, network, folder)


def _keep(config: dict, first: dict, book: Path, fresh: Path) -> None:
    """Take over the pages of a run beside the published one, with their tables and figures, beside a new `first`."""
    published, titles = book / "chapters", pages_beside(config, first)
    if not (published / "config.json").is_file():
        raise InputError(f"{shown(published)} is missing, and with it the pages of {config['name']}, published beside.")
    if new := sorted(titles.keys() - pages_beside(config, published_config(book)).keys()):
        raise InputError(f"{new[0]} of {config['name']}, which is published beside, is lost; publish that run again.")
    for name in (*made(config, titles), *(f"{page}.ipynb" for page in titles)):
        copy_file(published / name, Run(published), fresh)
    texts = [(fresh / f"{page}.ipynb").read_text(encoding="utf-8") for page in titles]
    for name in dict.fromkeys(figure for text in texts for figure in FIGURE.findall(text)):
        copy_file(published / name, Run(published), fresh)
