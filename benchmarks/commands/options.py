"""Options that do not go with what a command was asked to do: an error, never dropped."""

from dataclasses import Field, fields
from typing import Any


def refuse(command: Any, purpose: str, *names: str) -> None:
    """Refuse options that have another value than by default.

    Args:
        command: the parsed options, a dataclass.
        purpose: what they do not go with.
        names: of the fields.

    Raises:
        OptionsError: naming the options that were given.
    """
    from ..exceptions import OptionsError

    known: dict[str, Field[Any]] = {field.name: field for field in fields(command)}
    given = ["--" + name.replace("_", "-") for name in names if getattr(command, name) != known[name].default]
    if given:
        raise OptionsError(f"{', '.join(given)} {'does' if len(given) == 1 else 'do'} not go with {purpose}.")
