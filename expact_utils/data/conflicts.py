"""Sequences whose labels contradict those of others, told as notes."""

import numpy as np

from expact_utils.data import targets
from expact_utils.data.labelled import Labelled
from expact_utils.data.regions import Taken, coordinates
from expact_utils.data.similarity import identical


def contradictions(data: Labelled, norc: bool) -> list[str]:
    """Note on the same sequences, or reverse complements without `norc`, of which one is labelled 1 and another 0."""
    if targets.are_numbers(data.labels):
        return []
    number = identical(data.codes, norc)
    found = np.zeros((2, number.max() + 1, data.labels.shape[1]), bool)
    for label in (0, 1):
        np.logical_or.at(found[label], number, data.labels == label)
    odd = np.any(found[0] & found[1], axis=1)[number]
    if not odd.any():
        return []
    return [f"{odd.sum()} sequences are there more than once, labelled both 1 and 0, as {data.ids[odd.argmax()]}"]


def overlaps(data: Labelled) -> list[str]:
    """Note on sequences whose places, by their names, overlap that of a sequence of a class that they are not of."""
    placed = [(row, place) for row, place in enumerate(map(coordinates, data.ids)) if place]
    rows = np.array([row for row, _ in placed], int)
    places = [(place[0].removeprefix("chr"), *place[1:3]) for _, place in placed]
    odd = np.zeros(len(rows), bool)
    for labels in data.labels[rows].T:
        taken = Taken(place for place, label in zip(places, labels, strict=True) if label == 1)
        odd |= (labels == 0) & ~np.array([taken.is_free(*place) for place in places], bool)
    if not odd.any():
        return []
    first = data.ids[rows[odd.argmax()]]
    return [f"{odd.sum()} sequences overlap, on the genome, sequences of a class that is not theirs, as {first}"]
