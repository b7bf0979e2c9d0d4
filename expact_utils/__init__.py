"""expact: what the filters of convolutional networks on DNA learn, and how the first activation decides it.

Eight rooms, in the order in which data pass through them: `run` (files, settings and names), `dna` (letters and
matrices), `data` (sequences and labels), `networks` (their training), `motifs` (what filters learned), `attribution`
(which bases made an output), `results` (tables and claims) and `report` (pages and figures). The names of the package
itself are for one's own sequences in a notebook: see `analysis`.
"""

import logging
import os
from importlib import import_module

from expact_utils.run.caches import settle

# TensorFlow reads this when it is first imported: no start-up chatter on pages and terminals.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Nor a warning there each time that one more network is opened and compiled.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
settle()  # before any library looks for its cache

__version__ = "0.2.0"

EXPORTS = {  # a name here to its module and its name there, which is imported when it is first asked for
    "example": "data.own:example",
    "explain": "attribution.any_network:explain",
    "learn": "analysis:learn",
    "load_own": "data.own:load",
    "logo_grid": "report.logos:logo_grid",
    "map_logos": "report.attribution_logos:of_sequences",
    "map_motifs": "attribution.modisco:motifs",
}


def __getattr__(name: str):
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, there = EXPORTS[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), there)


def __dir__() -> list[str]:
    return sorted([*globals(), *EXPORTS])
