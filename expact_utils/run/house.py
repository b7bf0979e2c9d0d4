"""The house's own files, in a clone or in an installation, and the folder that runs are kept in."""

from pathlib import Path

from expact_utils.run.errors import InputError

PACKAGE = Path(__file__).resolve().parent.parent
# A wheel carries notebooks, graph, configs and the book's pages in the package; a clone has them beside it.
INSTALLED = (PACKAGE / "house").is_dir()
HOUSE = PACKAGE / "house" if INSTALLED else PACKAGE.parent
# In a clone, runs are the clone's, wherever one stands; an installation is not written to.
ROOT = Path.cwd() if INSTALLED else HOUSE


def house_file(path: str | Path) -> Path:
    """Path that a user names: of a file here, or else of one of the house's own, e.g. `config/quick.yaml`.

    Where there is neither, it is returned as it was given.
    """
    here, ours = Path(path), HOUSE / path
    return ours if not here.exists() and ours.exists() else here


def book_files() -> list[Path]:
    """Files of the house that the book of any run is built of, besides its pages."""
    kinds = ("_config.yml", "book/*.md", "book/*.bib", "book/_static/**/*.*")
    return sorted(path for kind in kinds for path in HOUSE.glob(kind))


def within(path: str | Path) -> str:
    """Path of a file of the house below its folder, as any clone has it; another path as it is."""
    return str(Path(path).relative_to(HOUSE)) if Path(path).is_relative_to(HOUSE) else str(path)


def require_clone(what: str) -> None:
    """Refuse in an installation what writes into the house.

    Raises
    ------
    InputError
        Naming `what` was asked for.
    """
    if INSTALLED:
        raise InputError(f"{what} changes the project's own files, and works in a clone of the repository only.")
