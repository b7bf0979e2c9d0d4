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
BRIEF, IN_BRIEF = "beyond", ("06_activations", "06_attribution")  # a page that gives the answers of those together
TOGETHER = {BEYOND: (BEYOND,), "Data and networks": ("Data", "Networks")}  # of several data sets


def contents(config: dict, beside: Sequence[dict] = ()) -> dict:
    """Table of contents (Jupyter Book's `_toc.yml`): results first, then the data and each network's pages.

    `beside`: configs of the runs that are published beside this one.
    """
    answers = _chapters((ANSWERS,), [config])
    if not of_paper(config):
        first = {"caption": "What was found", "chapters": [*answers, {"file": "methods"}]}
    else:
        first = {"caption": "The paper's question", "chapters": [{"file": "methods"}, *answers]}
    configs = [config, *beside]
    several = len({dataset for of in configs for dataset in of["datasets"]}) > 1
    captions = TOGETHER if several else {part: (part,) for part in PARTS}
    steps = [
        {"caption": title, "chapters": [*_brief(of), *of]}
        for title, of_title in captions.items()
        if (of := _chapters(of_title, configs))
    ]
    last = [*_chapters(("Do it yourself",), [config]), *({"file": name} for name in LAST_PAGES)]
    parts = [first, *steps, {"caption": "Do it yourself", "chapters": last}]
    return {"format": "jb-book", "root": front_page(config), "parts": parts}


def pages_beside(config: dict, first: dict) -> dict[str, str]:
    """Pages that a run published beside a first one adds to its book, with their titles: what only the second has.

    Of results, those beyond the paper.
    """
    every = {path: of for part in PARTS for path, of in _pages_of((part,), [config]).items()}
    return {path: _title(*of) for path, of in every.items() if path not in pages(first)}


def front_page(config: dict) -> str:
    """First page of a run's book, a file of `book/` without suffix."""
    if explains(config):
        return "foreign"
    return "own" if of_own(config) else "intro"


def _brief(chapters: Sequence[dict]) -> list[dict]:
    """The page of answers in brief, where the pages that it leads to are among these."""
    there = {chapter["file"] for chapter in chapters}
    return [{"file": BRIEF}] if there.issuperset(f"chapters/{name}" for name in IN_BRIEF) else []


def _chapters(parts: Sequence[str], configs: Sequence[dict]) -> list[dict]:
    """Entries of the contents, of one part or of several together.

    Pages of trials lie below the entry before them, those of a network below its first one, which has its name, and
    this below the data set's, where that is of these parts, too.
    """
    chapters: list[dict] = []
    entries: dict[tuple, dict] = {}  # of data sets and networks
    for path, (page, fields) in _pages_of(parts, configs).items():
        chapter = {"file": f"chapters/{path}", "title": _title(page, fields, page.entry)}
        subject = tuple(fields.values())
        above = chapters[-1] if page.each == "trial" else entries.get(subject)
        if page.each == "network" and not above:
            chapter["title"], above = in_words(fields)["network"], entries.get(subject[:1])
        if page.each in ("network", "dataset"):
            entries.setdefault(subject, chapter)
        if above:
            above.setdefault("sections", []).append(chapter)
        else:
            chapters.append(chapter)
    return chapters


def _pages_of(parts: Sequence[str], configs: Sequence[dict]) -> dict[str, tuple[Page, dict]]:
    """Pages of parts, by path, in the order of `PAGES`; one that several runs have is the first's."""
    found: dict[str, tuple[Page, dict]] = {}
    for config in configs:
        for page in of_run(config):
            for path, fields in paths(page, config) if page.part in parts else ():
                found.setdefault(path, (page, fields))
    return dict(sorted(found.items(), key=lambda item: PAGES.index(item[1][0])))


def _title(page: Page, fields: dict, entry: str = "") -> str:
    return (entry or page.title).format(**in_words(fields))
