"""Inject the faults, and make the book's page from what happened: `python tests/faults.py [--page-only]`."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from expact_utils.files import atomic, read_json
from expact_utils.runs import ROOT, provenance

PAGE = ROOT / "book" / "faults.md"
RECORD, SOAK = (Path(__file__).with_name(f"{name}.json") for name in ("faults", "soak"))
TESTS = ("tests/test_faults.py", "tests/test_slurm.py")
TEXT = """<!-- Written by `make faults`; edit tests/faults.py instead. -->
# Whatever goes wrong

Long runs meet power cuts, full disks and killed jobs. Below is each fault that the tests inject into a run of the tiny
graph (`config/test.yaml` with one network, as far as its tables), what was promised, and what happened. *Same tables*:
`table1.csv`, `trials.csv`, `filters.csv`, and the PFMs and matches that they were made from, are those of a run that
nobody disturbed, bit for bit (but for the seconds that a training took, in `trials.csv`). Where nothing else is said,
“the same command” is `expact run CONFIG`, without any option or file to remove.

{table}

{soak}

**What was not injected.** The clock was not set back itself: a file was dated an hour ahead between two runs, as a clock
that was set back leaves it. None was set back while a run worked.

Made on {date} by commit {commit}, {machine}. `make faults` does it again; the tests inject the same faults each time.

## Why it holds

- A file is written under another name, brought to the disk, and renamed: there is the old one or the new one.
- Beside each file that a step leaves for another lies its SHA-256, hidden, as `sha256sum --check` reads it. Whoever reads
  the file compares it first. A run begins by looking all its files through.
- Everything random follows from seed, trial and epoch, so a step that is made again makes the same numbers, and
  two processes that write one file write the same numbers.
- A lock that ends with its process keeps two `expact run` apart, and needs no cleaning up.
- An executed notebook becomes a page only if each of its cells ran to its end.
"""


def page(record: dict, soak: dict | None) -> str:
    """The page as Markdown."""
    lines = [["fault", "promised", "what happened"], ["---"] * 3]
    lines += [[fault, row["promised"], row["happened"]] for fault, row in record["faults"].items()]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return TEXT.format(table=table, soak=_soaked(soak), **{key: record[key] for key in ("date", "commit", "machine")})


def _soaked(soak: dict | None) -> str:
    if soak is None:
        return ""
    runs, kills = len(soak["kills"]), sum(soak["kills"].values())
    return (
        f"**Again and again.** {runs} runs of the same graph, each from nothing, in which everything was killed at "
        f"random moments, {kills} times in all: {runs - len(soak['different'])} of {runs} ended with the tables of a run "
        f"that nobody disturbed (`make soak`, begun by commit {soak['commit']})."
    )


def inject() -> None:
    """Run the tests that inject faults, and keep what they record."""
    scratch = RECORD.with_suffix(".partial")
    scratch.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *TESTS],
        cwd=ROOT,
        env={**os.environ, "EXPACT_FAULTS": str(scratch)},
        check=False,
    )
    if done.returncode:
        sys.exit("error: a fault was not survived; the page is left as it was.")
    made = provenance()
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": made["commit"][:12],
        "machine": made["machine"],
        "faults": json.loads(scratch.read_text()),
    }
    scratch.unlink()
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--page-only", action="store_true", help="make the page from the last record")
    if not parser.parse_args().page_only:
        inject()
    with atomic(PAGE, checksum=False) as partial:
        partial.write_text(page(read_json(RECORD), read_json(SOAK) if SOAK.is_file() else None))
