"""Trainings that a config asks for."""

from expact_utils.run.names import SOURCES, variation
from expact_utils.run.paths import Network
from expact_utils.run.paths import networks as all_of


def networks(config: dict) -> list[Network]:
    """Every training of a run; those of Table 1 first, then the checks and the further ones."""
    designs, first = (config["architectures"], config["activations"]), config["first_trial"]
    checks = all_of(config["sensitivity"], *designs, _trials(first, config["sensitivity_trials"]))
    return list(dict.fromkeys([*of_table(config), *checks, *of_blocks(config["also"], first)]))


def of_table(config: dict) -> list[Network]:
    """Trainings of Table 1."""
    trials = _trials(config["first_trial"], config["trials"])
    return all_of(config["datasets"], config["architectures"], config["activations"], trials)


def of_blocks(blocks: list[dict], first: int = 0) -> list[Network]:
    """Trainings of the setting `also`; `first` is the number of the first of each."""
    return [
        network
        for of in blocks
        for network in all_of(of["datasets"], of["architectures"], of["activations"], _trials(first, of["trials"]))
    ]


def _trials(first: int, number: int) -> range:
    return range(first, first + number)


def of_layers(blocks: list[dict]) -> list[Network]:
    """Networks to compare layer by layer: of the designs of which one has a further layer that is not ReLU.

    Of these, those that vary from it in the activations of their layers alone, in nothing else (`names.Variation`).
    """
    layers = {one: variation(one.activation).layers for one in of_blocks(blocks)}
    plain = {one: names for one, names in layers.items() if one.activation == "+".join(names)}
    deeper = {one: names for one, names in plain.items() if len(names) > 1}
    designs = {(one.dataset, one.architecture) for one in deeper}
    known = {"relu"}.union(*deeper.values())
    return [one for one, names in plain.items() if (one.dataset, one.architecture) in designs and known >= set(names)]


def attributed(config: dict) -> list[Network]:
    """Networks whose outputs are attributed: those of the data sets of Table 1, and of blocks that ask for it."""
    further = also_attributed(config["datasets"], config["also"], config["first_trial"])
    return list(dict.fromkeys([*of_table(config), *further]))


def also_attributed(datasets: list[str], blocks: list[dict], first: int = 0) -> list[Network]:
    """Of the trainings of the setting `also`, those on `datasets`, or as `attribution` of their block says."""
    return [
        one
        for block in blocks
        for one in of_blocks([block], first)
        if block.get("attribution", one.dataset in datasets)
    ]


def with_truth(config: dict) -> list[str]:
    """Data sets of Table 1 whose maps can be scored."""
    return [name for name in config["datasets"] if SOURCES[name].truth]


def without_truth(config: dict) -> list[str]:
    """Data sets of Table 1 whose maps cannot."""
    return [name for name in config["datasets"] if not SOURCES[name].truth]


def datasets(config: dict) -> list[str]:
    """Every data set of a run."""
    others = [name for block in config["also"] for name in block["datasets"]]
    return list(dict.fromkeys([*config["datasets"], *config["sensitivity"], *others]))
