"""Bad and odd inputs, each through the command `expact`: one clear sentence and nothing left behind, or a note."""

import bz2
import gzip
import io
import pickle
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import ROOT

from expact_utils import command
from expact_utils.command import main
from expact_utils.data import sequences
from expact_utils.run.errors import InputError

LENGTH = 120


def letters(number, length=LENGTH, seed=0, alphabet="ACGT"):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(alphabet), length)) for _ in range(number)]


def fasta(number=30, length=LENGTH, seed=0, alphabet="ACGT", name="s{}", end="\n"):
    records = enumerate(letters(number, length, seed, alphabet))
    return "".join(f">{name.format(i)}{end}{text}{end}" for i, text in records).encode()


def table(labels, header="sequence,bound", seed=0):
    rows = [f"{text},{label}" for text, label in zip(letters(len(labels), seed=seed), labels, strict=True)]
    return "\n".join([header, *rows, ""]).encode()


def named(content):
    """A table with a first column of names, which its header has already."""
    header, *rows = content.splitlines(keepends=True)
    return header + b"".join(b"n%d,%s" % (i, row) for i, row in enumerate(rows))


def one_hot(number=30, length=LENGTH):
    return np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (number, length))]


def hdf5(**arrays):
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        for name, array in arrays.items():
            made[name] = array
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def changed(array, place, value):
    array[place] = value
    return array


def bed(*rows):
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()


HALF = np.arange(30) % 2
SPLIT = ("train", "valid", "test")
GOOD = fasta(seed=1)
GENOME = b">chr1\n" + "".join(letters(40, 1000, seed=3)).encode() + b"\n"
PLACES = [("chr1", 900 * i, 900 * i + 200) for i in range(30)]
LINKED = {"external": h5py.ExternalLink("/etc/hostname", "/"), "soft": h5py.SoftLink("/nowhere")}


