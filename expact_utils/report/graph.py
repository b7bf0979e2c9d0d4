"""What the graph asks of a page: its inputs, outputs and parameters, and what decides it besides them."""

import ast
import json
from functools import cache

from expact_utils.report.contents import contents
from expact_utils.report.pages import FILES, PAGES, Page, datasets, made, made_by, networks, subjects
from expact_utils.run import names, staleness
from expact_utils.run.house import HOUSE
from expact_utils.run.names import ACTIVATIONS, ARCHITECTURES, SOURCES, variation

BUILDS = ("report.build", "report.sphinx", "report.launch")  # modules that make the book of the pages
BEFORE = ("dna", "data", "networks", "motifs", "attribution", "results")


def inputs(page: Page, config: dict) -> list[str]:
    """Files of the run's folder that a page reads; with fields where they are of what it is a page of."""
    there = {"config.json", *made(config)}
    found = []
    for name in page.reads:
        if name not in FILES:
            found += [name] if name in there else []
        elif page.each == "network":
            found += FILES[name]
        else:
            found += every(name, config)
    return found


def outputs(page: Page, config: dict) -> list[str]:
    """Files of the run's folder that a page makes; with fields where they are of what it is a page of."""
    own = [path for name in page.makes if name in FILES for path in FILES[name]]
    return [*(filled(path, page, config) for path in own), *made_by(page, config)]


def filled(path: str, page: Page, config: dict) -> str:
    """Return a page's path, without fields where there is one such page alone (see `alone`)."""
    return path.format(**alone(page, config)) if alone(page, config) else path


def alone(page: Page, config: dict) -> dict:
    """What a page is of that makes files of the whole run as well, which one page alone can make; else nothing."""
    if page.each == "run" or not made_by(page, config):
        return {}
    (fields,) = subjects(page, config)
    return fields


def every(name: str, config: dict) -> list[str]:
    """All files of a kind, of `FILES`, that a run has."""
    pages = (page for page in PAGES if name in page.makes)
    whose = {tuple(fields.items()): fields for page in pages for fields in subjects(page, config) if page.when(config)}
    return [path.format(**fields) for fields in whose.values() for path in FILES[name]]


def parameters(page: Page, config: dict, run: str, fields: dict) -> dict:
    """Parameters of a notebook: the run's folder, what the page is of, and the settings that it takes.

    A page of a whole run that takes a data set gets the first one.
    """
    if page.parameters is not None:
        fixed = page.parameters.items()
        return {name: value.format(run=run) if isinstance(value, str) else value for name, value in fixed}
    takes = parameter_names(page.notebook)
    settings = config | {"datasets": page.of(config)}
    if page.each == "dataset":
        settings = {name: config[name] for name in (*SOURCES[fields["dataset"]].settings, *page.takes)}
    known = {"dataset": config["datasets"][0]} | settings | {"inputs": run, "run": run} | fields
    return {name: known[name] for name in takes if name in known}


@cache
def parameter_names(notebook: str) -> list[str]:
    """Names of a notebook's parameters, in order."""
    cells = json.loads((HOUSE / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    tagged = ("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
    nodes = (node for source in tagged for node in ast.parse(source).body)
    targets = [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def decided_by(page: Page, config: dict, fields: dict) -> str:
    """Hash of what decides a page besides its inputs and parameters: its notebook, modules, and rows of the registry.

    What other pages read is not made again because of what `report/` only shows; a page that nothing reads is.
    """
    but = [staleness.SHOWS] if any(name in FILES for name in page.makes) else []
    sources = [fields["dataset"]] if "dataset" in fields else datasets(config)
    loaders = [SOURCES[name].loader.partition(":")[0] for name in sources if page.each == "dataset"]
    layers = [name for label in _those(fields, config, "activation") for name in variation(label).layers]
    rows = [
        *(repr(SOURCES[name]) for name in sources),
        *(repr(ARCHITECTURES[name]) for name in _those(fields, config, "architecture")),
        *(repr(ACTIVATIONS[name]) for name in layers),
        *map(staleness.of_architecture, _those(fields, config, "architecture")),
        *map(staleness.of_activation, layers),
        repr(names.MEASURES),
    ]
    return staleness.of_notebook(page.notebook, but, loaders) + " " + staleness.hash_of(rows)


def book_decided_by(config: dict) -> str:
    """Hash of what decides the book besides its pages: the code that builds it, and the titles of its contents."""
    return staleness.hash_of([*staleness.of_modules(BUILDS, BEFORE), json.dumps(contents(config))])


def _those(fields: dict, config: dict, what: str) -> list[str]:
    if what in fields:
        return [fields[what]]
    if fields.keys() == {"dataset"}:
        return []
    return list(dict.fromkeys(getattr(network, what) for network in networks(config)))
