"""What must hold of the files of a built book, whatever the run; tests/integration/test_browser.py opens them too."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat

MEGABYTES = 3


class Page(HTMLParser):
    """Images, links, anchors, and everything that a browser loads by itself, of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.images, self.links, self.anchors, self.loaded = path, [], [], set(), set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.add(attributes.get("id"))
        if tag == "img":
            self.images.append(attributes)
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag in ("script", "img", "iframe", "source") and attributes.get("src"):
            self.loaded.add(attributes["src"])
        if tag == "link" and attributes.get("rel") not in ("canonical", "next", "prev", "search", "index"):
            self.loaded.add(attributes["href"])

    def file(self, address: str) -> Path:
        """Return the file that a relative address of this page means."""
        path = unquote(urlsplit(address).path)
        return (self.path.parent / path).resolve() if path else self.path


class Tables(HTMLParser):
    """Rows of the tables in some HTML, as lists of texts."""

    def __init__(self, text: str):
        super().__init__()
        self.rows, self.cell = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell.strip())
            self.cell = None


def rows_on(page: Path) -> list[list[str]]:
    """Rows of all tables on an executed page."""
    outputs = [output for cell in nbformat.read(page, 4).cells for output in cell.get("outputs", [])]
    return Tables("".join(output.get("data", {}).get("text/html", "") for output in outputs)).rows


def html_pages(folder: Path) -> list[Path]:
    """All pages that a reader can open."""
    return [path for path in sorted(folder.resolve().rglob("*.html")) if "_static" not in path.parts]


def check_pages(html: Path, expected: list[str]):
    for name in [
        "index",
        "intro",
        "methods",
        "rerun",
        "clusters",
        "edition",
        "faults",
        "field",
        "plan",
        "references",
        *(f"chapters/{page}" for page in expected),
    ]:
        assert (html / f"{name}.html").is_file(), name
    pages = {path: Page(path) for path in html_pages(html)}
    for path, page in pages.items():
        check_loaded(page)
        check_images(page)
        for link in page.links:
            check_link(page, link, pages)
        assert "Traceback (most recent call last)" not in path.read_text(), path


ORIGIN = {"commit", "config", "started", "took", "machine", "device", "versions"}  # rows of every page's last table
TRAINED = {"trained on", "trained by commit", "seed of the trainings", "trained from", "training took"}


def check_origins(folder: Path, pages: list[str]):
    """Each page names what made it; those that show networks, what trained them; the others, their seed."""
    for page in pages:
        origin = {row[0]: row[1] for row in rows_on(folder / f"{page}.ipynb") if len(row) == 2}
        own = {"seed"} if page.startswith(("01_", "02_")) else set() if page == "tutorial_network" else TRAINED
        assert origin.keys() >= ORIGIN | own, page
        assert all(origin[name] for name in ORIGIN | own), page
        assert "epochs: " in origin["config"] or page.startswith("tutorial"), page  # small runs of their own


def check_loaded(page: Page):
    """A page loads files of the book only, and not too much of them."""
    for source in page.loaded:
        assert not re.match(r"(https?:)?//", source), f"{page.path} loads {source}"
        assert source.startswith("data:") or page.file(source).is_file(), f"{page.path}: {source}"
    files = {page.path, *(page.file(source) for source in page.loaded if not source.startswith("data:"))}
    assert sum(file.stat().st_size for file in files) < MEGABYTES * 1e6, page.path


def check_images(page: Page):
    """Every image says what it shows, and no two say the same."""
    texts = {image["src"]: image.get("alt", "") for image in page.images}
    for source, text in texts.items():
        assert len(text) >= 20, f"{page.path}: image without alt text: {source}"
        assert len(text.split()) > 5, f"{page.path}: {text}"
        assert ".png" not in text
    assert len(set(texts.values())) == len(texts), f"{page.path}: two images with one alt text"


def check_link(page: Page, link: str, pages: dict[Path, Page]):
    """A link inside the book leads to a file, and to an anchor that is there."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto"):
        return
    target = page.file(link)
    assert target.is_file(), f"{page.path}: broken link {link}"
    if parts.fragment and target in pages:
        assert unquote(parts.fragment) in pages[target].anchors, f"{page.path}: no anchor for {link}"
