"""Contents of a run's book: which page is the first, and the others in their order."""

from expact_utils.report.pages import ANSWERS, Page, explains, in_words, of_own, of_paper, of_run, paths

LAST_PAGES = ("rerun", "clusters", "faults", "parameters", "benchmarks", "field", "plan", "glossary", "references")
PARTS = ("Data", "Networks", "Training", "Filters", "Tomtom", "Attribution")


def contents(config: dict) -> dict:
    """Table of contents (Jupyter Book's `_toc.yml`): results first, then a page a step and network."""
    answers = _chapters(ANSWERS, config)
    if not of_paper(config):
        first = {"caption": "What was found", "chapters": [*answers, {"file": "methods"}]}
    else:
        first = {"caption": "The paper's question", "chapters": [{"file": "methods"}, *answers]}
    steps = [{"caption": part, "chapters": chapters} for part in PARTS if (chapters := _chapters(part, config))]
    last = [*_chapters("Do it yourself", config), *({"file": name} for name in LAST_PAGES)]
    parts = [first, *steps, {"caption": "Do it yourself", "chapters": last}]
    return {"format": "jb-book", "root": front_page(config), "parts": parts}


def front_page(config: dict) -> str:
    """First page of a run's book, a file of `book/` without suffix."""
    if explains(config):
        return "foreign"
    return "own" if of_own(config) else "intro"


def _chapters(part: str, config: dict) -> list[dict]:
    """Entries of a part of the contents; those of trials lie below the entry before them."""
    chapters: list[dict] = []
    for page in of_run(config):
        for path, fields in paths(page, config) if page.part == part else ():
            title = _entry(page, config).format(**in_words(fields))
            chapter = {"file": f"chapters/{path}", "title": title}
            if page.each == "trial":
                chapters[-1].setdefault("sections", []).append(chapter)
            else:
                chapters.append(chapter)
    return chapters


def _entry(page: Page, config: dict) -> str:
    if page.each == "network":
        return "{network}" if len(config["datasets"]) == 1 else "{network} ({dataset})"
    return page.entry or page.title
