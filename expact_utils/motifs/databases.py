"""Motif databases to compare filters with: a release of JASPAR, or a file of motifs."""

import warnings
from functools import cache

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import motif_files
from expact_utils.run.errors import InputError
from expact_utils.run.paths import from_root

TAXA = ("vertebrates", "plants", "insects", "nematodes", "fungi", "urochordates", "diatoms")


def load(name: str) -> tuple[Motif, ...]:
    """Load a database by name: `jaspar2016` (CORE vertebrates), `jaspar2024-plants`, … or a file's path.

    A relative path is taken from the project's root.

    Raises
    ------
    InputError
        When there is no such release, taxon or file, the release has none of the taxon, or no motif of the file can be
        taken (`motif_files.read`).
    """
    return _loaded(name)[0]


def notes(name: str) -> tuple[str, ...]:
    """What was skipped or taken for granted in reading a database, by its name as in `load`."""
    return _loaded(name)[1]


@cache
def _loaded(name: str) -> tuple[tuple[Motif, ...], tuple[str, ...]]:
    path = from_root(name)
    if not name.lower().startswith("jaspar") or path.is_file():
        motifs, noted = motif_files.read(path)
        return tuple(motifs), tuple(noted)
    return _of_release(name), ()


def _of_release(name: str) -> tuple[Motif, ...]:
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
