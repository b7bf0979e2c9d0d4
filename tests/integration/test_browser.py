"""The published book in headless Chromium: every page, light and dark, on a desk and on a phone; its tables."""

from statistics import median

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from built import check_pages, html_pages
from playwright.sync_api import expect
from support import ROOT

from expact_utils.report import page
from expact_utils.results import paper, tables
from expact_utils.run.paths import Run

pytestmark = pytest.mark.end_to_end

PUBLISHED = Run(ROOT / "book" / "chapters")
DESK, PHONE = 1440, 390
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,  # style sheets can't be fetched from files
}
COLOURS = AXE | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Of a table or a list of pages the first entries, which the others are like: rules are slow, tables long.
FIRST = {"exclude": [["tbody tr:nth-child(n+6)"], ["nav li:nth-child(n+6)"]]}
SCRIPT = (ROOT / "book" / "_static" / "tables.js").read_text()


def test_the_published_book_builds_and_executes_nothing(html):
    published = [str(path.relative_to(PUBLISHED.folder).with_suffix("")) for path in PUBLISHED.folder.rglob("*.ipynb")]
    assert len(published) > 10
    check_pages(html, published)
    assert "<math" in (html / "chapters" / "01_data" / "synthetic.html").read_text()
    assert sum(path.stat().st_size for path in html.rglob("*")) < 60e6  # as what is tracked


def opened(chromium, theme, width):
    """Return an empty page, and the list of what goes wrong on it: errors, and requests to the outside."""
    context = chromium.new_context(
        color_scheme=theme, viewport={"width": width, "height": 1000}, reduced_motion="reduce"
    )
    tab, wrong = context.new_page(), []
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    tab.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
    return tab, wrong


def violations(tab, rules: dict = AXE) -> list[str]:
    found = Axe().run(tab, context=FIRST, options=rules).response["violations"]
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def first_view(tab) -> float:
    """Milliseconds until something of the page was drawn."""
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    return tab.wait_for_function(paint).json_value()


@pytest.mark.parametrize(("theme", "width", "rules"), [("light", DESK, COLOURS), ("dark", PHONE, AXE)])
def test_every_page_opens_without_fault(html, chromium, theme, width, rules):
    """On a phone a page of each notebook, data set and architecture is opened, on a desk one of each notebook.

    Pages of a notebook share all but numbers, and those of one network with two activations its title's length, too.

    Axe's rules are asked of these. A theme changes colours alone and a width the places alone, and what fits a phone
    fits a desk, so that two of the four pairs show all.
    """
    tab, wrong = opened(chromium, theme, width)
    faults, seconds, weighed, seen = {}, [], set(), set()
    for path in html_pages(html):
        name = path.relative_to(html.resolve())
        colours = name.parts[:2]
        alike = (*name.parts[:-1], name.stem.partition("_relu_")[0].partition("_exponential_")[0])
        if name.name == "index.html" or (colours in weighed if width == DESK else alike in seen):
            continue  # the index sends the reader on
        seen.add(alike)
        tab.goto(path.as_uri())
        assert tab.evaluate("document.documentElement.dataset.theme") == theme
        seconds.append(first_view(tab) / 1000)
        too_wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        found = [*wrong, *([f"{too_wide} px too wide"] * (too_wide > 0))]
        if colours not in weighed:
            found += violations(tab, rules)
        if found:
            faults[str(name)] = found
        weighed.add(colours)
        wrong.clear()
    tab.context.close()
    assert faults == {}
    assert median(seconds) < 1  # of all pages, for the machine may be busy


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_unfolded_code_is_accessible_too(html, chromium, theme):
    tab, _ = opened(chromium, theme, DESK)
    tab.goto((html / "chapters" / "05_results.html").as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(folded => (folded.open = true))")
    tab.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    assert violations(tab) == []
    tab.context.close()


@pytest.mark.parametrize(("width", "height"), [(DESK, 900), (PHONE, 844)])
def test_the_answer_and_its_logos_are_on_the_first_screen(html, tab, width, height):
    tab.set_viewport_size({"width": width, "height": height})
    tab.goto((html / "intro.html").as_uri())
    assert "95% with exponential" in tab.locator("strong").first.inner_text()
    shown = [box for box in (image.bounding_box() for image in tab.locator(".bd-article img").all()) if box]
    assert shown[0]["y"] + shown[0]["height"] < height
    exponential = shown[1] if width == PHONE else shown[0]
    assert exponential["y"] + 90 < height  # its title and a row of logos at least
    captions = tab.locator(".bd-article figcaption")
    assert "matches if Tomtom" in captions.first.inner_text()
    for caption in captions.all():
        assert caption.get_by_role("link", name="How this was made").count() == 1
        assert caption.get_by_role("link", name="SVG").count() == 1


@pytest.fixture
def explorer(html, chromium):
    """The book's explorer, below the theme and its keys."""
    tab, wrong = opened(chromium, "light", DESK)
    tab.set_viewport_size({"width": DESK, "height": 900})
    tab.goto((html / "chapters" / "08_explorer.html").as_uri())
    yield tab
    assert wrong == []
    tab.context.close()


def test_a_logo_of_the_explorer_is_on_its_first_screen(explorer):
    sides = explorer.locator(".explorer-sides section").all()
    assert len(sides) == 2
    for side in sides:
        box = side.locator(".explorer-logo").first.bounding_box()
        assert box["y"] + box["height"] < 900


def test_a_filter_in_the_book_is_accessible_and_closes(explorer):
    first, dialog = explorer.locator(".explorer-title").first, explorer.get_by_role("dialog", name="One filter")
    first.click()
    expect(dialog).to_be_visible()
    assert violations(explorer) == []
    explorer.keyboard.press("ArrowRight")
    expect(dialog).to_be_visible()
    explorer.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "#" not in explorer.url
    first.click()
    expect(dialog).to_be_visible()
    explorer.go_back()
    expect(dialog).to_have_count(0)
    first.click()
    explorer.evaluate("location.hash = 'how-this-page-was-made'")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("query", ["CNN-deep", "cnn-50"])
def test_search_lists_titles_with_the_query_first(html, tab, query):
    tab.goto(f"{(html / 'search.html').as_uri()}?q={query}")
    tab.get_by_text("Search finished").wait_for()
    titles = tab.locator("#search-results li > a").all_inner_texts()
    assert len(titles) > 12
    assert all(query.lower() in title.lower() for title in titles[:12])  # training, filters and matches, four each
    field, magnifier = tab.locator("main form.bd-search input"), tab.locator("main form.bd-search > :is(svg, i)")
    padding = field.evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)")
    icon = magnifier.first.bounding_box()
    assert field.bounding_box()["x"] + padding >= icon["x"] + icon["width"]


