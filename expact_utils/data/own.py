"""A biologist's own sequences as a dataset: labels, one length, negatives, and splits that do not leak."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from expact_utils.data import arrays, enhancers, splits, targets
from expact_utils.data.background import gc_matched
from expact_utils.data.bed import BED, read_bed
from expact_utils.data.conflicts import contradictions, overlaps
from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.data.labelled import (
    Labelled,
    as_dataset,
    common_length,
    fitted,
    from_classes,
    from_columns,
    labelled_only,
)
from expact_utils.data.negatives import with_negatives, with_shuffled_negatives
from expact_utils.data.regions import Region, coordinates, set_off, windows
from expact_utils.data.sequence_tables import read_labels, read_table
from expact_utils.data.sequences import Records, ending, read_fasta
from expact_utils.dna.letters import text_of
from expact_utils.run.errors import InputError
from expact_utils.run.names import OWN
from expact_utils.run.paths import from_root
from expact_utils.run.tables import check_name
from expact_utils.run.words import counted

NEGATIVES = ("none", "shuffle", "gc")  # or a file
SEEN = 500_000  # sequences that a training sees at most, on both strands
SETTINGS = {  # what goes with which kind of data; `relevant` goes with all
    "classes": ("genome", "negatives", "length", "valid", "test"),
    "fasta": ("labels", "id_column", "length", "label_columns", "target", "split_column", "valid", "test"),
    "table": ("sequence_column", "id_column", "length", "label_columns", "target", "split_column", "valid", "test"),
    "arrays": ("length", "target"),
}


def load(own: dict, seed: int, strand: str = "both") -> Dataset:
    """Make a dataset of one's own sequences.

    Parameters
    ----------
    own : dict
        `own` of a config (config/schema.json): one of `classes`, `fasta` with `labels`, `table` or `arrays`, and how to
        treat it.
    seed : int
        Of shuffled and drawn negatives and of the random split.
    strand : str
        As of a config; of `both`, a sequence and its reverse complement are the same.

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
    kind = _kind(own)
    norc = strand != "both"
    data, split = READERS[kind](own, seed, norc)
    ids, notes = set_off(data.ids)
    data = replace(data, ids=ids).noted([*notes, *contradictions(data, norc)])
    chromosomes = {name: own[name] for name in ("valid", "test") if own.get(name)}
    if chromosomes and split is not None:
        raise InputError("own: valid and test name chromosomes, and a column says the splits; expected one of the two.")
    if chromosomes:
        split, notes = splits.by_chromosome(data.ids, chromosomes)
        data = data.noted(notes)
    if split is None:
        split, notes = splits.default(data.codes, data.kinds, data.ids, seed)
        data = data.noted(notes)
    else:
        data, split = _of_given_splits(data, split)
    if own.get("negatives") == "shuffle":  # each with its positive
        data, split = with_shuffled_negatives(data, split, seed, norc)
    dataset = as_dataset(data, split, _source(own[kind]), seed)
    return replace(dataset, relevant=_relevant(own.get("relevant", {})))


