"""A biologist's own sequences as a dataset: labels, one length, negatives, and splits that do not leak."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from expact_utils import arrays, dinucleotides, downloads, splits
from expact_utils.datasets import SPLITS, Dataset
from expact_utils.errors import InputError
from expact_utils.regions import BED, Region, gc_matched, read_bed, windows
from expact_utils.runs import ROOT
from expact_utils.sequences import Records, ending, read_fasta, read_labels, read_table, spread

SHORTEST = 100  # nucleotides: a position is left after the networks' pools
NEGATIVES = ("none", "shuffle", "gc")  # or a file
ZBED2_URL = (
    "https://raw.githubusercontent.com/p-koo/exponential_activations/46deba90fe3377b179bef765901337aad956b4ce"
    "/data/ZBED2_400_h3k27ac.h5"
)
ZBED2_SHA256 = "4ab4ebf246097571b8c79a0506de53b3b6a73a28dafde57f0d549bb54815705e"
FEWEST = 3  # positives, and negatives, of a class: one for each split
SPLIT_COLUMN = "split"  # of a table, where split_column names none
SETTINGS = {  # what goes with which kind of data; `relevant` goes with all
    "classes": ("genome", "negatives", "length", "valid", "test"),
    "fasta": ("labels", "length", "label_columns", "split_column", "valid", "test"),
    "table": ("sequence_column", "id_column", "length", "label_columns", "split_column", "valid", "test"),
    "arrays": ("length",),
}


@dataclass(frozen=True)
class Labelled:
    """Sequences of one length with their labels.

    Attributes
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        int8, shape=(N, classes), 0 or 1.
    class_names : list[str]
        Name of each label column.
    ids : list[str]
        Name of each sequence.
    notes : list[str]
        What was done to the input, for the report.
    """

    codes: np.ndarray
    labels: np.ndarray
    class_names: list[str]
    ids: list[str]
    notes: list[str] = field(default_factory=list)

    def rows(self, kept: np.ndarray, note: str = "") -> "Labelled":
        """Some of the sequences, by row or mask, and a note on why."""
        ids = np.array(self.ids, dtype=object)[kept].tolist()
        return replace(
            self,
            codes=self.codes[kept],
            labels=self.labels[kept],
            ids=ids,
            notes=[*self.notes, *([note] if note else [])],
        )


def load(settings: dict, seed: int) -> Dataset:
    """Make a dataset of one's own sequences.

    Parameters
    ----------
    settings : dict
        `own` of a config (config/schema.json): one of `classes`, `fasta` with `labels`, `table` or `arrays`, and how to
        treat it.
    seed : int
        Of shuffled and drawn negatives and of the random split.

    Returns
    -------
    Dataset
        With the sequences' names, and notes on all that was done to the input.

    Raises
    ------
    InputError
        When a setting does not go with the data, a file is not what it should be, or the sequences do not make a
        dataset; names file, line and what was expected.
    """
    kind = _kind(settings)
    data, split = READERS[kind](settings, seed)
    chromosomes = {name: settings[name] for name in ("valid", "test") if settings.get(name)}
    if chromosomes and split is not None:
        raise InputError("own: valid and test name chromosomes, and a column says the splits; expected one of the two.")
    if chromosomes:
        split = splits.by_chromosome(data.ids, chromosomes)
    elif split is None:
        split = splits.at_random(data.codes, data.labels, seed)
    kept = splits.without_leaks(data.codes, split)
    if not kept.all():
        left_out = int((~kept).sum())
        note = f"{left_out} sequences are in another split as well, or their reverse complements, and were left out"
        data, split = data.rows(kept, note), split[kept]
    dataset = as_dataset(data, split, _source(settings[kind]), seed)
    return replace(dataset, relevant=settings.get("relevant", {}))


def input_files(settings: dict) -> list[Path]:
    """Files that `own` of a config names, so that a run can tell when one has changed."""
    named = [settings[name] for name in ("fasta", "labels", "table", "arrays", "genome") if settings.get(name)]
    named += settings.get("classes", {}).values()
    if settings.get("negatives", "none") not in NEGATIVES:
        named.append(settings["negatives"])
    return [_path(path) for path in named]


def lengths(settings: dict) -> np.ndarray:
    """Length of each sequence, or region, of `classes`, `fasta` or `table` of a config's `own`, before any cropping.

    Raises
    ------
    InputError
        As `load`.
    """
    _kind(settings)
    found = []
    for path in settings.get("classes", {}).values():
        if is_bed(path):
            found += [region.end - region.start for region in read_bed(_path(path))]
        else:
            found += read_fasta(_path(path)).lengths.tolist()
    if settings.get("fasta"):
        found += read_fasta(_path(settings["fasta"])).lengths.tolist()
    if settings.get("table"):
        found += read_table(_path(settings["table"]), settings.get("sequence_column", "sequence")).lengths.tolist()
    return np.array(found)


def example() -> Path:
    """Path of an example, downloaded once: ChIP-seq of ZBED2, one-hot (authors of the paper, journal version).

    Peaks of H3K27ac with and without ZBED2, 400 nt, 3,431 to train, 490 to validate and 981 to test; MIT licence. GC
    content tells the classes apart to some degree, so a GC baseline belongs beside any score on them.
    """
    return downloads.fetch(ZBED2_URL, ZBED2_SHA256, Path("exponential_activations/data") / Path(ZBED2_URL).name)


def is_bed(path: str | Path) -> bool:
    """Whether a file is one of regions, by its name."""
    return ending(path) in BED


def _kind(settings: dict) -> str:
    """The one kind of data that `own` has, if all other settings go with it."""
    kinds = [name for name in READERS if settings.get(name)]
    if len(kinds) != 1:
        raise InputError(f"own has {' and '.join(kinds) or 'no data'}; expected one of {', '.join(READERS)}.")
    for name, value in settings.items():
        takers = [kind for kind in SETTINGS if name in SETTINGS[kind]]
        if takers and kinds[0] not in takers and value and (name, value) != ("negatives", "none"):
            raise InputError(f"own: {name} goes with {' or '.join(takers)}, not with {kinds[0]}.")
    return kinds[0]


def _path(path: str) -> Path:
    """Path of a file that a config names: from the project's root where it is relative."""
    return ROOT / Path(path).expanduser()


