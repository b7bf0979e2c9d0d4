"""What a run asks for, by its config: which pages it has follows from it."""

from collections.abc import Callable

from expact_utils.run.names import BOTH_STRANDS, OWN, SOURCES
from expact_utils.run.trainings import of_layers, with_truth, without_truth


def always(config: dict) -> bool:
    """Whatever the config."""
    return True


def explains(config: dict) -> bool:
    """Whether a run explains somebody's networks, and trains none."""
    return bool(config["networks"])


def of_own(config: dict) -> bool:
    """Whether a run trains on one's own sequences."""
    return OWN in config["datasets"] and not explains(config)


def of_paper(config: dict) -> bool:
    """Whether a run is of built-in data."""
    return OWN not in config["datasets"]


def trains(config: dict) -> bool:
    """Whether a run trains networks."""
    return not explains(config)


def chooses(config: dict) -> bool:
    """Whether a run chooses its first layers."""
    return of_own(config) and config["first_layer"] == "chosen"


def asks_for(setting: str) -> Callable[[dict], bool]:
    """Whether a run asks for something, by a setting that is false or empty without it."""
    return lambda config: bool(config[setting])


def draws_maps(config: dict) -> bool:
    """Whether a run draws maps of one's own sequences."""
    return OWN in config["datasets"] and config["maps"] != "none"


def scores_maps(config: dict) -> bool:
    """Whether a run has maps that the truth can score."""
    return config["attribution"] and bool(with_truth(config))


def motifs_of_maps(config: dict) -> bool:
    """Whether a run asks for the motifs that TF-MoDISco makes of maps."""
    return config["maps"] == "motifs"


def maps_real(config: dict) -> bool:
    """Whether a run has maps that no truth can score."""
    return trains(config) and config["attribution"] and bool(without_truth(config))


def compares_activations(config: dict) -> bool:
    """Whether a run has further networks that no page of both strands shows, or with activations of their own."""
    others = any(set(block["activations"]) - set(config["activations"]) for block in config["also"])
    return others or (bool(config["also"]) and not strands_of_paper(config))


def strands_of_paper(config: dict) -> bool:
    """Whether a run with such maps is of both strands, and has a data set of the paper, which is of one."""
    of_paper = any(SOURCES[name].paper for name in config["datasets"])
    return maps_real(config) and config["strand"] == BOTH_STRANDS["strand"] and of_paper


def every(config: dict) -> list[str]:
    """All data sets of Table 1."""
    return config["datasets"]


def has_deeper(config: dict) -> bool:
    """Whether a run has networks to compare layer by layer."""
    return bool(of_layers(config["also"]))
