"""The published run, `book/chapters/`, and what may enter it."""

import shutil
import subprocess
from pathlib import Path

from expact_utils.networks import histories
from expact_utils.report.build import BOOK, as_yaml, copy_file, write_pages
from expact_utils.report.contents import contents
from expact_utils.report.pages import made, networks, pages
from expact_utils.run.errors import InputError
from expact_utils.run.house import ROOT, require_clone
from expact_utils.run.paths import Network, Run, shown

# Whose files the notebooks read by default.
DEFAULT_NETWORKS = [Network("synthetic", "cnn-2", activation) for activation in ("relu", "exponential")]


def publish(run: Run, config: dict, book: Path = BOOK) -> None:
    """Replace the published run in a book's folder, `chapters/` and `_toc.yml`, by this one.

    Copied are the pages, the tables, config, data, histories, filters and matches, and the networks that the notebooks
    read by default: everything that they need to run on the published run, but not every network.

    Raises
    ------
    InputError
        When the run is partial, failed, out of date, was made or trained with uncommitted changes, or is of one's
        own sequences.
    """
    require_clone("publishing a run")
    if config["own"]:
        raise InputError(f"{shown(run.folder)} is a run of your own sequences; its report is {run.folder / 'html'}.")
    _check_up_to_date(run)
    for network in networks(config):
        check_committed(run, network)
    published, fresh = book / "chapters", book / ".chapters.partial"
    shutil.rmtree(fresh, ignore_errors=True)
    write_pages(run, config, pages(config), fresh, to_publish=True)
    for name in ("config.json", *tables_of(config)):
        copy_file(run.folder / name, run, fresh)
    for dataset in (*config["datasets"], *config["sensitivity"]):
        copy_file(run.data(dataset), run, fresh)
    for network in networks(config):
        copy_network(run, network, fresh)
        if network in DEFAULT_NETWORKS:
            copy_file(run.model(network), run, fresh)
    shutil.rmtree(published, ignore_errors=True)
    fresh.rename(published)
    write_contents(config, book)


def copy_network(run: Run, network: Network, folder: Path) -> None:
    """Copy what is published of each network: its history, filters and matches."""
    for path in (run.history(network), run.meme(network), run.filters(network), run.matches(network)):
        copy_file(path, run, folder)


def tables_of(config: dict) -> list[str]:
    """Tables that the pages of a run leave."""
    return [name for name in made(config) if name.endswith(".csv")]


def write_contents(config: dict, book: Path) -> None:
    """Write the table of contents of a published run, through the link that leads out of the book's folder."""
    (book / "_toc.yml").write_text(as_yaml(contents(config)), encoding="utf-8")


def _check_up_to_date(run: Run) -> None:
    command = ["snakemake", "--configfile", str(run.config), "--cores", "1", "--dry-run", "--quiet", "rules"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "Nothing to be done" not in done.stdout + done.stderr:
        raise InputError(f"{shown(run.folder)} is not complete or not up to date; finish it with snakemake first.")


def check_committed(run: Run, network: Network) -> None:
    """A page of committed code may show a network that was trained before, or elsewhere, by other code."""
    if histories.read(run, network).get("uncommitted_changes", True):
        raise InputError(
            f"{shown(run.history(network))} was trained with uncommitted changes; expected committed code."
        )