def _source(given: str | dict[str, str]) -> str:
    """Names of the files that sequences came from; where they lie is the user's own business."""
    paths = given.values() if isinstance(given, dict) else [given]
    return f"own sequences: {', '.join(Path(path).name for path in paths)}"


def _of_classes(settings: dict, seed: int) -> tuple[Labelled, None]:
    """Sequences of a file a class, FASTA or regions of a genome, and negatives."""
    negatives, records, regions = settings.get("negatives", "none"), {}, []
    files = [*settings["classes"].values(), *([negatives] if negatives not in NEGATIVES else [])]
    if negatives == "gc" and not any(map(is_bed, settings["classes"].values())):
        raise InputError("own: negatives: gc draws from a genome; expected classes of BED files, and genome.")
    if settings.get("genome") and not any(map(is_bed, files)):
        raise InputError(f"own: genome goes with files of regions ({', '.join(BED)}), and there are none.")
    for name, path in settings["classes"].items():
        records[name], found = _sequences(path, settings)
        regions += found
    given = None if negatives in NEGATIVES else _sequences(negatives, settings)[0]
    length = _length(settings, [*records.values(), *([given] if given else [])])
    data = from_classes(records, length)
    if given:
        return _with_negatives(data, given, length, Path(negatives).name), None
    if negatives == "shuffle":
        return with_shuffled_negatives(data, seed), None
    if negatives == "gc":
        positives = Records(data.ids, _letters(data.codes), np.arange(1, len(data.ids) + 1) * length)
        drawn, _ = gc_matched(regions, positives, _path(settings["genome"]), seed)
        return _with_negatives(data, drawn, length), None
    return data, None


def _of_fasta(settings: dict, seed: int) -> tuple[Labelled, np.ndarray | None]:
    """Sequences of one FASTA file, labels and perhaps splits in a table."""
    path, table = _path(settings["fasta"]), _path(settings.get("labels", ""))
    if not settings.get("labels"):
        raise InputError("own has fasta without labels; expected a table of labels with the column id.")
    records, labels = read_fasta(path), read_labels(table)
    first = {}
    for row, name in enumerate(records.ids):
        if name in first:
            raise InputError(
                f"{path} names {name} twice (records {first[name] + 1} and {row + 1}); labels need unique IDs."
            )
        first[name] = row
    if missing := [name for name in records.ids if name not in labels]:
        raise InputError(f"{table} has no row for {missing[0]} of {path} ({len(missing)} such sequences).")
    if missing := [name for name in labels if name not in first]:
        raise InputError(f"{path} has no sequence for {missing[0]} of {table} ({len(missing)} such rows).")
    columns = {name: [labels[row][name] for row in records.ids] for name in next(iter(labels.values()))}
    return _labelled(records, columns, settings, table)


