"""The book of a run: the gate for executed notebooks, the pages, the build, and publishing.

Commands: `python -m expact_utils.report execute|build|publish …` (`--help` explains each).
"""

import argparse
import json
import logging
import os
import shutil
import subprocess
import tempfile
from itertools import product
from pathlib import Path

import nbformat
import yaml

from expact_utils import executed
from expact_utils.config import OWN, check, data_title, network_title
from expact_utils.errors import InputError, NotebookError, run_command
from expact_utils.files import atomic, read_csv, read_json, verify
from expact_utils.results import TABLE1, beside_baselines, beside_paper, read_baselines, read_history, read_trials
from expact_utils.runs import ROOT, Run, provenance, shown
from expact_utils.website import pack

BOOK = ROOT / "book"
TABLES = ("table1.csv", "trials.csv", "filters.csv", "robustness.csv", "claims.csv")
SENSITIVITY = ("sensitivity.csv",)
DEFAULT_NETWORKS = [("synthetic", "cnn-2", activation, 0) for activation in ("relu", "exponential")]
PUBLISHED_BYTES = {".svg": 800_000, ".pdf": 60_000}  # of a figure's file, at most, in a published run
LAST_PAGES = ("rerun", "clusters", "faults", "parameters", "benchmarks", "plan", "glossary", "references")
STEPS = {"02_training": "Training", "03_filters": "Filters", "04_tomtom": "Tomtom"}


def execute(source: Path, attempt: Path, page: Path, parameters: dict) -> None:
    """Execute a notebook with papermill; keep what it leaves as `attempt`, and as `page` only if it ran to its end.

    The page carries the provenance of its start, so that a commit made meanwhile does not pass for its code.

    Raises
    ------
    NotebookError
        When a cell fails; carries the cell's own error in one sentence. When the notebook's process dies.
    InputError
        When `attempt` or `page` cannot be written.
    """
    import papermill

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    _keep_caches_on_this_node()
    started = provenance()
    try:
        papermill.execute_notebook(
            source, attempt, parameters, kernel_name="python3", progress_bar=False, log_output=True
        )
    except papermill.PapermillExecutionError as error:
        raise NotebookError(f"{source} failed: {error.ename}: {error.evalue} (all of it: {shown(attempt)})") from None
    except OSError as error:
        raise InputError(f"{source} failed: cannot write {shown(attempt)}: {error.strerror or error}.") from None
    except RuntimeError as error:  # of nbclient, about the kernel
        raise NotebookError(
            f"{source} failed: its process died, or was killed, as for lack of memory ({error})."
        ) from None
    accept(attempt, page, started)


def _keep_caches_on_this_node() -> None:
    """Nodes of a cluster share the project's folder and the home: what they compile or log is kept on each."""
    if "SLURM_JOB_ID" in os.environ:
        folder = Path(tempfile.gettempdir()) / f"expact-{os.getuid()}"
        os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "numba"))
        os.environ.setdefault("IPYTHONDIR", str(folder / "ipython"))


def accept(attempt: Path, page: Path, started: dict) -> None:
    """Copy an executed notebook to where the book takes it from, with its provenance, if it ran to its end.

    Raises
    ------
    NotebookError
        When a cell failed or did not run; names the notebook and the cell.
    """
    notebook = _read_notebook(attempt)
    check_executed(notebook, attempt)
    notebook.metadata["expact"] = started
    with atomic(page) as partial:
        nbformat.write(notebook, partial)


def check_executed(notebook, where: str | Path) -> None:
    """Refuse a notebook that did not run to its end: Jupyter Book would publish it with its red error.

    Raises
    ------
    NotebookError
        When a cell failed, did not run or did not finish, or no cell put anything out.
    """
    if notebook.metadata.get("papermill", {}).get("exception", True):
        raise NotebookError(f"{where} was not executed to its end by papermill; its last output says why.")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        status = cell.metadata.get("papermill", {}).get("status")
        if any(output.output_type == "error" for output in cell.outputs):
            raise NotebookError(f"{where}: code cell {number} failed.")
        if status != "completed" or cell.execution_count is None:
            raise NotebookError(f"{where}: code cell {number} did not run (papermill says {status}).")
    if not any(cell.outputs for cell in cells):
        raise NotebookError(f"{where} has no output in any cell; expected an executed notebook.")


def networks(config: dict) -> list[tuple[str, str, str, int]]:
    """Every training of a run: dataset, architecture, activation, trial; those of Table 1 first, then the checks."""
    of_table1 = product(config["datasets"], config["architectures"], config["activations"], range(config["trials"]))
    trials = range(config["sensitivity_trials"])
    return [*of_table1, *product(config["sensitivity"], config["architectures"], config["activations"], trials)]


