"""Tables of a page, and the last one, which says what made the page."""

import html
from collections.abc import Iterable

import pandas as pd
from IPython.display import HTML

from expact_utils.networks import histories
from expact_utils.run.names import activation_title, architecture_title
from expact_utils.run.paths import KEY, Network, Run
from expact_utils.run.progress import duration


def as_table(frame: pd.DataFrame, caption: str = "", index: bool = False, formats=None, sentences: bool = False):
    """Style a table for a page: with a caption, numbers to three digits unless `formats` says otherwise.

    Networks and activations get the names that the paper gives them; columns without names have no
    header. `sentences`: cells of text are to be wrapped.
    """
    if not index:
        titles = {"architecture": architecture_title, "activation": activation_title}
        frame = frame.assign(**{name: frame[name].map(titles[name]) for name in frame.columns.intersection([*titles])})
    # Names of classes and sequences are the user's, and are text, not HTML.
    styler = frame.style.format(formats, precision=3, na_rep="–", escape="html")
    styler = styler.format_index(escape="html", axis=0).format_index(escape="html", axis=1)
    styler = styler.set_table_attributes(f'class="dataframe{" sentences" * sentences}"')
    if not any(frame.columns):
        styler = styler.hide(axis="columns")
    if caption:
        styler = styler.set_caption(html.escape(caption))
    return styler if index else styler.hide(axis="index")


def links(found: dict[str, str]) -> HTML:
    """Links in a line, of texts to where they lead."""
    each = (f'<a href="{html.escape(to)}">{html.escape(text)}</a>' for text, to in found.items())
    return HTML(f"<p>{' · '.join(each)}</p>")


def networks_of(table: pd.DataFrame) -> list[Network]:
    """Networks that a table has rows of, each once, in order."""
    return list(map(Network._make, table[KEY].drop_duplicates().itertuples(index=False, name=None)))


def origin_of_trainings(run: Run, networks: Iterable[Network]) -> dict[str, str]:
    """Where the trainings behind a page come from: commits, devices, seed, start and duration, as text."""
    trainings = [histories.read(run, network) for network in networks]

    def each(name: str, length: int | None = None) -> str:
        counts = pd.Series([str(history[name])[:length] for history in trainings]).value_counts()
        return ", ".join(f"{value} ({number} training{'s' * (number > 1)})" for value, number in counts.items())

    starts = sorted(history["started"] for history in trainings)
    return {
        "trained on": each("device"),
        "trained by commit": each("commit", 12),
        "seed of the trainings": each("seed"),
        "protocol": each("protocol"),
        "trained from": f"{starts[0]} to {starts[-1]} (starts)",
        "training took": duration(sum(history["seconds"] for history in trainings)) + " in all",
    }