def _of_table(settings: dict, seed: int) -> tuple[Labelled, np.ndarray | None]:
    """Sequences, labels and perhaps splits of one table."""
    path = _path(settings["table"])
    records = read_table(path, settings.get("sequence_column", "sequence"), settings.get("id_column", ""))
    return _labelled(records, records.columns, settings, path)


def _of_arrays(settings: dict, seed: int) -> tuple[Labelled, np.ndarray | None]:
    """Sequences and labels of one-hot arrays, in their own splits if they have some."""
    path = _path(settings["arrays"])
    found, class_names = arrays.read(path)
    ids = [f"{split}{row}" for split, (of_split, _) in found.items() for row in range(len(of_split))]
    ends = np.cumsum(np.concatenate([np.full(len(codes), codes.shape[1]) for codes, _ in found.values()]))
    records = Records(ids, np.concatenate([_letters(codes) for codes, _ in found.values()]), ends)
    codes, notes = _fitted(records, _length(settings, [records]), path.name)
    labels = np.concatenate([of_split for _, of_split in found.values()])
    split = None
    if "all" not in found:
        split = np.concatenate([np.full(len(found[name][0]), i) for i, name in enumerate(SPLITS)])
    return Labelled(codes, labels, class_names, ids, notes), split


READERS = {"classes": _of_classes, "fasta": _of_fasta, "table": _of_table, "arrays": _of_arrays}


def from_classes(records: dict[str, Records], length: int) -> Labelled:
    """Sequences that came a class at a time; one that is in several classes has several labels.

    Parameters
    ----------
    records : dict[str, Records]
        Class name to its sequences.
    length : int
        Length to crop and pad to.
    """
    fitted = [_fitted(of, length, name) for name, of in records.items()]
    labels = np.repeat(np.eye(len(records), dtype=np.int8), [len(of) for of in records.values()], axis=0)
    ids = [name for of in records.values() for name in of.ids]
    codes, notes = np.concatenate([codes for codes, _ in fitted]), [note for _, notes in fitted for note in notes]
    return _merged(Labelled(codes, labels, list(records), ids, notes))


def with_shuffled_negatives(positives: Labelled, seed: int) -> Labelled:
    """Add a negative for each sequence: the sequence with its dinucleotides shuffled, labelled 0 in every class."""
    rng = np.random.default_rng(seed)
    shuffled = np.stack([dinucleotides.shuffle(codes, rng) for codes in positives.codes])
    return Labelled(
        np.concatenate([positives.codes, shuffled]),
        np.concatenate([positives.labels, np.zeros_like(positives.labels)]),
        positives.class_names,
        [*positives.ids, *(f"{name}_shuffled" for name in positives.ids)],
        [*positives.notes, f"negatives: each of the {len(shuffled)} sequences with its dinucleotides shuffled"],
    )


def as_dataset(data: Labelled, split: np.ndarray, source: str, seed: int) -> Dataset:
    """Make the dataset, if every split has a positive and a negative of every class.

    Raises
    ------
    InputError
        Naming the class, the split and what it lacks.
    """
    for column, class_name in enumerate(data.class_names):
        for kind, label in (("positive", 1), ("negative", 0)):
            of_kind = data.labels[:, column] == label
            if of_kind.sum() < FEWEST:
                raise InputError(
                    f"the class {class_name} has {of_kind.sum()} {kind} sequences; expected at least {FEWEST}, "
                    f"one for each of {', '.join(SPLITS)}."
                )
            for i, name in enumerate(SPLITS):
                if not (split == i).any():
                    raise InputError(f"no sequence is left for the split {name}; expected positives and negatives.")
                if not of_kind[split == i].any():
                    raise InputError(
                        f"the class {class_name} has no {kind} sequence in the split {name}, of {of_kind.sum()} in all."
                    )
    X, Y = ({name: of[split == i] for i, name in enumerate(SPLITS)} for of in (data.codes, data.labels))
    names = {name: np.array(data.ids, dtype=object)[split == i].tolist() for i, name in enumerate(SPLITS)}
    return Dataset(X, Y, data.class_names, source, seed, names=names, notes=data.notes)


def _sequences(path: str, settings: dict) -> tuple[Records, list[Region]]:
    """Sequences of a FASTA file, or of the windows about a BED file's regions."""
    if not is_bed(path):
        return read_fasta(_path(path)), []
    if not (settings.get("genome") and settings.get("length")):
        raise InputError(f"own: {path} holds regions; expected genome, its FASTA file, and length, that of a window.")
    return windows(read_bed(_path(path)), _path(settings["genome"]), settings["length"], _path(path))