class Ran(Exception):
    """Unpickling this would raise it."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a file ran code')",)


# Each row: files, what `expact init` is given, and the sentence that is expected.
REFUSED = {
    "protein": ({"a.fa": fasta(alphabet="ACDEFGHIKLMNPQRSTVWY")}, ["a.fa"], r"a\.fa, line 2, column \d+: '\w' is no nucleotide \(a protein"),
    "a digit in a sequence": ({"a.fa": b">s\nACGT\nAC7T\n"}, ["a.fa"], "a.fa, line 3, column 3: '7' is no nucleotide"),
    "a gap of an alignment": ({"a.fa": b">s\nACG-T\n"}, ["a.fa"], "a.fa, line 2, column 4: '-' is no nucleotide"),
    "an empty file": ({"a.fa": b""}, ["a.fa"], "a.fa holds no sequence"),
    "blank lines": ({"a.fa": b"\n \n\n"}, ["a.fa"], "a.fa holds no sequence"),
    "a header only": ({"a.fa": b">s1\n"}, ["a.fa"], "a.fa, line 1: s1 has no sequence"),
    "a header without sequence midway": ({"a.fa": b">s1\nACGT\n>s2\n>s3\nACGT\n"}, ["a.fa"], "line 3: s2 has no seq"),
    "a header without name": ({"a.fa": b">\nACGT\n"}, ["a.fa"], "a.fa, line 1: the header has no name"),
    "no header": ({"a.fa": b"ACGT\n"}, ["a.fa"], "a.fa, line 1: expected a FASTA header"),
    "FASTQ, cut short": ({"a.fq": b"@r1\nACGT\n+\nIIII\n@r2\nACGT\n"}, ["a.fq"], "a.fq, line 5: expected four lines"),
    "a header that is not text": ({"a.fa": b">\xff\xfe\nACGT\n"}, ["a.fa"], "a.fa, line 1: the header is not text"),
    "UTF-16": ({"a.fa": GOOD.decode().encode("utf-16")}, ["a.fa"], "a.fa, line 1: expected a FASTA header"),
    "binary junk": ({"a.fa": np.random.default_rng(0).bytes(5000)}, ["a.fa"], r"a\.fa, line 1"),
    "gzip cut short": ({"a.fa.gz": gzip.compress(GOOD)[:-20]}, ["a.fa.gz"], "a.fa.gz, after line .* cut short"),
    "gzip with a flipped byte": (
        {"a.fa.gz": gzip.compress(GOOD)[:200] + b"\xff" * 40 + gzip.compress(GOOD)[240:]},
        ["a.fa.gz"],
        r"a\.fa\.gz, .*(cut short or damaged|no nucleotide|expected a FASTA header)",
    ),
    "one sequence": ({"a.fa": fasta(1)}, ["a.fa"], "the class a has 1 positive sequence; expected at least 3"),
    "a class with two members": ({"a.fa": fasta(2), "b.fa": GOOD}, ["a.fa", "b.fa"], "the class a has 2 positive"),
    "all of one class": ({"a.csv": table([1] * 30)}, ["a.csv"], "the class bound has 0 negative sequences"),
    "none of a class": ({"a.csv": table([0] * 30)}, ["a.csv"], "the class bound has 0 positive sequences"),
    "labels 0, 1, 2": ({"a.csv": table(np.arange(30) % 3)}, ["a.csv"], "bound of 3 is '2'; expected a label, 0 or 1"),
    "labels in words of no class": ({"a.csv": table(["maybe", *"abcdefghijklmnopqrstuvwxyzabc"])}, ["a.csv"],
                                    "bound holds names of classes, and maybe is that of 1 sequence"),
    "activities that are to be classes": ({"a.csv": table([f"0.{i + 11}" for i in range(30)])},
                                          ["a.csv", "--target", "classes"], "bound of 1 is '0.11'; expected a label"),
    "numbers and words": ({"a.csv": table([*(f"0.{i + 11}" for i in range(29)), "high"])}, ["a.csv", "--target", "numbers"],
                          "bound of 30 is 'high'; expected a number"),
    "numbers and labels": ({"a.csv": table([f"0.{i + 11},{i % 2}" for i in range(30)], "sequence,activity,bound")}, ["a.csv"],
                           "activity holds numbers to predict, and bound does not; label_columns, or --label-column of expact init, names"),
    "one number throughout": ({"a.csv": table(["0.5"] * 30)}, ["a.csv", "--target", "numbers"],
                              "bound has 1 value in the split train; expected at least 3, that differ"),
    "an infinite number": ({"a.csv": table([*(f"0.{i + 11}" for i in range(29)), "inf"])}, ["a.csv"],
                           "bound of 30 is 'inf'; expected a number"),
    "a number beyond all": ({"a.csv": table([*(f"0.{i + 11}" for i in range(29)), "1e40"])}, ["a.csv"],
                            "bound of 30 is '1e40'; expected a number"),
    "infinity in an array": ({"a.npz": npz(X=one_hot(), Y=changed(np.linspace(0, 1, 30), 7, np.inf))}, ["a.npz"],
                             "holds inf at row"),
    "numbers and labels in an array": ({"a.npz": npz(X=one_hot(), Y=np.stack([HALF, np.linspace(0, 1, 30)], axis=1))},
                                       ["a.npz"], "column 1 of the labels holds numbers to predict, and column 0 does not"),
    "no negative label": ({"a.csv": table(["1", ""] * 15)}, ["a.csv"], "the class bound has 0 negative sequences"),
    "no label at all": ({"a.csv": table([""] * 30)}, ["a.csv"], "no sequence of a.csv has a label"),
    "no column of sequences": ({"a.csv": table(HALF, "dna,bound")}, ["a.csv"], "a.csv has no column sequence; .* dna"),
    "two columns of sequences": ({"a.csv": table(HALF, "seq,bound").replace(b"seq,", b"seq,Sequence,", 1)}, ["a.csv"], "columns"),
    "no column of labels": ({"a.tsv": b"sequence\n" + b"\n".join(t.encode() for t in letters(9))}, ["a.tsv"],
                            "a.tsv has no column of labels"),
    "a column twice": ({"a.csv": b"sequence,y,y\nACGT,0,1\n"}, ["a.csv"], "a.csv has two columns y"),
    "a row cut short": ({"a.csv": table(HALF) + b"ACGT\n"}, ["a.csv"], "a.csv, line 32: 1 columns; the header has 2"),
    "an empty table": ({"a.csv": b""}, ["a.csv"], "a.csv is empty"),
    "a table with a header only": ({"a.csv": b"sequence,bound\n"}, ["a.csv"], "a.csv holds no sequence"),
    "a table that is binary": ({"a.csv": b"\x00\xff\x80" * 50}, ["a.csv"], "a.csv, line 1: not text"),
    "duplicate IDs, with labels": (
        {"a.fa": fasta(name="same"), "l.csv": b"id,y\nsame,1\n"},
        ["a.fa", "--labels", "l.csv"],
        r"a\.fa names same twice \(records 1 and 2\)",
    ),
    "duplicate IDs of labels": ({"a.fa": GOOD, "l.csv": b"id,y\ns0,1\ns0,0\n"}, ["a.fa", "--labels", "l.csv"],
                                "l.csv, line 3: the ID s0 was in line 2 already"),
    "a label missing": ({"a.fa": GOOD, "l.csv": b"id,y\ns0,1\n"}, ["a.fa", "--labels", "l.csv"],
                        r"l\.csv has no row for s1 of .*a\.fa \(29 such"),
    "a label too many": (
        {"a.fa": fasta(3), "l.csv": b"id,y\ns0,1\ns1,0\ns2,0\nt,1\n"},
        ["a.fa", "--labels", "l.csv"],
        r"a\.fa has no sequence for t of .*l\.csv",
    ),
    "labels without a column of names": ({"a.fa": GOOD, "l.csv": b"peak,y\ns0,1\n"}, ["a.fa", "--labels", "l.csv"],
                                         "l.csv has no column id; its header has peak, y. id_column, or --id-column of expact init, names"),
    "a chromosome that is not there": ({"a.bed": bed(("chrX", 0, 200)), "g.fa": GENOME}, ["a.bed", "--genome", "g.fa"],
                                       r"a\.bed, line 1: .*chrX"),
    "FASTA and a genome": ({"a.fa": GOOD, "g.fa": GENOME}, ["a.fa", "--genome", "g.fa"],
                           "own: genome goes with files of regions .*, and there are none"),
    "the positives again for negatives": ({"a.fa": GOOD, "b.fa": GOOD}, ["a.fa", "--negatives", "b.fa"],
                                          "all negatives of b.fa are positives as well, or their reverse complements"),
    "bzip2": ({"a.fa.bz2": bz2.compress(GOOD)}, ["a.fa.bz2"], "a.fa.bz2 is packed by bzip2; expected it plain"),
    "a column without a name": ({"a.csv": table(HALF, "sequence,")}, ["a.csv"], "a.csv: column 2 has no name"),
    "splits of other names": ({"a.csv": table(["0,1"] * 30, "sequence,split,y")}, ["a.csv"], "split holds '0'; expected train"),
    "coordinates of 5,000 digits": ({"a.bed": bed(("chr1", 1, "9" * 5000)), "g.fa": GENOME},
                                    ["a.bed", "--genome", "g.fa"], "a.bed, line 1: expected chromosome, start and end"),
    "regions without genome": ({"a.bed": bed(*PLACES)}, ["a.bed"], "holds regions; expected genome"),
    "a region that ends before it starts": ({"a.bed": bed(("chr1", 300, 100)), "g.fa": GENOME},
                                            ["a.bed", "--genome", "g.fa"], "a.bed, line 1"),
    "regions in words": ({"a.bed": bed(("chr1", "from", "to")), "g.fa": GENOME}, ["a.bed", "--genome", "g.fa"],
                         "a.bed holds no region"),
    "an empty file of regions": ({"a.bed": b"", "g.fa": GENOME}, ["a.bed", "--genome", "g.fa"],
                                 "a.bed holds no region"),
    "a genome that is binary": ({"a.bed": bed(*PLACES), "g.fa": b"\x00\x01\x02" * 99}, ["a.bed", "--genome", "g.fa"],
                                "g.fa"),
    "no genome": ({"a.bed": bed(*PLACES)}, ["a.bed", "--genome", "absent.fa"], "absent.fa"),
    "not HDF5": ({"a.h5": b"no such thing"}, ["a.h5"], "a.h5 is not .*HDF5"),
    "HDF5 cut short": ({"a.h5": hdf5(X=one_hot(), Y=HALF)[:3000]}, ["a.h5"], "a.h5"),
    "HDF5 with other names": ({"a.h5": hdf5(sequences=one_hot())}, ["a.h5"], "a.h5 holds sequences; expected X_train"),
    "one-hot of two bases": ({"a.h5": hdf5(X=changed(one_hot(), (4, 7), [1, 1, 0, 0]), Y=HALF)}, ["a.h5"],
                             "X holds 1 1 0 0 at row 4, position 7; expected a one-hot base"),
    "one-hot of five": ({"a.h5": hdf5(X=np.zeros((30, 5, 120), np.float32), Y=HALF)}, ["a.h5"],
                        "X is float32 of shape"),
    "NaN": ({"a.npz": npz(X=changed(one_hot(), (2, 3), np.nan), Y=HALF)}, ["a.npz"],
            "X holds nan nan nan nan at row 2, position 3"),
    "labels of NaN alone": ({"a.npz": npz(X=one_hot(), Y=HALF * np.nan)}, ["a.npz"],
                            "Y holds nan at row 0; expected labels 0 or 1"),
    "fewer labels than sequences": ({"a.npz": npz(X=one_hot(), Y=HALF[:20])}, ["a.npz"],
                                    "X has 30 sequences and Y 20 rows of labels"),
    "probabilities for labels": ({"a.npz": npz(X=one_hot(), Y=HALF * 0.7)}, ["a.npz"], "Y holds 0.7 at row 1"),
    "arrays of text": ({"a.npz": npz(X=np.array(letters(30)), Y=HALF)}, ["a.npz"], "X is <U120 of shape"),
    "not npz": ({"a.npz": b"no such thing"}, ["a.npz"], "a.npz is not a readable npz"),
    "npz cut short": ({"a.npz": npz(X=one_hot(), Y=HALF)[:-30]}, ["a.npz"], "a.npz is not a readable npz"),
    "npz with a pickle": ({"a.npz": npz(X=np.array([Ran()], object), Y=HALF)}, ["a.npz"],
                          "a.npz is not a readable npz"),
    "a bare pickle": ({"a.npz": pickle.dumps(Ran())}, ["a.npz"], "a.npz is not a readable npz"),
    "HDF5 with a link to another file": ({"a.h5": hdf5(X=LINKED["external"], Y=HALF)}, ["a.h5"],
                                         "X is no array of this file; links to elsewhere are not followed"),
    "HDF5 with a dangling link": ({"a.h5": hdf5(X=LINKED["soft"], Y=HALF)}, ["a.h5"], "X is no array of this file"),
    "no such file": ({}, ["absent.fa"], "cannot read .*absent.fa: No such file"),
    "a folder": ({"a.fa/b": b""}, ["a.fa"], "cannot read .*a.fa: Is a directory"),
    "a name that says nothing": ({"a.docx": GOOD}, ["a.docx"], "a.docx: what is it.* Expected a name ending in"),
    "a tab in a class's name": ({"a\tb.fa": GOOD}, ["a\tb.fa"], r"a\\tb.fa' is a path .* expected one in UTF-8, without tabs"),
    "a line end in a class's name": ({"a\nb.fa": GOOD}, ["a\nb.fa"], r"a\\nb.fa' is a path that not every file can hold"),
    "a file's name that is no UTF-8": ({"\udcff.fa": GOOD}, ["\udcff.fa"], r"\\udcff.fa' is a path that not every file"),
    "a config's name that is no UTF-8": ({"a.fa": GOOD}, ["a.fa", "-o", "\udcff.yaml"], r"\\udcff.yaml' is a path that not every"),
    "a run's name that is no UTF-8": ({"a.fa": GOOD}, ["a.fa", "-o", "a.yaml", "--name", "\udcff"], r"\\udcff' is a path that not"),
    "a database's name that is no UTF-8": ({"a.fa": GOOD, "\udcff.meme": b"junk"},
                                           ["a.fa", "--database", "\udcff.meme"], r"\\udcff.meme' is a path that not"),
    "a line separator in a column's name": ({"a.csv": table(HALF, "sequence,a\u2028b")}, ["a.csv"],
                                            r"a class is called 'a\\u2028b'; expected a name in UTF-8, without tabs"),
    "a zero byte in a name": ({"a.fa": GOOD.replace(b">s3", b">s\0")}, ["a.fa"],
                              r"a sequence is called 's\\x00'; expected a name without zero bytes"),
    "proteins": ({"a.faa": GOOD}, ["a.faa"], "a.faa is of proteins, by its name; expected DNA or RNA"),
    "files that do not go together": ({"a.fa": GOOD, "a.csv": table(HALF)}, ["a.fa", "a.csv"], "do not go together"),
    "a file twice": ({"a.fa": GOOD}, ["a.fa", "a.fa"], "two files are named a"),
    "negatives that are not there": ({"a.fa": GOOD}, ["a.fa", "--negatives", "shufle"], "cannot read .*shufle"),
    "GC-matched negatives without genome": ({"a.fa": GOOD}, ["a.fa", "--negatives", "gc"], "draws from a genome"),
    "a name that leaves the folder of runs": ({"a.fa": GOOD}, ["a.fa", "--name", "../x"], "name is \"../x\""),
    "a database that does not exist": ({"a.fa": GOOD}, ["a.fa", "--database", "jaspar1999"], "jaspar1999"),
    "a database that is no motif file": ({"a.fa": GOOD, "d.meme": b"junk"}, ["a.fa", "--database", "d.meme"], "d.meme"),
    "a matrix too wide for Tomtom": ({"a.fa": GOOD, "d.txt": b">x\n" + 4 * (b"1 " * 150 + b"\n")},
                                     ["a.fa", "--database", "d.txt"], r"x \(line 1\): it is 150 positions wide; .* at most 100"),
    "no trial": ({"a.fa": GOOD}, ["a.fa", "--trials", "0"], "trials is 0"),
    "no epoch": ({"a.fa": GOOD}, ["a.fa", "--epochs", "0"], "epochs is 0"),
    "a length that no network takes": ({"a.fa": GOOD}, ["a.fa", "--length", "0"], "own: length is 0; expected .* 20"),
    "a length beyond all memory": ({"a.fa": GOOD}, ["a.fa", "--length", "100000000"], "length is 100000000; .* 100000"),
    "no name": ({"a.fa": GOOD}, ["a.fa", "--name", ""], 'name is ""'),
    "a name too long for a folder": ({"a.fa": GOOD}, ["a.fa", "--name", "x" * 300], "at most 60 letters"),
    "a folder for a database": ({"a.fa": GOOD, "d/x": b""}, ["a.fa", "--database", "d"], "cannot read .*/d: Is a dir"),
    "a database misspelt": ({"a.fa": GOOD}, ["a.fa", "--database", "hocomoco"], "cannot read .*/hocomoco: No such"),
    "old Mac line ends": ({"a.fa": fasta(end="\r")}, ["a.fa"], "a.fa, line 1: a carriage return within the line"),
    "negatives beside labels": ({"a.csv": table(HALF)}, ["a.csv", "--negatives", "shuffle"], "negatives goes with classes, not with table"),
    "all of it N": ({"a.fa": fasta(alphabet="N")}, ["a.fa"], "all sequences, as s0, are of N alone"),
    "the same file as both classes": ({"a.fa": GOOD, "b.fa": GOOD}, ["a.fa", "b.fa"], "the class a has 0 negative"),
    "a genome packed by gzip": ({"a.bed": bed(*PLACES), "g.fa.gz": gzip.compress(GENOME)},
                                ["a.bed", "--genome", "g.fa.gz"], "g.fa.gz: .*bgzip"),
    "no sequence in an array": ({"a.npz": npz(X=one_hot()[:0], Y=HALF[:0])}, ["a.npz"], "X holds no sequence"),
    "arrays in a group": ({"a.h5": hdf5(**{"g/X": one_hot(), "g/Y": HALF})}, ["a.h5"], "a.h5 holds g, g/X, g/Y; expected"),
    "sequences as long as there are bases": ({"a.npz": npz(X=one_hot(30, 4), Y=HALF)}, ["a.npz"], "X is .* 4, 4"),
}  # fmt: skip


LABELS = b"Name,bound\n" + b"".join(b"s%d,%d\n" % (i, i % 2) for i in range(30))
# Each row: files, what `expact init` is given, and what it says of them.
ACCEPTED = {
    "columns by option": ({"a.csv": table(HALF, "dna,bound")},
                          ["a.csv", "--sequence-column", "dna", "--label-column", "bound"], "bound: 15 sequences"),
    "labels whose names are in a column name": (
        {"a.fa": GOOD, "l.csv": LABELS}, ["a.fa", "--labels", "l.csv"], "bound: 15 sequences"),
    "labels whose names are in a column by option": (
        {"a.fa": GOOD, "l.csv": LABELS.replace(b"Name", b"peak")},
        ["a.fa", "--labels", "l.csv", "--id-column", "peak"], "bound: 15 sequences"),
    "regions of a file of one strand, with an odd line": (
        {"a.bed": bed(*((*place, "n", 0, "-") for place in PLACES), ("chr1", 5)), "g.fa": GENOME},
        ["a.bed", "--genome", "g.fa"], "reverse-complemented 30 regions on the minus strand"),
    "FASTQ": ({"a.fastq": b"".join(b"@r%d\n%s\n+\n%s\n" % (i, t.encode(), b"I" * len(t)) for i, t in enumerate(letters(30)))},
              ["a.fastq"], "FASTQ; qualities were not looked at"),
    "labels yes and no": ({"a.csv": table(["yes", "no"] * 15)}, ["a.csv"], "bound: yes taken for 1, and no for 0"),
    "labels TRUE and FALSE": ({"a.csv": table(["TRUE", "FALSE"] * 15)}, ["a.csv"], "bound: true taken for 1"),
    "names of classes": ({"a.csv": table(["SRF", "YY1", "NA"] * 10)}, ["a.csv"], "bound holds the names of 3 classes"),
    "a column seq": ({"a.csv": table(HALF, "Seq,bound")}, ["a.csv"], "bound: 15 sequences"),
    "a database packed by gzip": (
        {"a.fa": GOOD, "d.meme.gz": gzip.compress(b"MEME version 4\nMOTIF x\nletter-probability matrix:\n1 0 0 0\n")},
        ["a.fa", "--database", "d.meme.gz"], "60 sequences of 120 nt"),
    "RNA": ({"a.fa": fasta(alphabet="ACGU")}, ["a.fa"], "U taken for T"),
    "lower case": ({"a.fa": fasta(alphabet="acgt")}, ["a.fa"], "a: 30 sequences"),
    "Windows line ends": ({"a.fa": fasta(end="\r\n")}, ["a.fa"], "60 sequences of 120 nt"),
    "a byte order mark": ({"a.fa": b"\xef\xbb\xbf" + GOOD}, ["a.fa"], "60 sequences of 120 nt"),
    "a table with a byte order mark and Windows line ends": (
        {"a.csv": b"\xef\xbb\xbf" + table(HALF).replace(b"\n", b"\r\n")}, ["a.csv"], "bound: 15 sequences"),
    "a comment, and blanks within sequences": ({"a.fa": b";comment\n" + GOOD.replace(b"ACG", b"AC G")}, ["a.fa"],
                                               "60 sequences of 120 nt"),
    "tabs in a file named .csv": ({"a.csv": table(HALF).replace(b",", b"\t")}, ["a.csv"], "bound: 15 sequences"),
    "quotes and commas in a class's name": ({"a.csv": table(HALF, 'sequence,"a, ""b"""')}, ["a.csv"], 'a, "b": 15'),
    "blanks and letters of all kinds in a file's name": ({"my pé%s {aks}.fa": GOOD}, ["my pé%s {aks}.fa"], "{aks}: 30"),
    "a name of 200 letters": ({"x" * 200 + ".fa": GOOD}, ["x" * 200 + ".fa"], "x: 30 sequences"),
    "lines of a browser's track": ({"a.bed": b"track name=x\nbrowser position chr1\n# c\n" + bed(*PLACES),
                                    "g.fa": GENOME}, ["a.bed", "--genome", "g.fa"], "a: 30 sequences"),
    "peaks without summits": ({"a.narrowPeak": bed(*((*place, "n", 0, ".", 1, 1, 1, -1) for place in PLACES)),
                               "g.fa": GENOME}, ["a.narrowPeak", "--genome", "g.fa"], "a: 30 sequences"),
    "broad peaks": ({"a.broadPeak": bed(*((*place, "n", 0, "-", 1, 1, 1) for place in PLACES)), "g.fa": GENOME},
                    ["a.broadPeak", "--genome", "g.fa"], "reverse-complemented 30 regions on the minus strand"),
    "gapped peaks": ({"a.gappedPeak": bed(*((*place, "n", 0, ".", *place[1:], 0, 2, "50,50", "0,150", 1, 1, 1) for place in PLACES)),
                      "g.fa": GENOME}, ["a.gappedPeak", "--genome", "g.fa"], "a: 30 sequences"),
    "coding sequences, by their name": ({"genes.ffn": GOOD}, ["genes.ffn"], "genes: 30 sequences"),
    "genes of RNA, by their name": ({"genes.frn": fasta(alphabet="ACGU")}, ["genes.frn"], "U taken for T"),
    "sequences of 2,000 nt": ({"a.fa": fasta(length=2000)}, ["a.fa"], "60 sequences of 2000 nt"),
    "half precision": ({"a.npz": npz(X=one_hot().astype(np.float16), Y=HALF)}, ["a.npz"], "positive: 15 sequences"),
    "true and false": ({"a.npz": npz(X=one_hot().astype(bool), Y=HALF.astype(bool))}, ["a.npz"], "positive: 15 sequences"),
    "no last line end": ({"a.fa": GOOD.rstrip()}, ["a.fa"], "60 sequences of 120 nt"),
    "gzip that is not": ({"a.fa.gz": GOOD}, ["a.fa.gz"], "60 sequences of 120 nt"),
    "30 % N": ({"a.fa": fasta(alphabet="ACGTACGTNNN")}, ["a.fa"], "left out 2 shuffled negatives"),
    "IUPAC codes": ({"a.fa": fasta(alphabet="ACGTR")}, ["a.fa"], "letters for several bases"),
    "duplicate IDs without labels": ({"a.fa": fasta(name="same")}, ["a.fa"], "60 sequences of 120 nt"),
    "the same sequence again": ({"a.fa": GOOD + GOOD}, ["a.fa"], "30 sequences are there more than once"),
    "shorter than a filter": ({"a.fa": fasta(length=12)}, ["a.fa"], "30 padded with N, to 20 nt"),
    "wildly unequal lengths": ({"a.fa": fasta(20, 90) + fasta(10, 5000, seed=9, name="t{}")}, ["a.fa"],
                               "10 sequences cropped about their centre, 0 padded with N, to 90 nt"),
    "chromosome 1 for chr1": ({"a.bed": bed(*((1, *place[1:]) for place in PLACES)), "g.fa": GENOME},
                              ["a.bed", "--genome", "g.fa"], "chromosome 1 taken for chr1"),
    "windows over the chromosome's end": ({"a.bed": bed(*PLACES, ("chr1", 0, 20)), "g.fa": GENOME},
                                          ["a.bed", "--genome", "g.fa"], "left out 1 region with windows that hang over"),
    "a region beyond the chromosome's end": ({"a.bed": bed(*PLACES, ("chr1", 50_000, 50_200)), "g.fa": GENOME},
                                             ["a.bed", "--genome", "g.fa"], "left out 1 region beyond a chromosome's end"),
    "a contig that the genome lacks": ({"a.bed": bed(*PLACES, ("chrUn", 0, 200)), "g.fa": GENOME},
                                       ["a.bed", "--genome", "g.fa"], "left out 1 region on contigs that the genome lacks"),
    "an odd line": ({"a.bed": bed(*PLACES, ("chr1", "1e+03", 1200)), "g.fa": GENOME},
                    ["a.bed", "--genome", "g.fa"], "left out 1 line without a region, as line 31"),
    "names, and a column that is told by its name": (
        {"a.csv": named(table(HALF, "id,sequence,y"))}, ["a.csv"], "y: 15 sequences"),
    "splits that are told by their name": (
        {"a.csv": named(table([f"{SPLIT[i % 3]},{i // 3 % 2}" for i in range(30)], "name,sequence,split,y"))}, ["a.csv"],
        "10 to train, 10 to valid, 10 to test"),
    "names with dots": ({"C.K562.fa": GOOD, "C.G2.fa": fasta(seed=2)}, ["C.K562.fa", "C.G2.fa"], "C.G2: 30 sequences"),
    "FASTA named after regions": ({"peaks.bed.fa": GOOD}, ["peaks.bed.fa"], "peaks.bed: 30 sequences"),
    "names in capitals": ({"A.NPZ": npz(X=one_hot(), Y=HALF)}, ["A.NPZ"], "positive: 15 sequences"),
    "arrays of another length": ({"a.npz": npz(X=one_hot(), Y=HALF)}, ["a.npz", "--length", "110"],
                                 "120 nt long; 30 sequences cropped about their centre, 0 padded with N, to 110 nt"),
    "a table of unequal lengths": ({"a.csv": table(HALF).replace(b"\nA", b"\n")}, ["a.csv"],
                                   "119 to 120 nt long (median 120); 0 sequences cropped about their centre"),
    "HTML in a class's name": ({"<b>a.fa": GOOD}, ["<b>a.fa"], "<b>a: 30 sequences"),
    "activities": ({"a.csv": table([f"0.{i + 11}" for i in range(30)])}, ["a.csv"],
                   "bound: numbers to predict, 0.11 to 0.4 (median 0.255)"),
    "a label left out": ({"a.csv": table(["0", "1", "1", "0", ""] * 6)}, ["a.csv"], "left out 6 sequences without any label"),
    "a label of two left out": ({"a.csv": table(["0,1", "1,0", "1,0", "0,1", ",1"] * 6, "sequence,a,b")}, ["a.csv"],
                                "a: 6 labels missing"),
    "NaN among labels": ({"a.npz": npz(X=one_hot(), Y=changed(HALF.astype(float), 5, np.nan))}, ["a.npz"],
                         "a.npz: 1 label missing"),
    "numbers in an array": ({"a.npz": npz(X=one_hot(), Y=np.linspace(-1, 2, 60).reshape(30, 2))}, ["a.npz"],
                            "a.npz: numbers to predict, -1 to 2"),
    "N as zeros": ({"a.npz": npz(X=changed(one_hot(), (3, slice(40)), 0), Y=HALF)}, ["a.npz"], "positive: 15 sequences"),
}  # fmt: skip


