"""A stage of a run makes one result, in a folder of its own, once and by one configuration."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from .checkpoint import SUFFIX, digest_of
from .data.files import digest, read_json, write_json
from .exceptions import RunError
from .training import parallel

POLICY = "policy.safetensors"
"""Result of every stage that makes a policy."""
CONFIG = "config.json"
"""How a result was made. Without `seconds`, it was begun and is not finished."""


def make_once(
    folder: Path, result: str, config: Mapping[str, Any], provenance: Mapping[str, Any], make: Callable[[], None]
) -> Path:
    """Make a result unless it is there, and say how.

    Args:
        folder: of the stage.
        result: name of the file that `make` writes last.
        config: all that determines the result, as plain values.
        provenance: what else is written beside it.
        make: makes it, from where it was interrupted.

    Raises:
        RunError: the folder holds, or was begun with, another configuration.
    """
    facts = folder / CONFIG
    found = read_json(facts) if _is_begun(folder) else {}
    refuse_others(folder, found.get("config", {}), json.loads(json.dumps(config)))
    if "seconds" not in found or not (folder / result).exists():
        _write(facts, {"config": config, **provenance})
        start = time.perf_counter()
        make()
        duration = {"seconds": time.perf_counter() - start, "threads": torch.get_num_threads()}
        _write(facts, {"config": config, **duration, **provenance})
    return folder / result


def _is_begun(folder: Path) -> bool:
    """Return whether a configuration has left anything here; what failed before it did keeps the folder from nobody."""
    return (folder / CONFIG).exists() and len(list(folder.iterdir())) > 1


def _write(path: Path, entry: Mapping[str, Any]) -> None:
    if parallel.rank() == 0:
        write_json(path, entry)
    parallel.wait()


def result_digest(result: Path) -> str:
    """Return what tells the result of a stage from others.

    Raises:
        RunError: there is none.
    """
    if not result.is_file():
        raise RunError(f"There is no '{result}': run the stage that makes it first.")
    return digest_of(result) if result.suffix == SUFFIX else digest(result)[:16]


def durations(run: Path) -> dict[str, float]:
    """Return how long each finished stage of a run took, since it was last interrupted [s]."""
    found = {path.parent.name: read_json(path) for path in sorted(run.glob(f"*/{CONFIG}"))}
    return {stage: float(entry["seconds"]) for stage, entry in found.items() if "seconds" in entry}


def refuse_others(folder: Path, there: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Check that a folder is of the configuration that is asked for.

    Raises:
        RunError: it is not; names what differs.
    """
    differences = "; ".join(_differences(there, asked))
    if differences:
        raise RunError(f"'{folder}' is of another configuration ({differences}). Choose another folder or delete it.")


def _differences(there: Mapping[str, Any], asked: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Name what differs; options that one of the two does not name came later and are not compared."""
    for name in [name for name in asked if name in there]:
        if isinstance(asked[name], dict) and isinstance(there[name], dict):
            yield from _differences(there[name], asked[name], f"{prefix}{name}.")
        elif there[name] != asked[name]:
            yield f"{prefix}{name} is {there[name]}, not {asked[name]}"
