"""The published run's results pages, executed again: after a change of a notebook, without training anything.

    python -m expact_utils.report.renewal config/published.yaml [--add runs/NAME]

The pages of single networks stay as they are, as the repository does not hold every network. What the config asks for
and the published run lacks, such as a data set for `sensitivity`, comes from another run that has its tables.
"""

import argparse
import json
from contextlib import chdir
from pathlib import Path

import nbformat

from expact_utils.networks import histories
from expact_utils.report import build, execution, graph, pages, publish
from expact_utils.run.config import load
from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import atomic, read_json
from expact_utils.run.house import ROOT, require_clone
from expact_utils.run.paths import Network, Run, shown
from expact_utils.run.provenance import provenance

NEW = ("name", "note", "sensitivity", "sensitivity_trials")  # what may differ from the published run's config


def renew(config: dict, book: Path = build.BOOK, other: Run | None = None) -> list[str]:
    """Execute the results pages of the published run and put them in the place of the old ones; return their names.

    Each has the parameters that it had, and reads the published files. What takes the networks themselves is shown
    from the published tables. `other` is a run with what the published one lacks.

    Raises
    ------
    InputError
        When the published run has other settings than `config`, or there are uncommitted changes.
    NotebookError
        When a cell fails; no page is replaced then.
    """
    require_clone("renewing the published run")
    (published, titles), fresh, chapters = publish.find(config, book), Run("runs/renewed"), Run(book / "chapters")
    _check_same(config, published)
    if provenance()["uncommitted_changes"]:
        raise InputError("there are uncommitted changes; a published page is made by committed code.")
    if other:
        _take_over(published, other, config, chapters)
    with atomic(published.config, checksum=False) as partial:  # first, as the pages show it
        partial.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    declared = {page: of for page, of in renewed(config, chapters).items() if page in titles}
    titles = {page: titles[page] for page in titles if page in declared}
    with chdir(ROOT):  # so that a page names its notebook as any clone has it
        for page in titles:
            notebook = Path("notebooks") / f"{declared[page].notebook}.ipynb"
            made, attempt = (Path(shown(fresh.folder)) / step / f"{page}.ipynb" for step in ("notebooks", "logs"))
            attempt.parent.mkdir(parents=True, exist_ok=True)
            folders = {"inputs": shown(published.folder), "known": shown(chapters.folder), "run": shown(fresh.folder)}
            parameters = _parameters(chapters, folders, page, declared[page], config)
            execution.execute(notebook, attempt, made, parameters)
    build.write_pages(fresh, config, titles, chapters.folder, to_publish=True)
    for name in publish.tables_of(config, titles):
        build.copy_file(fresh.folder / name, fresh, chapters.folder)
    publish.write_contents(book)
    return list(titles)


def _parameters(chapters: Run, folders: dict[str, str], page: str, declared: pages.Page, config: dict) -> dict:
    """What the published page was made with, and what is new; of a tutorial, what it is declared with."""
    if declared.parameters is not None:
        return graph.parameters(declared, config, folders["run"], {})
    notebook = nbformat.read(chapters.folder / f"{page}.ipynb", as_version=4)
    takes = graph.parameter_names(declared.notebook)
    before = {key: value for key, value in notebook.metadata["papermill"]["parameters"].items() if key in takes}
    new = folders | {key: config[key] for key in NEW}
    return before | {key: value for key, value in new.items() if key in takes}


def renewed(config: dict, chapters: Run) -> dict[str, pages.Page]:
    """Pages that are made again: of the whole run or of a trial, which read its settings; and tutorials that lack."""
    found = {
        page.pattern.format(**fields): page
        for page in pages.of_run(config)
        for fields in pages.subjects(page, config)
        if page.each in ("run", "trial")
    }
    return {
        path: page
        for path, page in found.items()
        if page.parameters is None or not (chapters.folder / f"{path}.ipynb").is_file()
    }


def _take_over(published: Run, other: Run, config: dict, chapters: Run) -> None:
    """Copy the networks that the published run lacks, their data and the pages of these."""
    for network in pages.networks(config):
        if not published.history(network).is_file():
            publish.check_committed(other, network)
            _check_settings(other, network, config)
            publish.copy_network(other, network, published.folder)
    for dataset in (*config["datasets"], *config["sensitivity"]):
        if not published.data(dataset).is_file():
            build.copy_file(other.data(dataset), other, published.folder)
    lacking = {
        page: title
        for page, title in pages.pages(config).items()
        if page.startswith("01_data/") and not (chapters.folder / f"{page}.ipynb").is_file()
    }
    build.write_pages(other, config, lacking, chapters.folder, to_publish=True)


def _check_settings(run: Run, network: Network, config: dict) -> None:
    """Refuse the history of a training with other settings than the published run's."""
    path, history = run.history(network), histories.read(run, network)
    for name in ("epochs", "batch_size", "seed", "protocol"):
        if history.get(name) != config[name]:
            raise InputError(f"{shown(path)}: {name} is {history.get(name)}; expected {config[name]}.")


def _check_same(config: dict, published: Run) -> None:
    """Refuse a config that is not the published run's; a setting that is newer than the run has its default."""
    found = read_json(published.config)
    for key, value in config.items():
        if key not in NEW and found.get(key, value) != value:
            raise InputError(f"{key} is {value}, and {shown(published.config)} has {found[key]}; expected the same.")


def _command() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m expact_utils.report.renewal", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("config", type=Path, help="config of the published run")
    parser.add_argument("--add", type=Run, metavar="RUN", help="folder of a run with what the published one lacks")
    arguments = parser.parse_args()
    for page in renew(load(arguments.config), other=arguments.add):
        print(f"renewed {page}")


if __name__ == "__main__":
    run_command(_command)