def write(folder: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """Write files; return what the folder holds."""
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return held(folder)


def held(folder: Path) -> dict[str, bytes]:
    """All files of a folder but indices of a genome, which are its own."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".fai"}


def expact(folder, monkeypatch, *arguments):
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def check_refused(done, sentence):
    """One sentence on standard error, exit status 1, no traceback."""
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit), done.exception
    assert re.fullmatch(r"error: [^\n]+\n", done.stderr), done.stderr
    assert re.search(sentence, done.stderr), done.stderr


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_one_sentence_and_nothing_left_behind(tmp_path, monkeypatch, case):
    files, arguments, sentence = REFUSED[case]
    before = write(tmp_path, files)
    done = expact(tmp_path, monkeypatch, "init", *arguments)
    check_refused(done, sentence)
    assert held(tmp_path) == before


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted_and_said(tmp_path, monkeypatch, case):
    files, arguments, note = ACCEPTED[case]
    before = write(tmp_path, files)
    done = expact(tmp_path, monkeypatch, "init", *arguments, "-o", "made.yaml")
    assert done.exit_code == 0, done.output
    assert note in done.output
    after = held(tmp_path)
    assert yaml.safe_load(after.pop("made.yaml"))["datasets"] == ["own"]
    assert after == before


@pytest.mark.parametrize(
    ("alphabet", "strand", "said"),
    [
        ("ACGU", (), True),
        ("ACGU", ("--strand", "both"), False),
        ("ACGU", ("--strand", "single"), False),
        ("ACGT", (), False),
    ],
)
def test_of_rna_the_option_of_one_strand_is_told(tmp_path, monkeypatch, alphabet, strand, said):
    write(tmp_path, {"a.fa": fasta(alphabet=alphabet)})
    done = expact(tmp_path, monkeypatch, "init", "a.fa", *strand)
    assert ("RNA has no other strand: --strand single (strand: single in the config)" in done.output) == said, (
        done.output
    )
    assert yaml.safe_load((tmp_path / "a.yaml").read_text())["strand"] == (strand[1] if strand else "both")


CONFIG = {
    "name": "x",
    "datasets": ["own"],
    "own": {"classes": {"a": "{folder}/a.fa"}, "negatives": "shuffle"},
    "architectures": ["cnn-2"],
    "activations": ["exponential"],
    "trials": 1,
    "epochs": 1,
    "batch_size": 10,
}

# Each row: what is changed in a config that works, and the sentence that `expact run` stops with.
CONFIGS = {
    "a setting misspelt": ({"epoch": 5}, "epoch.*epochs"),
    "a setting of own misspelt": ({"own": {**CONFIG["own"], "negativs": "gc"}}, "negativs.*negatives"),
    "a network misspelt": ({"architectures": ["cnn2"]}, "cnn2.*cnn-2"),
    "text for a number": ({"trials": "many"}, 'trials is "many"'),
    "a number too small": ({"epochs": 0}, "epochs is 0"),
    "own without data": ({"own": {"negatives": "none"}}, "own has no data"),
    "own with two kinds of data": ({"own": {**CONFIG["own"], "table": "t.csv"}}, "own has classes and table"),
    "a file that has gone": ({"own": {"classes": {"a": "/nowhere/a.fa"}}}, "cannot read /nowhere/a.fa"),
    "a name that leaves the folder of runs": ({"name": "../../x"}, 'name is "../../x"'),
    "a database that does not exist": ({"database": "jaspar2024-martians"}, "jaspar2024-martians"),
    "a TF named with a semicolon": (
        {"own": {**CONFIG["own"], "relevant": {"a;b": ["MA1"]}}},
        "TF 'a;b'; expected a name wi",
    ),
    "chromosomes that no sequence names": ({"own": {**CONFIG["own"], "valid": [8]}}, "valid names 8, of which there"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_config_is_refused_before_any_work(tmp_path, monkeypatch, case):
    changes, sentence = CONFIGS[case]
    text = yaml.safe_dump(CONFIG | changes).replace("{folder}", str(tmp_path))
    before = write(tmp_path, {"a.fa": GOOD, "x.yaml": text.encode()})
    done = expact(tmp_path, monkeypatch, "run", "x.yaml")
    check_refused(done, sentence)
    assert held(tmp_path) == before
    assert not (ROOT / "runs" / "x").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(b"name: [", "x.yaml"), (b"\xff\xfe\x00", "x.yaml"), (b"", "x.yaml"), (b"- a\n", "x.yaml"),
     (b"name: !!python/object/apply:os.getcwd []\n", "x.yaml"), (b"name: " + b"[" * 9000, "x.yaml"),
     (b"epochs: " + b"9" * 5000, "x.yaml is not valid YAML"), (b"name: &a [*a]\n", "expected a value, not an alias")],
)  # fmt: skip
def test_a_config_that_is_none(tmp_path, monkeypatch, text, sentence):
    write(tmp_path, {"x.yaml": text})
    check_refused(expact(tmp_path, monkeypatch, "run", "x.yaml"), sentence)


def test_a_config_that_is_there_already_is_kept(tmp_path, monkeypatch):
    before = write(tmp_path, {"a.fa": GOOD, "a.yaml": b"mine\n"})
    check_refused(expact(tmp_path, monkeypatch, "init", "a.fa"), "a.yaml is there already; --force overwrites it")
    assert held(tmp_path) == before


@pytest.mark.parametrize(
    "arguments", [["a.fa", "-o", "a.fa"], ["a.fa", "-o", "./d.meme", "--database", "d.meme"], ["a.fa", "-o", "link"]]
)
def test_an_input_is_never_overwritten(tmp_path, monkeypatch, arguments):
    (tmp_path / "link").symlink_to("a.fa")
    before = write(tmp_path, {"a.fa": GOOD, "d.meme": b"mine"})
    done = expact(tmp_path, monkeypatch, "init", *arguments, "--force")
    check_refused(done, "is one of the inputs; -o names another file for the config")
    assert held(tmp_path) == before


def test_help_shows_the_three_commands_as_lines(tmp_path, monkeypatch):
    done = expact(tmp_path, monkeypatch, "--help")
    shown = [line.split() for line in done.output.splitlines()]
    assert [line[:3] for line in shown if line[:1] == ["expact"] and line[1] in ("init", "run", "open")] == [
        ["expact", "run", "--quick"],
        ["expact", "init", "peaks.fa"],
        ["expact", "run", "peaks.yaml"],
        ["expact", "open", "peaks"],
    ]
    assert "\\b" not in done.output


def test_what_does_not_fit_into_memory_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError("Unable to allocate 1 TiB")

    write(tmp_path, {"a.fa": GOOD})
    monkeypatch.setattr(sequences.Records, "fitted", full)
    sentence = "this takes more memory than there is .Unable to allocate 1 TiB"
    check_refused(expact(tmp_path, monkeypatch, "init", "a.fa"), sentence)


def test_a_huge_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "LONGEST_LINE", 1000)
    write(tmp_path, {"a.fa": b">s\n" + b"A" * 2000})
    check_refused(expact(tmp_path, monkeypatch, "init", "a.fa"), "a.fa, line 2 is longer than 1,000 bytes")


def test_a_gzip_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "ALWAYS_UNPACKED", 10_000)
    write(tmp_path, {"a.fa.gz": gzip.compress(b">s\n" + b"A\n" * 500_000)})
    check_refused(expact(tmp_path, monkeypatch, "init", "a.fa.gz"), "a.fa.gz unpacks to more than 100 times its size")


@pytest.mark.parametrize("name", ["a.fa", "a.fa.gz", "a.csv", "a.tsv", "a.bed", "a.h5", "a.npz", "x.yaml"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400) | st.text(alphabet=">ACGTNacgt,\t\n01 sequencybdhr:-").map(str.encode))
def test_any_bytes_are_taken_or_refused_with_one_sentence(tmp_path, monkeypatch, name, content):
    write(tmp_path, {name: content, "g.fa": GENOME})
    arguments = ["run", name] if name == "x.yaml" else ["init", name, "--genome", "g.fa", "--force"]
    done = expact(tmp_path, monkeypatch, *arguments)
    if done.exit_code:
        check_refused(done, "")


def test_run_of_files_writes_the_config_once(tmp_path, monkeypatch):
    """The graph itself is not started here; of the same files the config is taken up, of others it is kept."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.fa": GOOD, "b.fa": fasta(seed=5), "c.fa": fasta(seed=6)})
    config, targets = command._config_of(("a.fa", "b.fa"))
    assert (str(config), targets) == ("a.yaml", [])
    written = config.read_text()
    assert yaml.safe_load(written)["own"]["classes"] == {name: str(tmp_path / f"{name}.fa") for name in "ab"}
    assert command._config_of(("a.fa", "b.fa"))[0] == config
    assert command._config_of(("a.yaml", "tables")) == (Path("a.yaml"), ["tables"])
    with pytest.raises(InputError, match="a.yaml is there already, of other files"):
        command._config_of(("a.fa", "c.fa"))
    assert config.read_text() == written
