"""Checks of numbers that come from outside."""

from math import nan
from numbers import Integral, Real

from .exceptions import ParameterError


def check_number(name: str, value: object, low: float, high: float) -> float:
    """Return a number within a range.

    Raises:
        ParameterError: if it is no number, not finite or out of the range.
    """
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else nan
    if not low <= number <= high:
        raise ParameterError(name, value, f"a number from {low:g} to {high:g}")
    return number


def check_count(name: str, value: object, low: int, high: int) -> int:
    """Return a whole number within a range.

    Raises:
        ParameterError: if it is no whole number or out of the range.
    """
    count = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else low - 1
    if not low <= count <= high:
        raise ParameterError(name, value, f"a whole number from {low} to {high}")
    return count
