"""Contents of a run's book: which page is the first, and the others in their order."""

from collections.abc import Sequence

from expact_utils.report.asking import explains, of_own, of_paper
from expact_utils.report.pages import ANSWERS, BEYOND, PAGES, Page, in_words, of_run, pages, paths

LAST_PAGES = (
    "rerun",
    "edition",
    "clusters",
    "faults",
    "parameters",
    "benchmarks",
    "field",
    "plan",
    "glossary",
    "references",
)
PARTS = (BEYOND, "Data", "Networks")


def contents(config: dict, beside: Sequence[dict] = ()) -> dict:
    """Table of contents (Jupyter Book's `_toc.yml`): results first, then the data and each network's pages.

    `beside`: configs of the runs that are published beside this one.
    """
    answers = _chapters(ANSWERS, [config])
    if not of_paper(config):
        first = {"caption": "What was found", "chapters": [*answers, {"file": "methods"}]}
    else:
        first = {"caption": "The paper's question", "chapters": [{"file": "methods"}, *answers]}
    configs = [config, *beside]
    steps = [{"caption": part, "chapters": chapters} for part in PARTS if (chapters := _chapters(part, configs))]
    last = [*_chapters("Do it yourself", [config]), *({"file": name} for name in LAST_PAGES)]
    parts = [first, *steps, {"caption": "Do it yourself", "chapters": last}]
    return {"format": "jb-book", "root": front_page(config), "parts": parts}


def pages_beside(config: dict, first: dict) -> dict[str, str]:
    """Pages that a run published beside a first one adds to its book, with their titles: what only the second has.

    Of results, those beyond the paper.
    """
    every = {path: of for part in PARTS for path, of in _pages_of(part, [config]).items()}
    return {path: _title(*of) for path, of in every.items() if path not in pages(first)}


def front_page(config: dict) -> str:
    """First page of a run's book, a file of `book/` without suffix."""
    if explains(config):
        return "foreign"
    return "own" if of_own(config) else "intro"


def _chapters(part: str, configs: Sequence[dict]) -> list[dict]:
    """Entries of a part of the contents.

    Pages of trials lie below the entry before them, those of a network below its first one, which has its name.
    """
    chapters: list[dict] = []
    of_network: dict[tuple, dict] = {}
    several = len({dataset for config in configs for dataset in config["datasets"]}) > 1
    for path, (page, fields) in _pages_of(part, configs).items():
        chapter = {"file": f"chapters/{path}", "title": _title(page, fields, page.entry)}
        above = of_network.get(tuple(fields.values())) if page.each == "network" else None
        if page.each == "trial":
            above = chapters[-1]
        if above:
            above.setdefault("sections", []).append(chapter)
            continue
        if page.each == "network":
            chapter["title"] = ("{network} ({dataset})" if several else "{network}").format(**in_words(fields))
            of_network[tuple(fields.values())] = chapter
        chapters.append(chapter)
    return chapters


def _pages_of(part: str, configs: Sequence[dict]) -> dict[str, tuple[Page, dict]]:
    """Pages of a part, by path, in the order of `PAGES`; one that several runs have is the first's."""
    found: dict[str, tuple[Page, dict]] = {}
    for config in configs:
        for page in of_run(config):
            for path, fields in paths(page, config) if page.part == part else ():
                found.setdefault(path, (page, fields))
    return dict(sorted(found.items(), key=lambda item: PAGES.index(item[1][0])))


def _title(page: Page, fields: dict, entry: str = "") -> str:
    return (entry or page.title).format(**in_words(fields))