def pages(config: dict) -> dict[str, str]:
    """Pages of a run's book, as paths of executed notebooks below `notebooks/` without suffix, and their titles.

    Trial 0 has a page a step and network; each further trial has one page a dataset.
    """
    names = {name: f"Data: {name}" for name in (*config["datasets"], *config["sensitivity"])} | {OWN: "Your sequences"}
    titles = {f"01_data/{name}": names[name] for name in (*config["datasets"], *config["sensitivity"])}
    for step, name in STEPS.items():
        for dataset, architecture, activation in _first_trials(config):
            network = network_title(architecture, activation)
            titles[f"{step}/{dataset}/{architecture}_{activation}_0"] = (
                f"{name}: {network} ({data_title(dataset)}, trial 0)"
            )
    titles["05_results"] = "Results"
    for dataset, trial in product(config["datasets"], range(1, config["trials"])):
        titles[f"05_trials/{dataset}_{trial}"] = f"Trial {trial}: {data_title(dataset)}"
    last = {"06_motifs": "Motifs"} if config["own"] else {"07_claims": "The paper's claims"}
    tutorial = {"tutorial": "Tutorial: your own sequences"} if config["tutorial"] else {}
    return titles | {"06_robustness": "Robustness"} | last | {"08_explorer": "Motif explorer"} | tutorial


def contents(config: dict) -> dict:
    """Table of contents (Jupyter Book's `_toc.yml`): results first, then a page a step and network."""
    titles = pages(config)
    further = [_chapter(page, titles[page]) for page in titles if page.startswith("05_trials/")]
    results = _chapter("05_results", "Results") | ({"sections": further} if further else {})
    answer = "06_motifs" if config["own"] else "07_claims"
    answers = [results, *(_chapter(page, titles[page]) for page in ("08_explorer", answer, "06_robustness"))]
    if config["own"]:
        first = {"caption": "What was found", "chapters": [*answers, {"file": "methods"}]}
    else:
        first = {"caption": "The paper's question", "chapters": [{"file": "methods"}, *answers]}
    parts = [
        first,
        {
            "caption": "Data",
            "chapters": [_chapter(page, data_title(page[8:])) for page in titles if page[:8] == "01_data/"],
        },
    ]
    for step, name in STEPS.items():
        chapters = []
        for dataset, architecture, activation in _first_trials(config):
            network = network_title(architecture, activation)
            title = network if len(config["datasets"]) == 1 else f"{network} ({dataset})"
            chapters.append(_chapter(f"{step}/{dataset}/{architecture}_{activation}_0", title))
        parts.append({"caption": name, "chapters": chapters})
    tutorial = [_chapter("tutorial", titles["tutorial"])] if config["tutorial"] else []
    parts.append({"caption": "Do it yourself", "chapters": [*tutorial, *({"file": name} for name in LAST_PAGES)]})
    return {"format": "jb-book", "root": "own" if config["own"] else "intro", "parts": parts}


def front_figures(dataset: str) -> list[str]:
    """Names of the figures on the front page of a run's book: of one data set, the best filters and the shares."""
    return [f"{dataset}_at_a_glance", f"{dataset}_{'matched' if dataset == OWN else 'relevant'}"]


def build(run: Run, config: dict) -> Path:
    """Build the book of a run into its `html/` with Jupyter Book, and `report.zip` of it; return the first page's path.

    Raises
    ------
    InputError
        When a page is missing or was not executed to its end, or the build has a warning.
    """
    source, made, html = run.folder / "book", run.folder / "_build", run.folder / "html"
    for folder in (source, made):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BOOK, source, ignore=shutil.ignore_patterns("chapters", "_toc.yml"))
    shutil.copy(ROOT / "_config.yml", source)
    write_pages(run, config, pages(config), source / "chapters")
    (source / "_toc.yml").write_text(_as_yaml(contents(config)))
    command = ["jupyter-book", "build", str(source), "--path-output", str(run.folder), "-W", "--keep-going"]
    if subprocess.run(command, check=False).returncode:
        raise InputError(f"the book of {shown(run.folder)} was not built; the messages above say why.")
    shutil.rmtree(html, ignore_errors=True)
    (made / "html").rename(html)
    shutil.rmtree(made)
    pack(html, run.folder / "report.zip", run.folder.name)
    return html / "index.html"


def summary(run: Run) -> str:
    """Table 1 as text and where the report is, for the end of a run."""
    table1 = read_csv(run.folder / "table1.csv", TABLE1)
    if OWN in set(table1["dataset"]):
        table = beside_baselines(table1, read_baselines(run))
    else:
        table = beside_paper(table1, read_trials(run))
    return (
        f"Table 1 of {shown(run.folder)}\n\n{table.to_string(index=False)}\n\n"
        f"Tables: {shown(run.folder)}/table1.csv and filters.csv\n"
        f"Report: open {run.folder / 'html' / 'index.html'} in a browser\n"
        f"To pass it on: {shown(run.folder)}/report.zip, which opens from any folder once unzipped"
    )


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
    if config["own"]:
        raise InputError(f"{shown(run.folder)} is a run of your own sequences; its report is {run.folder / 'html'}.")
    _check_up_to_date(run)
    for key in networks(config):
        check_committed(run, key)
    published, fresh = book / "chapters", book / ".chapters.partial"
    shutil.rmtree(fresh, ignore_errors=True)
    write_pages(run, config, pages(config), fresh, to_publish=True)
    for name in ("config.json", *TABLES, *(SENSITIVITY if config["sensitivity"] else ())):
        copy_file(run.folder / name, run, fresh)
    for dataset in config["datasets"]:
        copy_file(run.data(dataset), run, fresh)
    for key in networks(config):
        for path in (run.history(*key), run.meme(*key), run.filters(*key), run.matches(*key)):
            copy_file(path, run, fresh)
        if key in DEFAULT_NETWORKS:
            copy_file(run.model(*key), run, fresh)
    shutil.rmtree(published, ignore_errors=True)
    fresh.rename(published)
    write_contents(config, book)


