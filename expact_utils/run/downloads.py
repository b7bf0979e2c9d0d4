"""Files that are downloaded once, by commit and SHA-256, to the folder that EXPACT_CACHE names or the user's cache."""

import os
from pathlib import Path

from expact_utils.run.errors import InputError
from expact_utils.run.paths import from_root


def cache_folder() -> Path:
    """Folder of downloaded files: EXPACT_CACHE, from the project's root if relative, or the user's cache."""
    import pooch

    named = os.environ.get("EXPACT_CACHE")
    return from_root(named) if named else Path(pooch.os_cache("expact"))


def fetch(url: str, sha256: str, place: str | Path) -> Path:
    """Path of a file in the cache, downloaded if it is not there; its SHA-256 is checked in any case.

    Parameters
    ----------
    url : str
        Where it is published.
    sha256 : str
        Of its content.
    place : str or Path
        Its path below the cache's folder.

    Raises
    ------
    InputError
        When it cannot be downloaded, or is not the file that was published; names the file.
    """
    import pooch

    path = cache_folder() / place
    try:
        if not path.is_file():
            pooch.retrieve(url, f"sha256:{sha256}", path.name, path.parent, progressbar=True)
        found = pooch.file_hash(path)
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(
            f"cannot download {path.name} to {path.parent} (EXPACT_CACHE names another folder): {reason}"
        ) from None
    if found != sha256:
        raise InputError(f"{path} has SHA-256 {found}; expected {sha256}. Remove it to download it again.")
    return path
