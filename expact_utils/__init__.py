"""Helpers of the expact notebooks: each module is one noun of the analysis, each step reads and writes files.

`config`, `runs` and `files` say what a run is, where its files are and how they are written; `motifs`, `simulate`
and `datasets` make the data; `models` and `training` the networks; `filters` their motifs; `tomtom` the matches;
`results` and `plots` the tables and figures; `report` and `book` the book.
"""

import os

# TensorFlow reads this when it is first imported: no start-up chatter on pages and terminals.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.1.0"