def _length(settings: dict, records: list[Records]) -> int:
    """Length of all sequences: the one asked for, or the one they have."""
    lengths = np.concatenate([of.lengths for of in records])
    if not settings.get("length") and lengths.min() != lengths.max():
        raise InputError(
            f"sequences are {lengths.min()} to {lengths.max()} nt long; give length, to which longer ones are cropped "
            f"about their centre and shorter ones padded with N (their median is {int(np.median(lengths))})."
        )
    length = settings.get("length") or int(lengths[0])
    if length < SHORTEST:
        raise InputError(f"sequences are {length} nt long; give length: {SHORTEST}, or more, to pad them with N.")
    return length


def _fitted(records: Records, length: int, name: str) -> tuple[np.ndarray, list[str]]:
    """Codes of one length, and notes on what was translated, cropped and padded; `name` is whose sequences they are."""
    cropped, padded = int((records.lengths > length).sum()), int((records.lengths < length).sum())
    notes = list(records.notes)
    if cropped or padded:
        notes.append(
            f"{name}: {spread(records.lengths)}; {cropped} sequences cropped about their centre, {padded} padded with "
            f"N, to {length} nt"
        )
    return records.fitted(length), notes


def _with_negatives(data: Labelled, negatives: Records, length: int, source: str = "") -> Labelled:
    """Add sequences that are of no class, without those that are of one; `source` is the file they came from."""
    codes, notes = _fitted(negatives, length, source)
    added = Labelled(codes, np.zeros((len(negatives), data.labels.shape[1]), np.int8), [], negatives.ids)
    both = splits.sequence_groups(np.concatenate([data.codes, added.codes]))
    new = ~np.isin(both[len(data.ids) :], both[: len(data.ids)])
    if not new.any():
        raise InputError(
            f"all negatives of {source or 'the genome'} are positives as well, or their reverse complements."
        )
    notes = [*data.notes, *notes]
    if source:
        notes.append(f"negatives: {int(new.sum())} sequences from {source}")
    if not new.all():
        notes.append(
            f"{int((~new).sum())} negatives are positives as well, or their reverse complements, and were left out"
        )
    return Labelled(
        np.concatenate([data.codes, added.codes[new]]),
        np.concatenate([data.labels, added.labels[new]]),
        data.class_names,
        [*data.ids, *np.array(added.ids, dtype=object)[new]],
        notes,
    )


def _labelled(
    records: Records, columns: dict[str, list[str]], settings: dict, where: Path
) -> tuple[Labelled, np.ndarray | None]:
    """Sequences with the labels of a table's columns, those named or all, and with the splits of one, if it has it."""
    names, split_column = settings.get("label_columns"), settings.get("split_column")
    if not split_column and SPLIT_COLUMN in columns and SPLIT_COLUMN not in (names or []):
        split_column = SPLIT_COLUMN
    names = names or [name for name in columns if name != split_column]
    for name in [*names, *([split_column] if split_column else [])]:
        if name not in columns:
            raise InputError(f"{where} has no column {name}; it has {', '.join(columns)}.")
    if not names:
        raise InputError(f"{where} has no column of labels.")
    labels = np.zeros((len(records), len(names)), np.int8)
    for i, name in enumerate(names):
        for row, text in enumerate(columns[name]):
            if text not in ("0", "1", "0.0", "1.0"):
                raise InputError(
                    f"{where}: {name} of {records.ids[row]} is {text!r}; expected a label, 0 or 1 "
                    "(label_columns names the columns that are labels)."
                )
            labels[row, i] = text.startswith("1")
    split = _splits_of(columns[split_column], split_column, where) if split_column else None
    name = Path(settings.get("fasta") or settings["table"]).name
    codes, notes = _fitted(records, _length(settings, [records]), name)
    return Labelled(codes, labels, names, records.ids, notes), split


def _splits_of(cells: list[str], column: str, where: Path) -> np.ndarray:
    if unknown := [text for text in cells if text not in SPLITS]:
        raise InputError(f"{where}: {column} holds {unknown[0]!r}; expected {', '.join(SPLITS)}.")
    return np.array([SPLITS.index(text) for text in cells])


def _letters(codes: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"ACGTN", np.uint8)[codes].ravel()


def _merged(data: Labelled) -> Labelled:
    """Join equal sequences into one that has the labels of all; the first keeps its name."""
    _, first, group = np.unique(data.codes, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    labels = np.zeros((len(first), data.labels.shape[1]), np.int8)
    np.maximum.at(labels, group.ravel(), data.labels)
    if len(first) == len(data.ids):
        return data
    merged = data.rows(first[order], f"{len(data.ids) - len(first)} sequences are there more than once and were joined")
    return replace(merged, labels=labels[order])
