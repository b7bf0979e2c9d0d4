"""ZBED2 and IRF1: enhancers with and without a TF, as the journal version has them (Koo & Ploenzke 2021, tasks 5, 6).

Peaks of H3K27ac, 400 nt, in which ChIP-seq found the TF or did not; MIT licence. Files are downloaded once, by commit
and SHA-256, to the folder that EXPACT_CACHE names, or to the user's cache. GC content tells the classes apart to some
degree (ZBED2's auROC is .71), so a GC baseline belongs beside any score on them.
"""

from pathlib import Path

from expact_utils.data import arrays
from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.run import downloads

COMMIT = "46deba90fe3377b179bef765901337aad956b4ce"
URL = f"https://raw.githubusercontent.com/p-koo/exponential_activations/{COMMIT}/data/{{name}}_400_h3k27ac.h5"
SHA256 = {
    "ZBED2": "4ab4ebf246097571b8c79a0506de53b3b6a73a28dafde57f0d549bb54815705e",
    "IRF1": "bde3a684307494cdc4a584177f317ee6e2f9462f35a9b944f2acf85cb2d07b64",
}
# Matrices of JASPAR 2016 that count as finding the TF; it has none of ZBED2.
RELEVANT = {"IRF1": ("MA0050.2",)}


def zbed2() -> Dataset:
    """Enhancers with and without ZBED2: 3,431 to train, 490 to validate, 981 to test; see `load`."""
    return load("ZBED2")


def irf1() -> Dataset:
    """Enhancers with and without IRF1, whose motif is GAAANNGAAA: 2,724, 389 and 779; see `load`."""
    return load("IRF1")


def load(name: str) -> Dataset:
    """One of the two sets, split as its authors did.

    Parameters
    ----------
    name : str
        `ZBED2` or `IRF1`, which is also the name of its one class.

    Returns
    -------
    Dataset
        Length 400.

    Raises
    ------
    InputError
        When the file cannot be downloaded, or is not the one that was published.
    """
    found, _, _ = arrays.read(path(name))
    return Dataset(
        X={split: found[split][0] for split in SPLITS},
        Y={split: found[split][1] for split in SPLITS},
        class_names=[name],
        source=f"p-koo/exponential_activations, commit {COMMIT[:12]}: peaks of H3K27ac with and without {name}",
        seed=0,
        notes=["split as in the authors' file"],
        relevant={"expact": {name: RELEVANT[name]}} if name in RELEVANT else {},
    )


def path(name: str) -> Path:
    """Path of a set's file of one-hot sequences, as `downloads.fetch` gives it."""
    url = URL.format(name=name)
    return downloads.fetch(url, SHA256[name], Path("exponential_activations/data") / Path(url).name)
