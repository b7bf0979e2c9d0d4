"""Numbers in sentences."""


def counted(number: int, noun: str) -> str:
    """Number and noun, e.g. `1 motif` and `2,000 motifs`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
