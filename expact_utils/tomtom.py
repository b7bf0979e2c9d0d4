"""Compare motifs with a database: `python -m expact_utils.tomtom QUERY.meme DATABASE --evalue 0.1 -o OUT.tsv`."""

import argparse
import sys
from pathlib import Path

import numpy as np

from expact_utils.motifs import databases, motif_files
from expact_utils.motifs.tomtom import NSITES_PSEUDO, as_tsv, tomtom, write_tsv
from expact_utils.run.errors import InputError, run_command


def _command() -> None:
    parser = argparse.ArgumentParser(prog="python -m expact_utils.tomtom", description=__doc__.splitlines()[0])
    parser.add_argument("query", help="motifs to look up: a motif file, such as MEME, JASPAR, TRANSFAC or HOMER")
    parser.add_argument(
        "target", help="database: such a file, or a release of JASPAR, e.g. jaspar2016 or jaspar2024-plants"
    )
    parser.add_argument("--evalue", type=float, default=0.1, help="largest E-value reported (default 0.1)")
    parser.add_argument(
        "--nsites-pseudo",
        type=float,
        default=NSITES_PSEUDO,
        help="pseudocount in sites, as Tomtom's -motif-pseudo with a uniform background (default 0.1)",
    )
    parser.add_argument("-o", "--output", help="TSV to write (default: standard output)")
    arguments = parser.parse_args()
    for name, value in (("--evalue", arguments.evalue), ("--nsites-pseudo", arguments.nsites_pseudo)):
        if not 0 <= value < np.inf:
            raise InputError(f"{name} is {value}; expected a number of at least 0.")
    target = str(Path(arguments.target).absolute()) if Path(arguments.target).is_file() else arguments.target
    queries, notes = motif_files.read(arguments.query)
    targets = list(databases.load(target))
    for note in dict.fromkeys((*notes, *databases.notes(target))):
        print(note, file=sys.stderr)
    matches = tomtom(queries, targets, arguments.evalue, arguments.nsites_pseudo)
    if arguments.output:
        write_tsv(arguments.output, matches)
    else:
        sys.stdout.write(as_tsv(matches))


if __name__ == "__main__":
    run_command(_command)
