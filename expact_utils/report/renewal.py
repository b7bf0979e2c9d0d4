"""The published run's results pages, executed again: after a change of a notebook, without training anything.

    python -m expact_utils.report.renewal config/published.yaml [--add runs/NAME]

The pages of single networks stay as they are, as the repository does not hold every network. What the config asks for
and the published run lacks, such as a data set for `sensitivity`, comes from another run that has its tables.
"""

import argparse
import json
import shutil
from contextlib import chdir
from pathlib import Path

import nbformat

from expact_utils.networks import histories
from expact_utils.report import build, execution, graph, kernels, pages, publish
from expact_utils.run.config import load
from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import atomic, read_json
from expact_utils.run.house import ROOT, require_clone
from expact_utils.run.names import SOURCES
from expact_utils.run.paths import Network, Run, shown
from expact_utils.run.provenance import provenance

# What may differ from the published run's config.
NEW = ("name", "note", "trials", "sensitivity", "sensitivity_trials", "also", "maps", "tutorial", "network_tutorial")


def renew(config: dict, book: Path = build.BOOK, other: Run | None = None) -> list[str]:
    """Execute the results pages of the published run and put them in the place of the old ones; return their names.

    Each has the parameters that it had, and reads the published files. What takes the networks themselves is shown
    from the published tables. `other` is a run with what the published one lacks, its networks among it.

    Raises
    ------
    InputError
        When the published run has other settings than `config`, or there are uncommitted changes.
    NotebookError
        When a cell fails; no page is replaced then.
    """
    require_clone("renewing the published run")
    (published, titles), chapters = publish.find(config, book), Run(book / "chapters")
    source = fresh = Run("runs/renewed")
    _check_same(config, published)
    made = {path: of for path, of in renewed(config, chapters).items() if path in titles}
    publish.check_once(made, config, book)
    if provenance()["uncommitted_changes"]:
        raise InputError("there are uncommitted changes; a published page is made by committed code.")
    if other:
        lacking = [network for network in pages.networks(config) if not published.history(network).is_file()]
        _check_new(other, lacking, config)
        _gather(published, other, lacking, config, fresh)
    else:
        source = published
    with atomic(source.config, checksum=False) as partial:  # first, as the pages show it
        partial.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    folders = {"inputs": shown(source.folder), "known": shown(chapters.folder), "run": shown(fresh.folder)}
    with chdir(ROOT):  # so that a page names its notebook as any clone has it
        for path, (page, fields) in made.items():
            notebook = Path("notebooks") / f"{page.notebook}.ipynb"
            executed, attempt = (Path(shown(fresh.folder)) / step / f"{path}.ipynb" for step in ("notebooks", "logs"))
            attempt.parent.mkdir(parents=True, exist_ok=True)
            parameters = _parameters(chapters.folder / f"{path}.ipynb", folders, page, fields, config)
            execution.execute(notebook, attempt, executed, parameters)
    build.write_pages(fresh, config, {path: titles[path] for path in made}, chapters.folder, to_publish=True)
    for name in publish.tables_of(config, made):
        build.copy_file(fresh.folder / name, fresh, chapters.folder)
    if other:
        _take_over(published, other, fresh, lacking, config, chapters)
    publish.write_contents(book)
    return list(made)


def _parameters(published: Path, folders: dict[str, str], page: pages.Page, fields: dict, config: dict) -> dict:
    """What the published page was made with, and what is new; of a tutorial or a page that is new, what is declared."""
    declared = graph.parameters(page, config, folders["run"], fields)
    if page.parameters is not None:
        return declared
    takes = graph.parameter_names(page.notebook)
    before = {}
    if published.is_file():
        before = nbformat.read(published, as_version=4).metadata["papermill"]["parameters"]
    new = folders | {key: config[key] for key in NEW}
    return {key: value for key, value in (declared | before | new).items() if key in takes}


def renewed(config: dict, chapters: Run) -> dict[str, tuple[pages.Page, dict]]:
    """Pages that are made again: of the whole run or of a trial, which read its settings; and tutorials that lack."""
    found = {
        page.pattern.format(**fields): (page, fields)
        for page in pages.of_run(config)
        for fields in pages.subjects(page, config)
        if page.each in ("run", "trial")
    }
    return {
        path: (page, fields)
        for path, (page, fields) in found.items()
        if page.parameters is None or not (chapters.folder / f"{path}.ipynb").is_file()
    }


def _check_new(other: Run, lacking: list[Network], config: dict) -> None:
    """Refuse networks that are to be added before anything is changed."""
    for network in lacking:
        publish.check_committed(other, network)
        _check_settings(other, network, config)


def _gather(published: Run, other: Run, lacking: list[Network], config: dict, folder: Run) -> None:
    """Put the files of the published run together with the new networks, and with all that is not published of any."""
    shutil.rmtree(folder.folder, ignore_errors=True)
    shutil.copytree(published.folder, folder.folder, ignore=shutil.ignore_patterns("*.ipynb", "figures"))
    for network in lacking:
        publish.copy_network(other, network, folder.folder)
    for network in pages.networks(config):
        maps = other.map_scores(network).parent.glob(f"{network.stem}_*.h5")
        for path in (other.model(network), *maps):
            if path.is_file():
                build.copy_file(path, other, folder.folder)
    for dataset in pages.datasets(config):
        if not folder.data(dataset).is_file():
            build.copy_file(other.data(dataset), other, folder.folder)


def _take_over(published: Run, other: Run, gathered: Run, lacking: list[Network], config: dict, chapters: Run) -> None:
    """Copy settings, what is published of the new networks, their data and the pages of these."""
    build.copy_file(gathered.config, gathered, published.folder)
    for network in lacking:
        publish.copy_network(gathered, network, published.folder)
    for dataset in pages.datasets(config):
        if not published.data(dataset).is_file():
            build.copy_file(gathered.data(dataset), gathered, published.folder)
    of_data = {
        page: title
        for page, title in pages.pages(config).items()
        if page.startswith("01_data/") and not (chapters.folder / f"{page}.ipynb").is_file()
    }
    build.write_pages(other, config, of_data, chapters.folder, to_publish=True)


def _check_settings(run: Run, network: Network, config: dict) -> None:
    """Refuse the history of a training with other settings than the published run's, or on other data."""
    history, data = histories.read(run, network), read_json(run.config)
    of_training = {name: history.get(name) for name in ("epochs", "batch_size", "seed", "protocol")}
    of_data = {name: data.get(name) for name in SOURCES[network.dataset].settings}
    for name, value in (of_training | of_data).items():
        if value != config[name]:
            raise InputError(f"{shown(run.history(network))}: {name} is {value}; expected {config[name]}.")


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
    kernels.start()
    for page in renew(load(arguments.config), other=arguments.add):
        print(f"renewed {page}")


if __name__ == "__main__":
    run_command(_command)
