"""Motifs: JASPAR, the twelve ground-truth TFs, MEME text, and the arithmetic of position frequency matrices.

Every matrix is a PFM of shape=(width, 4): a row a position, columns A C G T, rows that sum to 1.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from expact_utils.errors import InputError
from expact_utils.files import atomic, verify

ALPHABET = "ACGT"
BACKGROUND = 0.25
MAX_WIDTH = 100  # of what Tomtom compares: memelite's exact settings take memory that grows steeply with width
ROW_SUM_TOLERANCE = 0.01
VERSIONED = re.compile(r"[A-Z]{2}\d{4}\.\d+")  # ID of a JASPAR matrix

# TF: JASPAR 2016 matrix ID, in the order of the label columns (Koo & Ploenzke 2019, Methods, "Synthetic data").
GROUND_TRUTH = {
    "Arid3a": "MA0151.1",
    "CEBPB": "MA0466.2",
    "FOSL1": "MA0477.1",
    "Gabpa": "MA0062.2",
    "MAFK": "MA0496.1",
    "MAX": "MA0058.3",
    "MEF2A": "MA0052.3",
    "NFYB": "MA0502.1",
    "SP1": "MA0079.3",
    "SRF": "MA0083.3",
    "STAT1": "MA0137.3",
    "YY1": "MA0095.2",
}

# Matches that count as finding a TF, besides any version of its own matrix. `expact`: NFYA is the DNA-binding
# partner of NFYB in one complex. `authors`: the list in the authors' 2019 code, which also takes Arid3b for
# Arid3a and, by mistake, two other MEF2 factors for STAT1.
RELEVANT_EXTRA = {
    "expact": {"NFYB": ("MA0060",)},
    "authors": {"Arid3a": ("MA0601",), "NFYB": ("MA0060",), "STAT1": ("MA0660", "MA0773")},
}

# Matches flat and random queries; the authors removed it from their database in 2020.
GMEB1 = "MA0615.1"


@dataclass(frozen=True)
class Motif:
    """A motif: `id`, `name`, `pfm` of shape=(width, 4), and `nsites`, the number of sites behind it."""

    id: str
    name: str
    pfm: np.ndarray
    nsites: float

    @property
    def width(self) -> int:
        """Number of positions."""
        return len(self.pfm)


@cache
def jaspar(release: str = "JASPAR2016", taxon: str = "vertebrates") -> tuple[Motif, ...]:
    """JASPAR CORE matrices of a taxon, latest versions, in order of ID; 519 of vertebrates in 2016.

    The database ships with pyjaspar. Columns are normalised without pseudocount; `nsites` is the mean column
    sum, as in the MEME Suite's own file of the release.
    """
    from pyjaspar import jaspardb

    records = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=[taxon])
    motifs = (
        from_counts(record.matrix_id, record.name, np.array([record.counts[base] for base in ALPHABET], dtype=float).T)
        for record in records
    )
    return tuple(sorted(motifs, key=lambda motif: motif.id))


def from_counts(motif_id: str, name: str, counts: np.ndarray) -> Motif:
    """Motif of counts of A C G T at each position, shape=(width, 4); `nsites` is their mean sum."""
    sums = counts.sum(axis=1)
    return Motif(motif_id, name, counts / sums[:, None], float(sums.mean()))


@cache
def ground_truth() -> tuple[Motif, ...]:
    """Return the twelve JASPAR 2016 matrices of the synthetic data, in the order of the label columns."""
    by_id = {motif.id: motif for motif in jaspar()}
    return tuple(by_id[matrix_id] for matrix_id in GROUND_TRUTH.values())


def relevant_matrices(which: str = "expact") -> dict[str, tuple[str, ...]]:
    """IDs of the matrices that count as finding each of the twelve TFs, by `expact` or `authors`: `RELEVANT_EXTRA`."""
    return {tf: (own, *RELEVANT_EXTRA[which].get(tf, ())) for tf, own in GROUND_TRUTH.items()}


def relevant_tf(matrix_id: str, relevant: dict[str, tuple[str, ...]]) -> str | None:
    """TF that a match to `matrix_id` finds, or None.

    Parameters
    ----------
    matrix_id : str
        ID in a database. Versions of one JASPAR matrix, e.g. `MA0466.2`, count alike.
    relevant : dict[str, tuple[str, ...]]
        TF to the matrices that count as finding it, as from `relevant_matrices`.
    """
    base = _without_version(matrix_id)
    return next((tf for tf, ids in relevant.items() if base in map(_without_version, ids)), None)


def _without_version(matrix_id: str) -> str:
    return matrix_id.partition(".")[0] if VERSIONED.fullmatch(matrix_id) else matrix_id


def reverse_complement(pfm: np.ndarray) -> np.ndarray:
    """Reverse complement of a PFM, shape=(width, 4): with columns A C G T, both axes reversed."""
    return pfm[::-1, ::-1]


def information(pfm: np.ndarray) -> np.ndarray:
    """Information content of each position in bits, 2 + sum_b p_b log2 p_b; shape=(width,), 0 to 2."""
    p = np.asarray(pfm, dtype=float)
    return 2 + np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=-1)


def consensus(pfm: np.ndarray) -> str:
    """Most frequent base of each position; the first of A C G T where several tie."""
    return "".join(ALPHABET[i] for i in np.argmax(pfm, axis=-1))


def best_score(codes: np.ndarray, pfm: np.ndarray, pseudocount: float = 0.01) -> np.ndarray:
    """Best log-odds score of a motif in each sequence, on either strand, in bits.

    Parameters
    ----------
    codes : np.ndarray
        Sequences, int8, shape=(N, length), 0-3 = A C G T; 4 = N scores 0.
    pfm : np.ndarray
        shape=(width, 4); `pseudocount` is added to each frequency, against a background of .25.

    Returns
    -------
    np.ndarray
        shape=(N,).
    """
    best = np.full(len(codes), -np.inf)
    positions = codes.shape[1] - len(pfm) + 1
    for oriented in (pfm, reverse_complement(pfm)):
        odds = np.log2((oriented + pseudocount) / (1 + 4 * pseudocount) / BACKGROUND)
        odds = np.column_stack([odds, np.zeros(len(odds))])
        scores = sum(row[codes[:, i : i + positions]] for i, row in enumerate(odds))
        best = np.maximum(best, scores.max(axis=1))
    return best


def write_meme(path: str | Path, motifs: list[Motif]) -> None:
    """Write motifs as MEME text (minimal motif format, version 4), whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
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
        lines.append(f"MOTIF {motif.id} {motif.name}")
        lines.append(f"letter-probability matrix: alength= 4 w= {motif.width} nsites= {motif.nsites:g} E= 0")
        lines += [" ".join(f"{p:.6f}" for p in row) for row in motif.pfm]
        lines.append("")
    with atomic(path) as partial:
        partial.write_text("\n".join(lines) + "\n")


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


def _parse_motif(path, lines: list[str], start: int, end: int) -> Motif:
    _, motif_id, *name = lines[start].split()
    where = f"{path}, motif {motif_id}"
    header = next((i for i in range(start, end) if lines[i].startswith("letter-probability matrix")), None)
    if header is None:
        raise InputError(f"{where} (line {start + 1}) has no letter-probability matrix.")
    settings = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lines[header]))
    if settings.get("alength", "4") != "4":
        raise InputError(f"{where} (line {header + 1}) has alength= {settings['alength']}; expected 4.")
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
    return Motif(motif_id, " ".join(name) or motif_id, pfm / pfm.sum(axis=1, keepdims=True), nsites)


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
    if len(row) != 4 or not all(0 <= value <= 1 + ROW_SUM_TOLERANCE for value in row):
        raise InputError(f"{where} (line {number}): expected four probabilities, found '{line.strip()}'.")
    if abs(sum(row) - 1) > ROW_SUM_TOLERANCE:
        raise InputError(f"{where} (line {number}): the row sums to {sum(row):.3f}; expected 1.")
    return row
