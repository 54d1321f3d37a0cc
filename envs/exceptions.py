"""Typed errors; each message names the bad value and lists what is valid."""

import difflib
from collections.abc import Iterable


class LaceLabError(Exception):
    """Base of every error that this package raises on purpose."""


class UnknownNameError(LaceLabError, ValueError):
    """A name (task, difficulty, policy, ...) is not in its registry."""

    def __init__(self, kind: str, name: object, valid: Iterable[str]) -> None:
        valid = tuple(valid)
        close = difflib.get_close_matches(str(name), valid, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        super().__init__(f"Unknown {kind} '{name}'.{hint} Valid: {', '.join(valid)}.")


class InvalidActionError(LaceLabError, ValueError):
    """An action has a wrong shape or holds NaN or infinity; it never reaches the physics."""


class EpisodeOverError(LaceLabError, RuntimeError):
    """`step` was called before `reset` or after the episode ended."""


class ParameterError(LaceLabError, ValueError):
    """A parameter is of a wrong type, not finite or out of its range."""

    def __init__(self, name: str, value: object, valid: str) -> None:
        super().__init__(f"{name} is {value!r}. Valid: {valid}.")


class WrongWorldError(LaceLabError, TypeError):
    """A policy needs another world than the one that it was given."""


class InstructionError(LaceLabError, ValueError):
    """An instruction does not follow the grammar."""


class SnapshotError(LaceLabError, ValueError):
    """A snapshot does not fit the model it is restored into."""


class RenderingError(LaceLabError, RuntimeError):
    """No OpenGL backend works; the message says what to install."""


class TimeStepError(LaceLabError, ValueError):
    """A period is not an integer multiple of the physics time step."""
