"""Vendors' packages are optional: a missing one says what to install."""

import importlib
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

from ..exceptions import DriverMissingError


def vendor(module: str, extra: str) -> Any:
    """Import a module of an optional package; what it deprecates is its vendor's business.

    Raises:
        DriverMissingError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(module)
    except ImportError as error:
        raise DriverMissingError(_advice(f"The Python module '{module}'", extra)) from error


def vendor_command(name: str, extra: str) -> str:
    """Return the path of an optional package's command, first of all beside the interpreter that runs.

    Raises:
        DriverMissingError: it is not installed.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise DriverMissingError(_advice(f"The command '{name}'", extra))
    return found


def _advice(what: str, extra: str) -> str:
    return f"{what} is not installed. Run: pip install 'lacelab[{extra}]'."
