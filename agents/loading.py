"""Load a factory that somebody else wrote, named as `module:name`."""

import difflib
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .exceptions import LoadingError


def load_factory(reference: str) -> Callable[..., Any]:
    """Import `module:name` and return the callable it names.

    Args:
        reference: importable module, a colon, and a callable of that module.

    Raises:
        LoadingError: the reference is malformed, the module cannot be imported or does not hold the callable.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise LoadingError(f"'{reference}' is not of the form 'module:factory', for example 'my_policies.linear:make'.")
    factory = _attribute(_module(module_name, reference), name, reference)
    if not callable(factory):
        raise LoadingError(f"'{reference}' is not a callable factory but of type {type(factory).__name__}.")
    return factory


def _module(name: str, reference: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise LoadingError(f"No module '{name}' for '{reference}'. Is its folder on PYTHONPATH?") from error
        raise LoadingError(f"Importing '{name}' for '{reference}' failed: {error}.") from error
    except Exception as error:
        raise LoadingError(f"Importing '{name}' for '{reference}' failed: {type(error).__name__}: {error}") from error


def _attribute(module: ModuleType, name: str, reference: str) -> object:
    if name in vars(module):
        return vars(module)[name]
    close = difflib.get_close_matches(name, vars(module), n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise LoadingError(f"Module '{module.__name__}' holds no '{name}' for '{reference}'.{hint}")
