"""Contents of a run's book: which page is the first, and the others in their order."""

from expact_utils.report.pages import ANSWERS, explains, in_words, of_own, of_paper, of_run, paths

LAST_PAGES = ("rerun", "clusters", "faults", "parameters", "benchmarks", "field", "plan", "glossary", "references")
PARTS = ("Data", "Networks")


def contents(config: dict) -> dict:
    """Table of contents (Jupyter Book's `_toc.yml`): results first, then the data and each network's pages."""
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
    """Entries of a part of the contents.

    Pages of trials lie below the entry before them, those of a network below its first one, which has its name.
    """
    chapters: list[dict] = []
    of_network: dict[tuple, dict] = {}
    for page in of_run(config):
        for path, fields in paths(page, config) if page.part == part else ():
            title = (page.entry or page.title).format(**in_words(fields))
            chapter = {"file": f"chapters/{path}", "title": title}
            above = of_network.get(tuple(fields.values())) if page.each == "network" else None
            if page.each == "trial":
                above = chapters[-1]
            if above:
                above.setdefault("sections", []).append(chapter)
                continue
            if page.each == "network":
                chapter["title"] = _network(config).format(**in_words(fields))
                of_network[tuple(fields.values())] = chapter
            chapters.append(chapter)
    return chapters


def _network(config: dict) -> str:
    """Name of a network in the contents, with the data set where there are several."""
    return "{network}" if len(config["datasets"]) == 1 else "{network} ({dataset})"
