"""One trial of a training: its settings, where it stands, and its files in a run's folder."""

import hashlib
import math
import sys
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np

from expact_utils.data.datasets import Dataset
from expact_utils.networks import engine, histories
from expact_utils.networks.models import build, first_convolution, load
from expact_utils.networks.protocols import PROTOCOLS, Protocol
from expact_utils.run.files import atomic, read_json, sha256, verify
from expact_utils.run.paths import Network, Run
from expact_utils.run.provenance import provenance

LEARNED = 0.99  # of the base rate's loss: a network that never gets below has learned nothing
GIVEN, BOTH, SINGLE = "given", "both", "single"  # strands


@dataclass(frozen=True)
class Settings:
    """What a training is: network, activation of its first layer, trial, and the protocol's numbers.

    Attributes
    ----------
    architecture, activation : str
        By their names in the registry.
    trial : int
        Trials differ in all that is random.
    epochs, batch_size, seed : int
        Passes over the training set, sequences in a mini-batch, and seed of the run.
    protocol : str
        One of `protocols.PROTOCOLS`.
    strand : str
        `both`: each sequence is learned from as it stands and as its reverse complement, and a prediction is the mean
        of both. `given`, as in the paper, or `single`, where there is no other strand: as it stands alone.
    patience : int
        Epochs without a lower validation loss after which training stops; 0: it goes on to the last epoch.
    paired : bool
        Whether networks of one trial start from the same weights and see the same batches, as in the paper.
    filters, width : int
        Filters of the first layer, and positions of each; 0: as the protocol and the architecture have them.
    """

    architecture: str
    activation: str
    trial: int = 0
    epochs: int = 100
    batch_size: int = 100
    seed: int = 0
    protocol: str = "preprint2019"
    strand: str = GIVEN
    patience: int = 0
    paired: bool = True
    filters: int = 0
    width: int = 0

    @property
    def rules(self) -> Protocol:
        """The protocol, with the first layer that was chosen."""
        usual = PROTOCOLS[self.protocol]
        return replace(usual, width=self.width or usual.width, chosen=self.filters or None)

    def of(self, dataset: str) -> Network:
        """Return the network that these settings train on a data set."""
        return Network(dataset, self.architecture, self.activation, self.trial)


