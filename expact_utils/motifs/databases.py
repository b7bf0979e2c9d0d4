"""Motif databases to compare filters with: a release of JASPAR, or a file in MEME, JASPAR or TRANSFAC format."""

import io
import re
import warnings
from functools import cache
from pathlib import Path

import numpy as np

from expact_utils.data.sequences import lines
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.letters import ALPHABET, BASES
from expact_utils.dna.meme import parse_meme
from expact_utils.dna.pfm import MAX_WIDTH, Motif, from_counts
from expact_utils.run.errors import InputError
from expact_utils.run.paths import from_root

TAXA = ("vertebrates", "plants", "insects", "nematodes", "fungi", "urochordates", "diatoms")
ROW = re.compile(rb"^\s*(?:([A-Z])\s+)?\[?\s*([-+0-9.eE\s]+?)\s*\]?\s*$")


@cache
def load(name: str) -> tuple[Motif, ...]:
    """Load a database by name: `jaspar2016` (CORE vertebrates), `jaspar2024-plants`, … or a file's path.

    A relative path is taken from the project's root.

    Raises
    ------
    InputError
        When there is no such release, taxon or file, the release has none of the taxon, or the file is none of the
        three formats; names the line.
    """
    path = from_root(name)
    if not name.lower().startswith("jaspar") or path.is_file():
        return tuple(read(path))
    release, _, taxon = name.lower().partition("-")
    taxon = taxon or "vertebrates"
    if release.upper() not in releases():
        known = ", ".join(text.lower() for text in releases())
        raise InputError(f"{name} is neither a file nor a release of JASPAR; expected {known}.")
    if taxon not in TAXA:
        raise InputError(f"{name}: JASPAR has no taxon {taxon}; expected one of {', '.join(TAXA)}.")
    with warnings.catch_warnings(action="ignore"):  # pyjaspar's, of what the next line says
        found = jaspar(release.upper(), taxon)
    if not found:
        raise InputError(f"{name}: this release of JASPAR has no matrix of {taxon}; expected a later one.")
    return found


@cache
def releases() -> tuple[str, ...]:
    """Releases of JASPAR that pyjaspar ships, oldest first."""
    from pyjaspar import jaspardb

    return tuple(sorted(jaspardb().get_releases()))


def read(path: str | Path) -> list[Motif]:
    """Read motifs of a MEME, JASPAR or TRANSFAC file, plain or gzip; the format is told by its content.

    Raises
    ------
    InputError
        When the file cannot be read or is none of them, a matrix is cut short, not of counts or over 100 positions
        wide, or an ID comes twice.
    """
    content = [line for _, line in lines(path)]
    if any(line.startswith(b"MEME version") for line in content):
        motifs = parse_meme(path, _texts(path, content))
    elif any(re.match(rb"P[O0]\s+A\s+C\s+G\s+T", line) for line in content):
        motifs = _transfac(path, content)
    elif any(line.startswith(b">") for line in content):
        motifs = _jaspar(path, content)
    else:
        raise InputError(
            f"{path} is no motif file; expected MEME, JASPAR ('>' and four rows) or TRANSFAC ('P0 A C G T')."
        )
    ids = [motif.id for motif in motifs]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise InputError(f"{path} names motif {twice} more than once; expected unique IDs.")
    if wide := next((motif for motif in motifs if motif.width > MAX_WIDTH), None):
        raise InputError(f"{path}: motif {wide.id} is {wide.width} positions wide; expected at most {MAX_WIDTH}.")
    return motifs


def _texts(path, content: list[bytes]) -> list[str]:
    try:
        return [line.decode() for line in content]
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text; expected a MEME motif file.") from None


def _jaspar(path, content: list[bytes]) -> list[Motif]:
    """`>ID name`, then four rows, of A C G T: `A [ 1 2 3 ]`, or the numbers alone."""
    heads = [i for i, line in enumerate(content) if line.startswith(b">")]
    motifs = []
    for start, end in zip(heads, [*heads[1:], len(content)], strict=True):
        words = content[start][1:].decode(errors="replace").split()
        rows = [(i, line) for i, line in enumerate(content[start + 1 : end], start=start + 2) if line.strip()]
        if not words:
            raise InputError(f"{path}, line {start + 1}: the motif has no ID.")
        if len(rows) != BASES:
            raise InputError(f"{path}, line {start + 1}: {words[0]} has {len(rows)} rows; expected four, of A C G T.")
        counts = [_row(path, number, line, base) for (number, line), base in zip(rows, ALPHABET, strict=True)]
        if len({len(row) for row in counts}) > 1:
            raise InputError(f"{path}, line {start + 1}: the rows of {words[0]} are not of one length.")
        motifs.append(_motif(path, words[0], " ".join(words[1:]), np.array(counts).T))
    return motifs


def _row(path, number: int, line: bytes, base: str) -> list[float]:
    found = ROW.match(line)
    try:
        row = [float(text) for text in found[2].split()] if found else []
    except ValueError:
        row = []
    if not found or not row or min(row) < 0 or (found[1] and found[1].decode() != base):
        raise InputError(f"{path}, line {number}: expected the counts of {base}.")
    return row


def _transfac(path, content: list[bytes]) -> list[Motif]:
    from Bio import motifs as parsers

    text = b"\n".join(content).decode(errors="replace") + "\n"
    try:
        records = parsers.parse(io.StringIO(text), "TRANSFAC", strict=False)
        return [
            _motif(
                path,
                record.get("AC") or record.get("ID"),
                record.get("NA") or record.get("ID") or "",
                np.array([record.counts[base] for base in ALPHABET], dtype=float).T,
            )
            for record in records
            if record.counts
        ]
    except Exception as error:  # the parser fails in many ways on what is no TRANSFAC
        raise InputError(f"{path} is not a readable TRANSFAC file: {' '.join(str(error).split())}.") from None


def _motif(path, name: str | None, other: str, counts: np.ndarray) -> Motif:
    if not name:
        raise InputError(f"{path} has a matrix without ID.")
    if not (len(counts) and np.isfinite(counts).all() and (counts >= 0).all() and (counts.sum(axis=1) > 0).all()):
        raise InputError(f"{path}: {name} has a position without counts; expected counts of A C G T at each.")
    return from_counts(name, other or name, counts)
