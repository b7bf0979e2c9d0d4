"""A built book as a website: that no page is missing, and one file of it to pass on.

Command: `python -m expact_utils.report.website TOC HTML` fails, naming the pages, where HTML lacks pages of the
contents TOC.
"""

import argparse
import zipfile
from pathlib import Path

import yaml

from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import atomic


def check(toc: Path, html: Path) -> None:
    """Refuse a built book that lacks its first page or a page of its contents.

    Parameters
    ----------
    toc : Path
        Table of contents, Jupyter Book's `_toc.yml`.
    html : Path
        Folder of the built pages.

    Raises
    ------
    InputError
        When a page is missing, naming all that are, or the contents cannot be read.
    """
    try:
        names = listed(yaml.safe_load(toc.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {toc}: {error.strerror}.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{toc} is not valid YAML: {' '.join(str(error).split())}.") from None
    if not names:
        raise InputError(f"{toc} lists no page; expected the contents of a Jupyter Book.")
    missing = [f"{name}.html" for name in ["index", *names] if not (html / f"{name}.html").is_file()]
    if missing:
        raise InputError(f"{html} lacks {len(missing)} of {len(names) + 1} pages: {', '.join(missing)}.")


def listed(contents) -> list[str]:
    """Pages that (a part of) a table of contents names, the root first."""
    if isinstance(contents, list):
        return [name for part in contents for name in listed(part)]
    if not isinstance(contents, dict):
        return []
    return [contents[key] for key in ("root", "file") if key in contents] + listed(list(contents.values()))


def pack(html: Path, archive: Path, folder: str) -> None:
    """Write all files below `html` to a zip, inside one folder; the same files give the same bytes.

    Raises
    ------
    InputError
        When the zip cannot be written; an older one is then as it was.
    """
    with atomic(archive) as partial, zipfile.ZipFile(partial, "w") as file:
        for path in sorted(path for path in html.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{folder}/{path.relative_to(html).as_posix()}")  # dated 1980
            entry.external_attr = 0o644 << 16
            file.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def _command() -> None:
    parser = argparse.ArgumentParser(prog="python -m expact_utils.report.website", description=__doc__.splitlines()[0])
    parser.add_argument("toc", type=Path, help="table of contents, _toc.yml")
    parser.add_argument("html", type=Path, help="folder of the built book, such as _build/html")
    arguments = parser.parse_args()
    check(arguments.toc, arguments.html)


if __name__ == "__main__":
    run_command(_command)
