"""What a run's jobs are decided by, as JSON: run in a copy of the project, it says what that copy's code says.

    python tests/jobs.py < CONFIG

Each job has its rule, what it is of, the files that it reads and makes, and a text that says all that decides it
besides the content of these files.
"""

import json
import sys

from expact_utils.networks import code
from expact_utils.report import graph, pages
from expact_utils.run.config import check


def of_page(page: pages.Page, config: dict) -> list[dict]:
    """Jobs of a declaration."""
    found = []
    for fields in pages.subjects(page, config):
        decided = [graph.parameters(page, config, "runs/test", fields), graph.decided_by(page, config, fields)]
        if page.rule == "training":  # what a history is compared with, too
            decided.append(code.of_training(fields["architecture"], fields["activation"]))
        executed = f"notebooks/{page.pattern.format(**fields)}.ipynb"
        reads = [path.format(**fields) for path in graph.inputs(page, config)]
        makes = [executed, *(path.format(**fields) for path in graph.outputs(page, config))]
        found.append(job(page.rule, reads, makes, decided, fields))
    return found


def job(rule: str, reads: list[str], makes: list[str], decided, fields: dict | None = None) -> dict:
    """One job; which files it reads decides it as well."""
    decided_by = json.dumps([decided, sorted(reads)])
    return {"rule": rule, "of": fields, "reads": reads, "makes": makes, "decided_by": decided_by}


def jobs(config: dict) -> list[dict]:
    """All jobs of a run: those of pages, its settings, its book."""
    shown = [f"notebooks/{page}.ipynb" for page in pages.pages(config)]
    reads = [*shown, "config.json", *pages.TABLES, *pages.front_figures(config, pages.pages(config))]
    return [
        *(job for page in pages.of_run(config) for job in of_page(page, config)),
        job("settings", [], ["config.json"], config),
        job("book", reads, ["html/index.html", "report.zip"], graph.book_decided_by(config)),
    ]


if __name__ == "__main__":
    json.dump(jobs(check(json.load(sys.stdin), "the config")), sys.stdout)
