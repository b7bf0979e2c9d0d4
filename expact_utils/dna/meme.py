"""Motifs as MEME text, read and written."""

import re
from pathlib import Path

import numpy as np

from expact_utils.dna.letters import ALPHABET, BASES
from expact_utils.dna.pfm import BACKGROUND, Motif
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, verify
from expact_utils.run.tables import UNNAMEABLE

ROW_SUM_TOLERANCE = 0.01


def write_meme(path: str | Path, motifs: list[Motif]) -> None:
    """Write motifs as MEME text (minimal motif format, version 4), whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written, or an ID or name would not be read again as it is.
    """
    lines = [
        "MEME version 4",
        "",
        f"ALPHABET= {ALPHABET}",
        "",
        "strands: + -",
        "",
        "Background letter frequencies",
        " ".join(f"{base} {BACKGROUND}" for base in ALPHABET),
        "",
    ]
    for motif in motifs:
        lines.append(_heading(motif))
        lines.append(f"letter-probability matrix: alength= {BASES} w= {motif.width} nsites= {motif.nsites:g} E= 0")
        lines += [" ".join(f"{p:.6f}" for p in row) for row in motif.pfm]
        lines.append("")
    with atomic(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_meme(path: str | Path) -> list[Motif]:
    """Read the motifs of a MEME text file (any version with letter-probability matrices).

    Raises
    ------
    InputError
        When the file cannot be read or is not as it was written, holds no motif, or a matrix is cut short, has width
        0, a row that is not four numbers, or a row that does not sum to 1 (within 0.01).
    """
    verify(path)
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text; expected a MEME motif file.") from None
    return parse_meme(path, lines)


def parse_meme(path: str | Path, lines: list[str]) -> list[Motif]:
    """Motifs of the lines of a MEME text file.

    Raises
    ------
    InputError
        As `read_meme`.
    """
    if not any(line.startswith("MEME version") for line in lines):
        raise InputError(f"{path} is not a MEME motif file: no line starts with 'MEME version'.")
    for number, line in enumerate(lines, start=1):
        if line.startswith("ALPHABET") and not re.match(rf"ALPHABET\s*=?\s*{ALPHABET}\s*$", line):
            raise InputError(f"{path} (line {number}) has '{line.strip()}'; expected ALPHABET= {ALPHABET}.")
    starts = [i for i, line in enumerate(lines) if re.match(r"MOTIF\s+\S", line)]
    if not starts:
        raise InputError(f"{path} holds no motif: no line starts with 'MOTIF' and an ID.")
    ends = [*starts[1:], len(lines)]
    motifs = [_parse_motif(path, lines, start, end) for start, end in zip(starts, ends, strict=True)]
    ids = [motif.id for motif in motifs]
    if duplicates := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError(f"{path} names motif {duplicates[0]} more than once; expected unique IDs.")
    return motifs


def _heading(motif: Motif) -> str:
    """Line `MOTIF ID name`, if it gives back both."""
    heading = f"MOTIF {motif.id} {motif.name}"
    if UNNAMEABLE.search(heading) or not motif.id or _named(heading) != (motif.id, motif.name or motif.id):
        raise InputError(
            f"the motif {motif.id!r}, named {motif.name!r}, does not fit MEME text; expected an ID without spaces, and "
            "a name in UTF-8 on one line, without spaces around it."
        )
    return heading.rstrip()


def _named(heading: str) -> tuple[str, str]:
    """ID and name of a line `MOTIF ID name`; without a name it is the ID."""
    _, motif_id, *name = heading.split(maxsplit=2)
    return motif_id, "".join(name).strip() or motif_id


def _parse_motif(path, lines: list[str], start: int, end: int) -> Motif:
    motif_id, name = _named(lines[start])
    where = f"{path}, motif {motif_id}"
    header = next((i for i in range(start, end) if lines[i].startswith("letter-probability matrix")), None)
    if header is None:
        raise InputError(f"{where} (line {start + 1}) has no letter-probability matrix.")
    settings = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lines[header]))
    if settings.get("alength", str(BASES)) != str(BASES):
        raise InputError(f"{where} (line {header + 1}) has alength= {settings['alength']}; expected {BASES}.")
    rows = []
    for i in range(header + 1, end):
        if re.match(r"\s*(URL\b|log-odds|-+\s*$|\*)", lines[i]):
            break
        if lines[i].strip():
            rows.append(_parse_row(where, lines[i], i + 1))
        elif rows:
            break
    width = _setting(where, settings, "w", len(rows), header + 1)
    if width < 1:
        raise InputError(f"{where} (line {header + 1}) has width {width:g}; expected at least 1.")
    if len(rows) != width:
        raise InputError(f"{where} (line {header + 1}) has {len(rows)} rows; expected {width:g}.")
    nsites = _setting(where, settings, "nsites", 20, header + 1)  # 20 is the MEME Suite's default
    pfm = np.array(rows)
    return Motif(motif_id, name, pfm / pfm.sum(axis=1, keepdims=True), nsites)


def _setting(where: str, settings: dict, key: str, default: float, line: int) -> float:
    try:
        value = float(settings.get(key, default))
    except ValueError:
        value = -1
    if not 0 <= value < np.inf:
        raise InputError(f"{where} (line {line}) has {key}= {settings[key]}; expected a number of at least 0.")
    return value


def _parse_row(where: str, line: str, number: int) -> list[float]:
    try:
        row = [float(value) for value in line.split()]
    except ValueError:
        row = []
    if len(row) != BASES or not all(0 <= value <= 1 + ROW_SUM_TOLERANCE for value in row):
        raise InputError(f"{where} (line {number}): expected four probabilities, found '{line.strip()}'.")
    if abs(sum(row) - 1) > ROW_SUM_TOLERANCE:
        raise InputError(f"{where} (line {number}): the row sums to {sum(row):.3f}; expected 1.")
    return row
