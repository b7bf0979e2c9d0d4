"""The config that suits files of sequences, as `expact init` writes it."""

import json
import re
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml

from expact_utils.data import own
from expact_utils.data.bed import BED
from expact_utils.data.datasets import SHORTEST
from expact_utils.data.sequences import PACKINGS, RNA, ending
from expact_utils.motifs import databases
from expact_utils.run import config as config_module
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, regular
from expact_utils.run.names import OWN, SOURCES
from expact_utils.run.paths import expanded
from expact_utils.run.tables import UNNAMEABLE
from expact_utils.run.words import counted

FASTA = (".fa", ".fasta", ".fna", ".fas", ".ffn", ".frn", ".fastq", ".fq")
PROTEIN = ".faa"
TABLES = (".csv", ".tsv", ".txt")
ARRAYS = (".h5", ".hdf5", ".npz")
UNPRINTABLE = re.compile(r"[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in YAML
LONGEST = 2000  # nucleotides that `init` suggests at most
WINDOW = 200  # nt about regions that are no windows, such as summits of one nucleotide
LONGEST_NAME = 60  # letters of a run's name, as config/schema.json has it
DEFAULTS: dict[str, Any] = {"database": "jaspar2024", "trials": 3, **SOURCES[OWN].defaults}
TEMPLATE = """\
# A run of expact on your own sequences: `expact run {file}`. Its report: `expact open {name}`.
name: {quoted}                # the run's folder is runs/{name}
datasets: [own]
own:                        # where the sequences are; paths from this file's folder, or absolute
{own}
architectures: [cnn-50]     # networks: cnn-50, cnn-2 (slower), cnn-deep (deeper, and the slowest)
activations: [relu, exponential]  # of the first layer, to compare
trials: {trials}                   # trainings of each network: a motif that all of them find can be trusted
epochs: {epochs}                  # passes over the training set, at most
patience: {patience}                # epochs without a lower validation loss after which a training stops
strand: {strand}                # both: reverse complements are learned from as well; single: RNA, without them
first_layer: {first_layer}         # filters and their width by the validation loss; paper: 30 filters of 19 nt
maps: {maps}                # of which bases count: drawn (a few sequences), motifs (TF-MoDISco's too; minutes), or none
paired: {paired}               # whether networks of a trial start from the same weights
batch_size: {batch_size}             # sequences in a mini-batch
database: {database}      # a release of JASPAR (jaspar2024-plants), or a MEME, JASPAR or TRANSFAC file
promiscuous: drop           # matrices of the database that match random PFMs (keep, as the paper did)
evalue: 0.1                 # largest E-value of a match
seed: 0                     # same seed, same result
"""


def run_name(files: tuple[Path, ...]) -> str:
    """Name of a run of these files: the first one's, of letters that a folder may have."""
    return as_name(_stem(files[0]))


def as_name(text: str) -> str:
    """Text as the name of a run, or of somebody's network: without letters that a folder or a table may not have."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:LONGEST_NAME] or OWN


def write(settings: dict, output: Path | None, name: str, options: dict, force: bool = False) -> Path:
    """Check and write a config for `own` of these settings, and say what the data are; options of `init` by name.

    Returns the config's path.

    Raises
    ------
    InputError
        When a file or an option is not what it should be, or the config is there already and not to be overwritten.
    """
    chosen = DEFAULTS | {key: value for key, value in options.items() if value is not None}
    database, output = chosen["database"], regular(output or f"{name}.yaml")
    for path in (output, name):
        absolute(path)  # so that what the config cannot say is refused
    if output.resolve() in [regular(path).resolve() for path in (*own.input_files(settings), database)]:
        raise InputError(f"{output} is one of the inputs; -o names another file for the config.")
    if "length" in chosen or "arrays" not in settings:
        settings = settings | {"length": chosen["length"] if "length" in chosen else usual_length(settings)}
    if Path(database).exists() or not database.lower().startswith("jaspar"):
        database = absolute(database)

    def text(sequences: int) -> str:
        """The config for so many sequences to train on."""
        return TEMPLATE.format(
            file=output,
            name=name,
            quoted=json.dumps(name),
            own="\n".join(f"  {key}: {as_yaml(value)}" for key, value in settings.items()),
            trials=chosen["trials"],
            strand=chosen["strand"],
            first_layer=chosen["first_layer"],
            maps=chosen["maps"],
            patience=chosen["patience"],
            paired=json.dumps(chosen["paired"]),
            **own.schedule(sequences) | ({"epochs": chosen["epochs"]} if "epochs" in chosen else {}),
            database=as_yaml(database),
        )

    config_module.check(yaml.safe_load(text(sequences=1)), output)
    databases.load(database)
    if output.exists() and not force:
        raise InputError(f"{output} is there already; --force overwrites it, -o names another.")
    data = own.load(settings, 0, chosen["strand"])
    with atomic(output, checksum=False) as partial:
        partial.write_text(text(sequences=len(data.X["train"])), encoding="utf-8")
    describe(data, options.get("strand"))
    for note in databases.notes(database):
        click.echo(f"  {note}")
    return output


def settings_of(files: tuple[Path, ...], labels, genome, negatives) -> dict:
    """`own` of a config for these files, told by their names.

    Raises
    ------
    InputError
        When the files do not go together, or are of no known kind.
    """
    kinds = {_kind(path) for path in files}
    if len(kinds) > 1 or (kinds <= {"table", "arrays"} and len(files) > 1):
        raise InputError("these files do not go together; expected FASTA or BED files, one a class, or one other file.")
    settings: dict[str, Any] = {}
    if kinds == {"classes"} and labels:
        if len(files) > 1:
            raise InputError(f"--labels goes with one FASTA file; there are {len(files)}.")
        settings |= {"fasta": absolute(files[0]), "labels": absolute(labels)}
    elif kinds == {"classes"}:
        names = [_stem(path) for path in files]
        if len(set(names)) < len(names):
            twice = max(names, key=names.count)
            raise InputError(f"two files are named {twice}; a class is named after its file. Rename one of them.")
        settings["classes"] = {name: absolute(path) for name, path in zip(names, files, strict=True)}
    else:
        settings[kinds.pop()] = absolute(files[0])
    if genome:
        settings["genome"] = absolute(genome)
    if len(settings.get("classes", {})) == 1 and not negatives:
        negatives = "gc" if own.is_bed(files[0]) else "shuffle"
    if negatives:
        settings["negatives"] = negatives if negatives in own.NEGATIVES else absolute(Path(negatives))
    return settings


def _kind(path: Path) -> str:
    for kind, known in (("classes", (*FASTA, *BED)), ("table", TABLES), ("arrays", ARRAYS)):
        if ending(path) in known:
            return kind
    if ending(path) == PROTEIN:
        raise InputError(f"{path} is of proteins, by its name; expected DNA or RNA.")
    raise InputError(f"{path}: what is it? Expected a name ending in {', '.join((*FASTA, *BED, *TABLES, *ARRAYS))}.")


def _stem(path: Path) -> str:
    """Name of a file without what says what it is, e.g. `CTCF.K562` of `CTCF.K562.fa.gz`."""
    name = Path(path.stem if path.suffix.lower() in PACKINGS else path.name)
    return name.stem if name.suffix.lower() in (*FASTA, *BED, *TABLES, *ARRAYS) else name.name


def absolute(path: str | Path) -> str:
    """Absolute path, as a config and every table can hold it.

    Raises
    ------
    InputError
        When a file cannot: of control characters, or no UTF-8.
    """
    found = str(expanded(path).absolute())
    if UNNAMEABLE.search(found):
        raise InputError(
            f"{found!r} is a path that not every file can hold; expected one in UTF-8, without tabs, line ends and "
            "other control characters."
        )
    return found


def as_yaml(value) -> str:
    """A value as one line of YAML: JSON, in which all text is quoted, but with the escapes that YAML has in common."""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def usual_length(settings: dict) -> int:
    """Length of the sequences, or, of several, their median in steps of 10; within what the networks take."""
    lengths = own.lengths(settings)
    middle = int(np.median(lengths))
    if settings.get("genome") and middle < SHORTEST:
        return WINDOW
    return int(np.clip(middle if lengths.min() == lengths.max() else round(middle, -1), SHORTEST, LONGEST))


def describe(data, strand: str | None) -> None:
    """Print what a dataset holds; of RNA, also what `--strand` is for, where nobody chose it (`strand` is None)."""
    total = sum(len(of) for of in data.X.values())
    split = ", ".join(f"{len(of):,} to {name}" for name, of in data.X.items())
    click.echo(f"{total:,} sequences of {data.length} nt: {split}")
    for i, name in enumerate(data.class_names):
        labels = np.concatenate([of[:, i] for of in data.Y.values()])
        of_column = "numbers" if data.numbers else counted(int((labels == 1).sum()), "sequence")
        click.echo(f"  {name}: {of_column}")
    for note in data.notes:
        click.echo(f"  {note}")
    if strand is None and any(note.endswith(RNA) for note in data.notes):
        click.echo("  RNA has no other strand: --strand single (strand: single in the config) leaves it out")
