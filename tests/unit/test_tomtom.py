"""The command `python -m expact_utils.tomtom`, in this process; and once in one of its own, in tests/integration."""

import sys
from types import SimpleNamespace

import pytest
from support import names

from expact_utils import tomtom as command_of_tomtom
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.meme import write_meme
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.tomtom import COLUMNS, read_tsv
from expact_utils.run.errors import run_command


def planted(motif_id: str, **changes) -> Motif:
    motif = next(motif for motif in jaspar() if motif.id == motif_id)
    return Motif("query", "query", changes.get("pfm", motif.pfm), changes.get("nsites", motif.nsites))


@pytest.fixture
def command(monkeypatch, capsys):
    """Function: exit status, standard output and standard error of the command with some arguments."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["tomtom", *map(str, arguments)])
        try:
            run_command(command_of_tomtom._command)
            code, sentence = 0, ""
        except SystemExit as stop:
            code, sentence = 1, f"{stop.code}\n"  # as Python ends a process with a text
        told = capsys.readouterr()
        return SimpleNamespace(code=code, output=told.out, errors=told.err + sentence)

    return call


def test_command(tmp_path, command):
    write_meme(tmp_path / "q.meme", [planted("MA0466.2")])
    done = command(tmp_path / "q.meme", "jaspar2016", "--evalue", "0.1", "-o", tmp_path / "out.tsv")
    assert (done.code, done.errors) == (0, "")
    best = read_tsv(tmp_path / "out.tsv").iloc[0]
    assert (best["Query_ID"], best["Target_ID"]) == ("query", "MA0466.2")
    assert command(tmp_path / "q.meme", "jaspar2016").output.startswith("\t".join(COLUMNS))


def test_command_pseudocount(tmp_path, command):
    write_meme(tmp_path / "q.meme", [planted("MA0466.2", nsites=5)])
    p = []
    for pseudo in ("0.1", "10"):
        command(
            tmp_path / "q.meme", "jaspar2016", "--evalue", 10, "--nsites-pseudo", pseudo, "-o", tmp_path / "out.tsv"
        )
        p.append(read_tsv(tmp_path / "out.tsv")["p-value"].iloc[0])
    assert p[0] < p[1]  # ten sites of background on five real ones blur the query


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        ("", [], "is no motif file"),
        ("MEME version 4\n", [], "it holds none"),
        (None, ["--evalue", "-1"], "--evalue is -1.0; expected a number of at least 0"),
        (None, ["-o", "{tmp}/q.meme/out.tsv"], "cannot write"),
        (None, ["-o", "{tmp}"], "it is a folder"),
    ],
)
def test_command_with_bad_input(tmp_path, command, text, arguments, sentence):
    if text is None:
        write_meme(tmp_path / "q.meme", [planted("MA0466.2")])
    else:
        (tmp_path / "q.meme").write_text(text)
    output = ["-o", tmp_path / "out.tsv"] if "-o" not in arguments else []
    done = command(tmp_path / "q.meme", "jaspar2016", *output, *(a.format(tmp=tmp_path) for a in arguments))
    assert done.code == 1
    assert done.errors.startswith("error: ")
    assert sentence in done.errors
    assert done.errors.count("\n") == 1
    assert names(tmp_path) == ["q.meme"]
