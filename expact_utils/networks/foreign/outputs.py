"""Inputs and outputs of a network, chosen by name."""

from expact_utils.networks.foreign import axes
from expact_utils.networks.foreign.network import Options
from expact_utils.run.errors import InputError


def chosen_input(shapes: dict[str, tuple[int | None, ...]], options: Options, where: str) -> str:
    """Name of the input that takes the sequence.

    Parameters
    ----------
    shapes : dict[str, tuple]
        Of one sequence, by the inputs' names.
    options : Options
        May name one.
    where : str
        Of the network, for messages.

    Raises
    ------
    InputError
        When there is none of this name, or more than one takes sequences and none is named.
    """
    if options.input is not None:
        if options.input not in shapes:
            raise InputError(f"{where} has no input {options.input}; it has {', '.join(shapes)}.")
        return options.input
    if len(shapes) == 1:
        return next(iter(shapes))
    fitting = [name for name, shape in shapes.items() if _takes_sequences(shape, options)]
    if len(fitting) != 1:
        raise InputError(
            f"{where} has the inputs {', '.join(shapes)}; say which takes the sequence by the option input."
        )
    return fitting[0]


def _takes_sequences(shape: tuple[int | None, ...], options: Options) -> bool:
    try:
        axes.of_shape(shape, options.layout, "")
    except InputError:
        return False
    return True


def chosen_output(widths: dict[str, int | None], options: Options, where: str) -> tuple[list[str], list[int] | None]:
    """Names of all numbers that a network gives, or of those of one output, and their columns.

    Parameters
    ----------
    widths : dict[str, int or None]
        Numbers that each output has, by its name; None if that depends on the sequence.
    options : Options
        May name an output, or one of its numbers: `name[3]`.
    where : str
        Of the network, for messages.

    Returns
    -------
    tuple[list[str], list[int] or None]
        None for all columns.

    Raises
    ------
    InputError
        When there is no such output, or the number of its values depends on the sequence.
    """
    names = [
        (output, output if width in (1, None) else f"{output}[{number}]")
        for output, width in widths.items()
        for number in range(width or 1)
    ]
    if options.output is None:
        return [name for _, name in names], None
    columns = [column for column, pair in enumerate(names) if options.output in pair]
    if not columns:
        raise InputError(f"{where} has no output {options.output}; it has {', '.join(widths)}.")
    if None in widths.values():
        raise InputError(f"{where} has outputs whose size depends on the sequence, so none can be chosen.")
    return [names[column][1] for column in columns], columns
