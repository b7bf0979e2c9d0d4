"""A Sphinx extension: what the book's pages need beyond Jupyter Book to be light, accessible and offline.

Formulas are MathML, which browsers draw by themselves; MathJax would put 24 MB into every report.
"""

from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

SET_UP = "parameters and imports"
log = logging.getLogger(__name__)


def setup(app) -> dict:
    """Register with Sphinx, which calls this."""
    app.config.html_search_scorer = str(Path(__file__).with_name("search.js"))
    app.add_html_math_renderer("mathml", (_write_math, None), (_write_math, None))
    app.connect("doctree-read", _set_up_last)
    app.connect("html-page-context", _renew_roles)
    app.connect("html-page-context", _name_toggles, priority=900)  # after the theme's own functions
    app.connect("build-finished", _drop_source_maps)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_math(writer, node) -> None:
    """Write a formula as MathML; one that can't be read is a warning, which the book's build makes an error."""
    block = isinstance(node, nodes.math_block)
    try:
        formula = tex2mathml(node.astext(), as_block=block)
    except ValueError as error:
        log.warning("formula %s: %s", node.astext(), error, location=node)
        formula = writer.encode(node.astext())
    tag = "div" if block else "span"
    writer.body.append(f'<{tag} class="math">{formula}</{tag}>')
    raise nodes.SkipNode


def _set_up_last(app, doctree) -> None:
    """Fold a notebook's parameters and imports, which show nothing, into one line at the end of its page."""
    page = next(iter(doctree.findall(nodes.section)), nodes.section())
    cells = [node for node in page.findall(nodes.container) if _shows_nothing(node)]
    if not cells:
        return
    whole, *others = cells
    for cell in cells:
        cell.parent.remove(cell)
    for cell in others:
        whole.children[0].extend(cell.children[0].children)
    whole["prompt_show"] = f"Show {SET_UP}"
    whole["prompt_hide"] = f"Hide {SET_UP}"
    last = page.children[-1] if page.children and isinstance(page.children[-1], nodes.section) else page
    last.append(whole)


def _shows_nothing(node) -> bool:
    """Whether a node is a folded cell of a notebook without outputs."""
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "cell_code"
        and node.get("hide_mode") == "input"
        and len(node.children) == 1
    )


def _renew_roles(app, pagename, templatename, context, doctree) -> None:
    """Replace the role that docutils gives to entries of a bibliography, which is deprecated."""
    context["body"] = context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')


def _name_toggles(app, pagename, templatename, context, doctree) -> None:
    """Give the buttons that unfold the contents beside a page their names, which the theme leaves out."""
    if not (make := context.get("generate_toctree_html")):
        return

    def named(*arguments, **options):
        contents = make(*arguments, **options)
        for toggle in contents.select("summary"):
            toggle["aria-label"] = f"Pages of {toggle.find_previous('a').text}"
        return contents

    context["generate_toctree_html"] = named


def _drop_source_maps(app, error) -> None:
    """Remove what only developers of the theme need, half of its weight."""
    for path in Path(app.outdir, "_static").rglob("*.map"):
        path.unlink()