@pytest.fixture
def table1(html, tab):
    tab.goto((html / "chapters" / "05_results.html").as_uri())
    return tab.locator("table.dataframe").first


@pytest.fixture(scope="module")
def expected():
    table = paper.beside_paper(pd.read_csv(PUBLISHED.folder / "table1.csv"), tables.read_trials(PUBLISHED))
    return table.astype(str)


def column(table, number) -> list[str]:
    return [row[number] for row in rows(table)]


def means(table, number) -> list[float]:
    return [float(text.split()[0]) for text in column(table, number)]


def rows(table) -> list[list[str]]:
    return table.evaluate("table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText))")


def test_table_1_is_sorted_by_a_click_or_a_key_and_back(table1, expected):
    header = table1.locator("th", has_text="auPR")
    before, place = rows(table1), list(expected.columns).index("auPR")
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert means(table1, place) == sorted(means(table1, place))
    assert sorted(column(table1, place)) == sorted(expected["auPR"])
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert means(table1, place) == sorted(means(table1, place), reverse=True)
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "none"
    assert rows(table1) == before


def test_table_1_is_downloaded_and_copied(table1, tab, expected):
    with tab.expect_download() as download:
        tab.get_by_role("button", name="CSV: Table 1").click()
    assert download.value.suggested_filename == "05_results_table1.csv"
    text = {"dtype": str, "keep_default_na": False}
    pd.testing.assert_frame_equal(pd.read_csv(download.value.path(), **text), expected)
    tab.get_by_role("button", name="Copy: Table 1").click()
    tab.get_by_text("Copied").wait_for()
    pasted = tab.evaluate("navigator.clipboard.readText()").splitlines()
    assert [line.split("\t") for line in pasted] == [list(expected.columns), *expected.to_numpy().tolist()]


def test_table_1_with_the_papers_column_is_seen_without_scrolling(table1, tab):
    tab.set_viewport_size({"width": DESK, "height": 900})
    box = tab.locator(".table-scroll").first
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_buttons_are_not_printed(table1, tab):
    tools = tab.locator(".table-tools").first
    assert tools.is_visible()
    tab.emulate_media(media="print")
    assert not tools.is_visible()


def show(tab, frame, **options):
    """Put a frame on a page with the script of the tables."""
    table = page.as_table(frame, **options).to_html()
    tab.set_content(f"<section><h2>Scores</h2>{table}</section><script>{SCRIPT}</script>")
    return tab.locator("table.dataframe")


@pytest.mark.parametrize(
    "ascending",
    [
        ["−0.1", ".004 ± .9", ".853 ± .004", "1.5 ± .1", "10", "1,024", "—"],
        ["1e-300", "1.2e-05", "3.0e-5", "0.1", "2", "10", "–"],
        ["2 %", "9 %", "10 %", "100 %", ""],
        ["CNN-2", "CNN-50", "CNN-deep"],
        ["2026-01-02", "2026-01-10", "2026-02-01"],
        ["3", "20", "did not train", "nan"],
    ],
)
def test_order_of_values(tab, ascending):
    table = show(tab, pd.DataFrame({"value": ascending[::-1]}))
    missing = [text for text in ascending if text in ("", "–", "—", "nan")]
    present = [text for text in ascending if text not in missing]
    table.get_by_role("button").click()
    assert column(table, 0) == ascending
    table.get_by_role("button").click()
    assert column(table, 0) == present[::-1] + missing


def test_headers_of_two_rows(tab):
    columns = pd.MultiIndex.from_tuples([("ReLU", "auPR"), ("ReLU", "auROC"), ("exponential", "auPR")])
    table = show(tab, pd.DataFrame([[3, 1, 2], [1, 2, 3]], columns=columns, index=["a,b", 'a"c']), index=True)
    assert table.get_by_role("button").all_inner_texts() == ["auPR", "auROC", "auPR"]
    table.get_by_role("button").first.click()
    assert column(table, 0) == ['a"c', "a,b"]
    with tab.expect_download() as download:
        tab.get_by_role("button", name="CSV: table 1, Scores").click()
    written = pd.read_csv(download.value.path(), index_col=0)
    assert written.columns.tolist() == ["ReLU auPR", "ReLU auROC", "exponential auPR"]
    assert written.loc["a,b"].tolist() == [3, 1, 2]