def schedule(sequences: int) -> dict[str, int]:
    """Epochs at most, and sequences in a mini-batch, for so many training sequences: few are seen more often.

    Small batches give a small set enough steps: of 600 sequences, batches of 15 make 80 in an epoch on both strands.
    """
    return {
        "epochs": int(np.clip(round(SEEN / sequences, -1), 20, 100)),
        "batch_size": int(np.clip(sequences // 40, min(10, max(2, sequences // 4)), 100)),
    }


def input_files(settings: dict) -> list[Path]:
    """Files that `own` of a config names, so that a run can tell when one has changed."""
    named = [settings[name] for name in ("fasta", "labels", "table", "arrays", "genome") if settings.get(name)]
    named += settings.get("classes", {}).values()
    if settings.get("negatives", "none") not in NEGATIVES:
        named.append(settings["negatives"])
    return [from_root(path) for path in named]


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
            found += [region.end - region.start for region in read_bed(from_root(path))[0]]
        else:
            found += read_fasta(from_root(path)).lengths.tolist()
    if settings.get("fasta"):
        found += read_fasta(from_root(settings["fasta"])).lengths.tolist()
    if settings.get("table"):
        found += _table(settings).lengths.tolist()
    return np.array(found)


def example() -> Path:
    """Path of an example, downloaded once: ChIP-seq of ZBED2, one-hot (authors of the paper, journal version).

    Peaks of H3K27ac with and without ZBED2, 400 nt, 3,431 to train, 490 to validate and 981 to test; MIT licence. GC
    content tells the classes apart to some degree, so a GC baseline belongs beside any score on them.
    """
    return enhancers.path("ZBED2")


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


def _relevant(given: dict[str, list[str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Ground truth, if there is one, as a dataset's `relevant`; tables set its TFs apart by semicolons."""
    for name in given:
        if ";" in check_name(name, "a TF of relevant"):
            raise InputError(f"own: relevant names the TF {name!r}; expected a name without semicolons.")
    return {OWN: {name: tuple(ids) for name, ids in given.items()}} if given else {}


def _source(given: str | dict[str, str]) -> str:
    """Names of the files that sequences came from; where they lie is the user's own business."""
    paths = given.values() if isinstance(given, dict) else [given]
    return f"own sequences: {', '.join(Path(path).name for path in paths)}"


def _of_classes(settings: dict, seed: int, norc: bool) -> tuple[Labelled, None]:
    """Sequences of a file a class, FASTA or regions of a genome, and negatives."""
    negatives, records, kept, regions = settings.get("negatives", "none"), {}, [], []
    files = [*settings["classes"].values(), *([negatives] if negatives not in NEGATIVES else [])]
    if negatives == "gc" and not any(map(is_bed, settings["classes"].values())):
        raise InputError("own: negatives: gc draws from a genome; expected classes of BED files, and genome.")
    if settings.get("genome") and not any(map(is_bed, files)):
        raise InputError(f"own: genome goes with files of regions ({', '.join(BED)}), and there are none.")
    for name, path in settings["classes"].items():
        records[name], windows_of_class, regions_of_class = _sequences(path, settings)
        kept += windows_of_class
        regions += regions_of_class
    given = None if negatives in NEGATIVES else _sequences(negatives, settings)[0]
    length = common_length(settings, [*records.values(), *([given] if given else [])])
    data = from_classes(records, length, norc)
    if given:
        data = with_negatives(data, given, length, Path(negatives).name, norc)
    elif negatives == "gc":
        positives = Records(data.ids, text_of(data.codes), np.arange(1, len(data.ids) + 1) * length)
        drawn, _ = gc_matched(kept, regions, positives, from_root(settings["genome"]), seed)
        data = with_negatives(data, drawn, length, norc=norc)
    return data.noted(overlaps(data)), None


def _of_fasta(settings: dict, seed: int, norc: bool) -> tuple[Labelled, np.ndarray | None]:
    """Sequences of one FASTA file, labels and perhaps splits in a table."""
    path, table = from_root(settings["fasta"]), from_root(settings.get("labels", ""))
    if not settings.get("labels"):
        raise InputError("own has fasta without labels; expected a table of labels with the column id.")
    records = read_fasta(path)
    labels = _by_record(read_labels(table, settings.get("id_column", "")), [*records.ids, *records.left_out])
    first: dict[str, int] = {}
    for row, name in enumerate(records.ids):
        if name in first:
            raise InputError(
                f"{path} names {name} twice (records {first[name] + 1} and {row + 1}); labels need unique IDs."
            )
        first[name] = row
    if missing := [name for name in records.ids if name not in labels]:
        raise InputError(f"{table} has no row for {missing[0]} of {path} ({len(missing)} such sequences).")
    if missing := [name for name in labels if name not in first and name not in records.left_out]:
        raise InputError(f"{path} has no sequence for {missing[0]} of {table} ({len(missing)} such rows).")
    columns = {name: [labels[row][name] for row in records.ids] for name in next(iter(labels.values()))}
    return from_columns(records, columns, settings, table)


def _of_table(settings: dict, seed: int, norc: bool) -> tuple[Labelled, np.ndarray | None]:
    """Sequences, labels and perhaps splits of one table."""
    records = _table(settings)
    return from_columns(records, records.columns, settings, from_root(settings["table"]))


def _table(settings: dict) -> Records:
    """Records of a table, by the columns that are named, if any are."""
    return read_table(from_root(settings["table"]), settings.get("sequence_column", ""), settings.get("id_column", ""))


def _by_record(labels: dict[str, dict[str, str]], names: list[str]) -> dict[str, dict[str, str]]:
    """Labels by the names of records, of which a table may give only what is before `::` and a place."""
    full = {name.rpartition("::")[0]: name for name in names if coordinates(name) and name not in labels}
    full |= {name: name for name in names}  # a name in full comes first
    return {full.get(name, name): row for name, row in labels.items()}


def _of_arrays(settings: dict, seed: int, norc: bool) -> tuple[Labelled, np.ndarray | None]:
    """Sequences and labels of one-hot arrays, in their own splits if they have some."""
    path = from_root(settings["arrays"])
    found, class_names, taken = arrays.read(path, settings.get("target", ""))
    ids = [f"{split}{row}" for split, (of_split, _) in found.items() for row in range(len(of_split))]
    ends = np.cumsum(np.concatenate([np.full(len(codes), codes.shape[1]) for codes, _ in found.values()]))
    records = Records(ids, np.concatenate([text_of(codes) for codes, _ in found.values()]), ends)
    codes, notes = fitted(records, common_length(settings, [records]), path.name)
    notes += taken
    labels = np.concatenate([of_split for _, of_split in found.values()])
    split = None
    if "all" not in found:
        split = np.concatenate([np.full(len(of_split), SPLITS.index(name)) for name, (of_split, _) in found.items()])
    if split is not None and "valid" not in found:
        number = splits.set_aside(codes, Labelled(codes, labels, class_names, ids).kinds, ids, split, seed)
        notes = [*notes, f"{path.name} has no validation set: {number} sequences were taken from training for it"]
    if lacking := int((~targets.known(labels)).sum()):
        notes.append(f"{path.name}: {counted(lacking, 'label')} missing")
    if targets.are_numbers(labels):
        notes.append(f"{path.name}: numbers to predict, {np.nanmin(labels):g} to {np.nanmax(labels):g}")
    return labelled_only(Labelled(codes, labels, class_names, ids, notes), split, path.name)


def _of_given_splits(data: Labelled, split: np.ndarray) -> tuple[Labelled, np.ndarray]:
    """Leave out what is in two splits as it is; what is nearly so is counted, as the splits are the user's choice."""
    kept = splits.without_leaks(data.codes, split)
    if not kept.all():
        left_out = int((~kept).sum())
        note = f"left out {counted(left_out, 'sequence')} found in another split too, or as their reverse complements"
        data, split = data.rows(kept, note), split[kept]
    if alike := splits.alike_in_training(data.codes, data.ids, split):
        note = f"{alike} sequences of the given validation and test sets overlap, or nearly are, sequences of training"
        data = data.noted([note])
    return data, split


READERS = {"classes": _of_classes, "fasta": _of_fasta, "table": _of_table, "arrays": _of_arrays}


def _sequences(path: str, settings: dict) -> tuple[Records, list[Region], list[Region]]:
    """Sequences of a FASTA file, or of the windows about a BED file's regions; those windows, and all its regions."""
    if not is_bed(path):
        return read_fasta(from_root(path)), [], []
    if not (settings.get("genome") and settings.get("length")):
        raise InputError(
            f"own: {path} holds regions; expected genome, its FASTA file, and length, that of "
            "a window (expact init --genome FASTA writes a config with both)."
        )
    regions, notes = read_bed(from_root(path))
    records, kept = windows(regions, from_root(settings["genome"]), settings["length"], from_root(path))
    records.notes[:0] = [f"{Path(path).name}: {note}" for note in notes]
    return records, kept, regions