def write_contents(config: dict, book: Path) -> None:
    """Write the table of contents of a published run, through the link that leads out of the book's folder."""
    (book / "_toc.yml").write_text(_as_yaml(contents(config)))


def _first_trials(config: dict):
    return product(config["datasets"], config["architectures"], config["activations"])


def _chapter(page: str, title: str) -> dict:
    return {"file": f"chapters/{page}", "title": title}


def write_pages(run: Run, config: dict, titles: dict[str, str], folder: Path, to_publish: bool = False) -> None:
    """Write executed notebooks of a run as pages, with the figures that they lead to and those of the front page.

    A page to publish was made by committed code, and its figures in SVG and PDF are there if they are small: a
    repository is no place for large files, and `make paper` makes them.

    Parameters
    ----------
    run : Run
        Holds the notebooks and the figures.
    config : dict
        Of the run.
    titles : dict[str, str]
        Pages to write, as from `pages`.
    folder : Path
        Where to: `chapters/` of a book.
    to_publish : bool
        Whether the pages go into the repository.

    Raises
    ------
    InputError
        When a notebook or figure is missing or, to publish, was made with uncommitted changes.
    NotebookError
        When a notebook was not executed to its end.
    """
    for page, title in titles.items():
        path = run.folder / "notebooks" / f"{page}.ipynb"
        notebook = _read_notebook(path)
        check_executed(notebook, shown(path))
        if to_publish and notebook.metadata["expact"]["uncommitted_changes"]:
            raise InputError(f"{shown(path)} was made with uncommitted changes; expected committed code.")
        home = Run(run.folder / page) if page == "tutorial" else run  # the tutorial is a small run of its own
        names = executed.figures(notebook)
        files = [home.figures / f"{name}.{suffix}" for name in names for suffix in executed.VECTORS]
        files = [file for file in files if not to_publish or _is_small(file)]
        for file in files:
            copy_file(file, home, folder)
        with atomic(folder / f"{page}.ipynb", checksum=False) as partial:
            nbformat.write(executed.as_page(notebook, title, [file.name for file in files]), partial)
    for dataset in config["datasets"]:
        for name in front_figures(dataset):
            copy_file(run.figures / f"{name}.png", run, folder)


def _is_small(path: Path) -> bool:
    if not path.is_file():
        return True  # the copy tells that it is missing
    return path.stat().st_size <= PUBLISHED_BYTES[path.suffix]


def _read_notebook(path: Path):
    verify(path)
    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise InputError(f"cannot read {shown(path)}: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{shown(path)} is not a notebook: {error}.") from None


def copy_file(path: Path, run: Run, folder: Path) -> None:
    """Copy a file of a run, which must be as it was written, to the same place in a folder."""
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing; the run is not complete.")
    verify(path)
    target = folder / path.relative_to(run.folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def _check_up_to_date(run: Run) -> None:
    command = ["snakemake", "--configfile", str(run.config), "--cores", "1", "--dry-run", "--quiet", "rules"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "Nothing to be done" not in done.stdout + done.stderr:
        raise InputError(f"{shown(run.folder)} is not complete or not up to date; finish it with snakemake first.")


def check_committed(run: Run, key: tuple) -> None:
    """A page of committed code may show a network that was trained before, or elsewhere, by other code."""
    if read_history(run, key).get("uncommitted_changes", True):
        raise InputError(f"{shown(run.history(*key))} was trained with uncommitted changes; expected committed code.")


def _as_yaml(content: dict) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _command() -> None:
    parser = argparse.ArgumentParser(prog="python -m expact_utils.report", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run_notebook = commands.add_parser("execute", help="execute a notebook; publish it if every cell ran to its end")
    run_notebook.add_argument("notebook", type=Path)
    run_notebook.add_argument("attempt", type=Path, help="executed notebook, kept whatever happens")
    run_notebook.add_argument("page", type=Path, help="executed notebook, written if it ran to its end")
    run_notebook.add_argument("--parameters", type=json.loads, default={}, help="its parameters as JSON")
    for name, text in {
        "build": "build the book of a run into runs/NAME/html, and runs/NAME/report.zip of it",
        "publish": "make a finished run the published one, book/chapters",
    }.items():
        commands.add_parser(name, help=text).add_argument("run", help="folder of a run, such as runs/quick")
    arguments = parser.parse_args()
    if arguments.command == "execute":
        execute(arguments.notebook, arguments.attempt, arguments.page, arguments.parameters)
        return
    run = Run(arguments.run)
    config = check(read_json(run.config), shown(run.config))
    if arguments.command == "build":
        build(run, config)
    else:
        publish(run, config)


if __name__ == "__main__":
    run_command(_command)