class Trial:
    """A training of one network, taken up where the run's folder has it finished; `groups` takes up checkpoints.

    Parameters
    ----------
    name : str
        Name of the dataset.
    settings : Settings
        Network and protocol.
    dataset : Dataset
        What it is trained on.
    run : Run or None
        Where its files are; without it nothing is saved.
    fingerprint : str
        Of data and code: files of a training with another fingerprint, or other settings, are not taken up.

    Attributes
    ----------
    model : keras.Model
        The network; when the training is finished, with the weights that are kept.
    history : dict
        All that is known of the training, as JSON keeps it.
    protocol : Protocol
        What the settings' protocol says.
    watched : str
        Score of the validation set that the protocol goes by, `aupr`, `auroc` or `pearson`; empty if none.
    finished : bool
        Whether nothing is left to do.
    saved_in : Path or None
        Its checkpoint.
    """

    def __init__(self, name: str, settings: Settings, dataset: Dataset, run: Run | None, fingerprint: str):
        self.settings, self.run = settings, run
        self.protocol = settings.rules
        self.watched = self.protocol.watched(len(dataset.class_names), dataset.numbers)
        self.network = settings.of(name)
        self.finished = False
        self.state: list[np.ndarray] = []
        self.kept: list[np.ndarray] = []
        self.saved_in: Path | None = None
        identity = f"{name} {settings!r} {fingerprint}"
        self.fingerprint = hashlib.sha256(identity.encode()).hexdigest()
        if self._take_up_finished(dataset):
            return
        keras.utils.set_random_seed(int(self._seeds().generate_state(1)[0]))
        size = dataset.length, len(dataset.class_names)
        self.model = build(settings.architecture, *size, settings.activation, self.protocol, dataset.numbers)
        self.start = first_kernel(self.model)
        self.history = {"format_version": histories.VERSION, "dataset": name, **asdict(settings)}
        self.history |= {**provenance(), "device": engine.device()}
        self.history |= {"training_loss": [], "validation_loss": [], "epoch_seconds": []}
        self.history |= {"validation_aupr": [], "validation_auroc": [], "validation_pearson": []}
        self.history |= {"best_epoch": 0, "kept_epoch": 0, "failure": ""}

    def __str__(self) -> str:
        return str(self.network)

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.history["validation_loss"])

    @property
    def over(self) -> bool:
        """Whether there is no epoch left to train: all are done, it stops early, or it failed."""
        done = self.epoch >= self.settings.epochs
        return done or bool(self.failure) or self.stops_early

    @property
    def failure(self) -> str:
        """Why the training cannot go on, else empty."""
        return self.history["failure"]

    @property
    def stops_early(self) -> bool:
        """Whether patience is at its end: that of the settings, or the protocol's."""
        waited = self.epoch - self.history["best_epoch"]
        return 0 < self.settings.patience <= waited or self.protocol.stops(self.scores)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next epoch."""
        return self.protocol.learning_rate(self.scores)

    @property
    def scores(self) -> list[float]:
        """Watched score of each epoch; empty where none is."""
        return self.history[f"validation_{self.watched}"] if self.watched else []

    def seeds(self, epoch: int) -> list[np.random.SeedSequence]:
        """Seeds of an epoch: of the order of sequences, and of dropout."""
        return self._seeds(epoch).spawn(2)

    def record(
        self, training: float, validation: float, score: float | None, state: list[np.ndarray], seconds: float
    ) -> None:
        """Take down an epoch: its losses, the watched score if there is one, the state and the time.

        `state` is as from `Engine.states`. A training that is over, and computed beside others that go on, takes none.
        """
        if self.over:
            return
        if not math.isfinite(training + validation):
            self.history["failure"] = (
                f"{self}: the loss is no longer a number in epoch {self.epoch + 1}; "
                "try another seed, or another split of the data."
            )
            return
        best = validation < min(self.history["validation_loss"], default=math.inf)
        self.state = state
        self.history["training_loss"].append(float(training))
        self.history["validation_loss"].append(float(validation))
        self.history["epoch_seconds"].append(round(seconds, 3))
        if score is not None:
            self.scores.append(float(score))
        if best:
            self.history["best_epoch"] = self.epoch
        if best or self.protocol.patience:
            self.kept, self.history["kept_epoch"] = state, self.epoch

    def fill_in_kept(self) -> keras.Model:
        """Return the model with the weights that are kept: of the lowest validation loss, or the last (`Protocol`)."""
        engine.fill(self.model, self.kept)
        return self.model

    def finish(self, base_rate_loss: float, scores: dict) -> None:
        """Complete the history and save it with the model, each whole or not at all."""
        losses = self.history["validation_loss"]
        self.history |= {
            "seconds": round(sum(self.history["epoch_seconds"]), 2),
            "base_rate_loss": base_rate_loss,
            "trained": not self.failure and min(losses) < LEARNED * base_rate_loss,
            "test": scores,
            "start_similarity": start_similarity(self.start, first_kernel(self.model)).round(4).tolist(),
            "fingerprint": self.fingerprint,
        }
        if not self.history["trained"]:
            why = self.failure or (
                f"{self} did not train: its best validation loss is {min(losses):.4f}, and knowing nothing but the "
                f"mean of the labels gives {base_rate_loss:.4f}."
            )
            print(f"{why} It counts like any other trial.", file=sys.stderr)
        if self.run:
            with atomic(self.run.model(self.network)) as partial:
                self.model.save(partial)
                self.history["network"] = sha256(partial)
            histories.write(self.run, self.network, self.history)
        self.finished = True

    def _seeds(self, *epoch: int) -> np.random.SeedSequence:
        design = f"{self.settings.architecture} {self.settings.activation}".encode()
        own = () if self.settings.paired else (zlib.crc32(design),)
        return np.random.SeedSequence([self.settings.seed, self.settings.trial, *epoch], spawn_key=own)

    def _take_up_finished(self, dataset: Dataset) -> bool:
        if not (self.run and self.run.model(self.network).is_file() and self.run.history(self.network).is_file()):
            return False
        history, network = read_json(self.run.history(self.network)), verify(self.run.model(self.network))
        # Of two trainings that end at the same moment, one may leave the network, and the other the history.
        if (history.get("fingerprint"), history.get("network")) != (self.fingerprint, sha256(network)):
            return False
        self.model, self.history, self.finished = load(self.run, self.network, dataset), history, True
        return True


def first_kernel(model: keras.Model) -> np.ndarray:
    """Kernel of the first convolution, shape=(width, 4, filters)."""
    return np.array(keras.ops.convert_to_numpy(first_convolution(model).kernel))


def start_similarity(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Correlation of each filter with what it started from, shape=(filters,); kernels of shape=(width, 4, filters).

    What is the same for the four bases of a position says nothing of a sequence and is left out.
    """
    kernels = [(of - of.mean(axis=1, keepdims=True)).reshape(-1, of.shape[-1]) for of in (start, end)]
    norms = np.prod([np.linalg.norm(of, axis=0) for of in kernels], axis=0)
    return (kernels[0] * kernels[1]).sum(axis=0) / np.maximum(norms, np.finfo(np.float32).tiny)
