"""The book of a run, built by Jupyter Book."""

import re
import shutil
import subprocess
from collections.abc import Container
from pathlib import Path

import nbformat
import pandas as pd
import yaml

from expact_utils.report import executed
from expact_utils.report.contents import contents, front_page
from expact_utils.report.execution import check_executed, read_notebook
from expact_utils.report.found import headline
from expact_utils.report.pages import TUTORIALS, front_figures, pages
from expact_utils.report.website import pack
from expact_utils.results.paper import beside_baselines, beside_paper
from expact_utils.results.tables import read_baselines, read_ensembles, read_trials
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, read_json, verify
from expact_utils.run.house import HOUSE, book_files
from expact_utils.run.names import OWN, data_title
from expact_utils.run.paths import DESIGN, Run, shown
from expact_utils.run.tables import read_csv

BOOK = HOUSE / "book"
FIGURE = re.compile(r"^```{figure} chapters/(\S+)\n.*?^```\n\n?", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"chapters/([^`()\s]+)\.ipynb")
FURTHER_TRIALS = "05_trials/"  # whose pages have the figures of the first one again
PUBLISHED_BYTES = {".svg": 800_000, ".pdf": 60_000}  # of a figure's file, at most, in a published run


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
    for path in book_files():
        target = source / (path.relative_to(BOOK) if path.is_relative_to(BOOK) else path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)  # without its mode, which may be read-only
    _show_first_data(source / "intro.md", config)
    for name in (front_page(config), "beyond", "edition"):  # which lead to pages that not every run has
        path = source / f"{name}.md"
        text = of_pages(path.read_text(encoding="utf-8"), pages(config), front_figures(config, pages(config)))
        path.write_text(text, encoding="utf-8")
    write_pages(run, config, pages(config), source / "chapters")
    (source / "_toc.yml").write_text(as_yaml(contents(config)), encoding="utf-8")
    command = ["jupyter-book", "build", str(source), "--path-output", str(run.folder), "-W", "--keep-going"]
    if subprocess.run(command, check=False).returncode:
        raise InputError(f"the book of {shown(run.folder)} was not built; the messages above say why.")
    shutil.rmtree(html, ignore_errors=True)
    (made / "html").rename(html)
    shutil.rmtree(made)
    pack(html, run.folder / "report.zip", run.folder.name)
    return html / "index.html"


def _show_first_data(front: Path, config: dict) -> None:
    """Let the front page, as it is written for synthetic data, show the figures of the run's first data set."""
    first = config["datasets"][0]
    text, title = front.read_text(encoding="utf-8").replace("synthetic_", f"{first}_"), data_title(first)
    front.write_text(text.replace("**Synthetic data.**", f"**{title[0].upper()}{title[1:]}.**"), encoding="utf-8")


def of_pages(text: str, there: Container[str], shown: Container[str]) -> str:
    """A page in Markdown without items of lists and figures that are of pages which are not there.

    A section of which that leaves no item and no figure is left out. `there` has the pages of a book as paths below
    `chapters/`, without suffix, `shown` the figures, with theirs.
    """
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(_of_pages(section, there, shown) for section in sections)


def _of_pages(section: str, there: Container[str], shown: Container[str]) -> str:
    kept = FIGURE.sub(lambda found: found[0] if found[1] in shown else "", section)
    blocks = re.split(r"\n(?=- |\n)", kept)
    lacks = [block.startswith("- ") and any(page not in there for page in PAGE.findall(block)) for block in blocks]
    kept = "\n".join(block for block, lacking in zip(blocks, lacks, strict=True) if not lacking)
    return kept if kept == section or "\n- " in kept or FIGURE.search(kept) else ""


def summary(run: Run) -> str:
    """Table 1 as text and where the report is, for the end of a run; of one without results, what they are for."""
    if read_json(run.config).get("first_trial"):
        take_over = f"`python -m expact_utils.report.renewal config/published.yaml --add {shown(run.folder)}`"
        return f"Further trials are in {shown(run.folder)}; with `trials` raised there, {take_over} takes them over."
    if (run.folder / "networks.csv").is_file():
        table = read_csv(run.folder / "networks.csv", ["network"])
        return _about(run, "Filters", table, "networks.csv and motifs.csv")
    table1 = read_csv(run.folder / "table1.csv", [*DESIGN, "trials", "epochs"])
    if OWN in set(table1["dataset"]):
        table = beside_baselines(table1, read_baselines(run), read_ensembles(run))
    else:
        table = beside_paper(table1, read_trials(run))
    return _about(run, "Table 1", table, "table1.csv and filters.csv")


def _about(run: Run, title: str, table: pd.DataFrame, files: str) -> str:
    motifs, answer = run.folder / "motifs.csv", ""
    if motifs.is_file():
        answer = f"{headline(read_csv(motifs), read_json(run.config)['evalue'])}\n\n"
    return (
        f"{title} of {shown(run.folder)}\n\n{table.to_string(index=False)}\n\n{answer}"
        f"Tables: {run.folder}/{files}\n"
        f"Report: open {run.folder / 'html' / 'index.html'} in a browser\n"
        f"To pass it on: {run.folder}/report.zip, which opens from any folder once unzipped"
    )


def write_pages(run: Run, config: dict, titles: dict[str, str], folder: Path, to_publish: bool = False) -> None:
    """Write executed notebooks of a run as pages, with the figures that they lead to and those of the front page.

    A page to publish was made by committed code, and its figures in SVG and PDF are there if they are small and of no
    further trial: a repository is no place for large files, and `make paper` makes them.

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
        notebook = read_notebook(path)
        check_executed(notebook, shown(path))
        if to_publish and notebook.metadata["expact"]["uncommitted_changes"]:
            raise InputError(f"{shown(path)} was made with uncommitted changes; expected committed code.")
        home = Run(run.folder / page) if page in TUTORIALS else run
        names = executed.figures(notebook)
        files = [home.figures / f"{name}.{suffix}" for name in names for suffix in executed.VECTORS]
        if to_publish:
            files = [file for file in files if _is_small(file) and not page.startswith(FURTHER_TRIALS)]
        for file in files:
            copy_file(file, home, folder)
        with atomic(folder / f"{page}.ipynb", checksum=False) as partial:
            nbformat.write(executed.as_page(notebook, title, [file.name for file in files]), partial)
    for name in front_figures(config, titles):
        copy_file(run.folder / name, run, folder)


def _is_small(path: Path) -> bool:
    if not path.is_file():
        return True  # the copy tells that it is missing
    return path.stat().st_size <= PUBLISHED_BYTES[path.suffix]


def copy_file(path: Path, run: Run, folder: Path) -> None:
    """Copy a file of a run, which must be as it was written, to the same place in a folder."""
    if not path.is_file():
        raise InputError(f"{shown(path)} is missing; the run is not complete.")
    verify(path)
    target = folder / path.relative_to(run.folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def as_yaml(content: dict) -> str:
    """Content as YAML, its keys in their order."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
