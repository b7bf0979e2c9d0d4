"""The published run's results pages, executed again: after a change of a notebook, without training anything.

    python -m expact_utils.renewal config/published.yaml [--add runs/NAME]

The pages of single networks stay as they are, as the repository does not hold every network. What the config asks for
and the published run lacks, such as a data set for `sensitivity`, comes from another run that has its tables.
"""

import argparse
import json
from contextlib import chdir
from pathlib import Path

import nbformat

from expact_utils import report
from expact_utils.config import load
from expact_utils.errors import InputError, run_command
from expact_utils.files import atomic, read_json
from expact_utils.results import read_history
from expact_utils.runs import ROOT, Run, provenance, shown

RENEWED = ("05_results", "05_trials", "06_robustness", "07_claims", "08_explorer")
TABLES = ("table1.csv", "trials.csv", "filters.csv", "claims.csv")
NEW = ("name", "note", "sensitivity", "sensitivity_trials")  # what may differ from the published run's config


def renew(config: dict, book: Path = report.BOOK, other: Run | None = None) -> list[str]:
    """Execute the results pages of the published run and put them in the place of the old ones; return their names.

    Each has the parameters that it had, and reads the published files. Robustness, which would take the networks, is
    shown from the published table. `other` is a run with what the published one lacks.

    Raises
    ------
    InputError
        When the published run has other settings than `config`, or there are uncommitted changes.
    NotebookError
        When a cell fails; no page is replaced then.
    """
    published, fresh = Run(book / "chapters"), Run("runs/renewed")
    _check_same(config, published)
    if provenance()["uncommitted_changes"]:
        raise InputError("there are uncommitted changes; a published page is made by committed code.")
    if other:
        _take_over(published, other, config)
    with atomic(published.config, checksum=False) as partial:  # first, as the pages show it
        partial.write_text(json.dumps(config, indent=1) + "\n")
    titles = {page: title for page, title in report.pages(config).items() if page.partition("/")[0] in RENEWED}
    with chdir(ROOT):  # so that a page names its notebook as any clone has it
        for page in titles:
            notebook = Path("notebooks") / f"{page.partition('/')[0]}.ipynb"
            made, attempt = (Path(shown(fresh.folder)) / step / f"{page}.ipynb" for step in ("notebooks", "logs"))
            attempt.parent.mkdir(parents=True, exist_ok=True)
            report.execute(notebook, attempt, made, _parameters(published, fresh, page, config))
    report.write_pages(fresh, config, titles, published.folder, to_publish=True)
    for name in (*TABLES, *(report.SENSITIVITY if config["sensitivity"] else ())):
        report.copy_file(fresh.folder / name, fresh, published.folder)
    report.write_contents(config, book)
    return list(titles)


def _parameters(published: Run, fresh: Run, page: str, config: dict) -> dict:
    """What the published page was made with, and what is new."""
    notebook = nbformat.read(published.folder / f"{page}.ipynb", as_version=4)
    parameters = notebook.metadata["papermill"]["parameters"]
    parameters |= {"inputs": shown(published.folder), "run": shown(fresh.folder)}
    match page:
        case "05_results":
            parameters["note"] = config["note"]
        case "06_robustness":
            parameters["table"] = shown(published.folder / "robustness.csv")
            parameters |= {key: config[key] for key in ("sensitivity", "sensitivity_trials")}
    return parameters


def _take_over(published: Run, other: Run, config: dict) -> None:
    """Copy the networks that the published run lacks, and the pages of their data."""
    for key in report.networks(config):
        if not published.history(*key).is_file():
            report.check_committed(other, key)
            _check_settings(other, key, config)
            for path in (other.history(*key), other.meme(*key), other.filters(*key), other.matches(*key)):
                report.copy_file(path, other, published.folder)
    lacking = {
        page: title
        for page, title in report.pages(config).items()
        if page.startswith("01_data/") and not (published.folder / f"{page}.ipynb").is_file()
    }
    report.write_pages(other, config | {"datasets": []}, lacking, published.folder, to_publish=True)


def _check_settings(run: Run, key: tuple, config: dict) -> None:
    """Refuse the history of a training with other settings than the published run's."""
    path, history = run.history(*key), read_history(run, key)
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
    parser = argparse.ArgumentParser(prog="python -m expact_utils.renewal", description=__doc__.partition("\n")[0])
    parser.add_argument("config", type=Path, help="config of the published run")
    parser.add_argument("--add", type=Run, metavar="RUN", help="folder of a run with what the published one lacks")
    arguments = parser.parse_args()
    for page in renew(load(arguments.config), other=arguments.add):
        print(f"renewed {page}")


if __name__ == "__main__":
    run_command(_command)
