"""Check a submission, which is rows and their manifest: is it whole, and does a random share of it happen again?"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .engines import run_in_order
from .episode import EpisodeSpec, Row
from .evaluate import FORMAT, Evaluation, Plan
from .exceptions import OptionsError, SampleError, SubmissionError
from .rows import manifest_path, read_manifest, read_rows
from .seeds import parse_seeds
from .suites import SuiteRun, find_suite
from .versions import versions

_FREE = ("versions", "policy")  # may differ between machines: a policy has another path on each
_FIELDS = ("task", "difficulty", "seed", "policy", "mirror", "deployment", "world")


class Verification(NamedTuple):
    """What came of a check."""

    rows: int
    checked: int
    mismatches: list[str]  # one line each
    versions: list[str]  # that are others here, one line each: then the last digits may differ


@dataclass(frozen=True)
class Verifier:
    """How to check."""

    share: float = 0.1  # of the rows to run again, at least one
    workers: int = 1
    engine: str = "processes"
    draw: int | None = None  # seed of the draw; by default one that nobody can know beforehand
    policy: str | None = None  # where it is on this machine, if elsewhere than the submission says
    private_seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a share of less than nothing and more than all."""
        if not 0 < self.share <= 1:
            raise OptionsError(f"A share of {self.share:g} cannot be run again. Valid: above 0, up to 1.")

    def check(self, path: Path) -> Verification:
        """Check a file of rows.

        Raises:
            ResumeError: rows or manifest cannot be read.
            SampleError: there is no row.
            SubmissionError: the manifest is not one that this version can check.
        """
        rows, manifest = read_rows(path).rows, read_manifest(path)
        if not rows:
            raise SampleError(f"'{path}' holds no row to verify.")
        plan = read_plan(manifest_path(path), manifest, self.policy, self.private_seeds)
        incomplete = [*_check_manifest(manifest, plan.manifest()), *_check_episodes(rows, plan.specs(), manifest)]
        if incomplete:
            return Verification(len(rows), 0, incomplete, [])
        picked = self._pick(len(rows))
        specs = [plan.specs()[index] for index in picked]
        again = run_in_order(specs, self.workers, self.engine)
        mismatches = [
            line for index, result in zip(picked, again, strict=True) for line in _differences(rows[index], result.row)
        ]
        return Verification(len(rows), len(picked), mismatches, _other_versions(rows[0]["versions"]))

    def _pick(self, count: int) -> list[int]:
        generator = np.random.default_rng(secrets.randbits(64) if self.draw is None else self.draw)
        return sorted(generator.choice(count, max(1, round(self.share * count)), replace=False).tolist())


def spec_of(row: Row) -> EpisodeSpec:
    """Return the episode of a row."""
    return EpisodeSpec(**{name: row[name] for name in _FIELDS}, settings=tuple(row["settings"].items()))


def read_plan(
    path: Path, manifest: dict[str, Any], policy: str | None = None, private_seeds: tuple[int, ...] | None = None
) -> Plan:
    """Return which episodes a manifest promises.

    Args:
        path: of the manifest, for messages.
        manifest: of `lacelab bench` or `lacelab eval`.
        policy: the policy's name on this machine, by default that of the manifest.
        private_seeds: those that it was made with, if any.

    Raises:
        SubmissionError: the manifest is of another format or of another version of the suite, or not whole.
    """
    if manifest.get("format") != FORMAT:
        raise SubmissionError(f"'{path}' has format {manifest.get('format')}, this version checks {FORMAT}.")
    try:
        name = policy or manifest["policy"]
        if "suite" not in manifest:
            fields = ("task", "difficulty", "mirror", "deployment", "world")
            kept = {field: manifest[field] for field in fields}
            settings = tuple(manifest["settings"].items())
            return Evaluation(policy=name, seeds=parse_seeds(manifest["seeds"]), settings=settings, **kept)
        suite = find_suite(manifest["suite"])
        run = SuiteRun(suite, name, private_seeds, manifest["world"])
        version, digest = manifest["suite_version"], manifest["private_seeds_sha256"]
    except (KeyError, TypeError, AttributeError) as error:
        raise SubmissionError(f"'{path}' is not a whole manifest ({type(error).__name__}: {error}).") from error
    if version != suite.version:
        raise SubmissionError(f"'{path}' is of {suite.name} v{version}, here it is v{suite.version}.")
    if (digest is None) != (private_seeds is None):
        wanted = "public seeds: leave out" if digest is None else "private seeds: name their file with"
        raise SubmissionError(f"'{path}' was made with {wanted} --private-seeds.")
    return run


def _check_manifest(claimed: dict[str, Any], here: dict[str, Any]) -> list[str]:
    keys = ("checkpoint_sha256", "private_seeds_sha256")
    return [
        f"manifest: {key}: claimed {claimed.get(key)!r}, found {here.get(key)!r}"
        for key in keys
        if claimed.get(key) != here.get(key)
    ]


def _check_episodes(rows: Sequence[Row], specs: Sequence[EpisodeSpec], manifest: dict[str, Any]) -> list[str]:
    """Compare what was run with what was promised: nobody leaves out what failed."""
    if len(rows) != len(specs):
        return [f"{len(specs)} episodes were promised, there are {len(rows)} rows"]
    for number, (row, spec) in enumerate(zip(rows, specs, strict=True), start=1):
        if row["policy"] != manifest["policy"]:
            return [f"row {number} is of policy '{row['policy']}', the manifest of '{manifest['policy']}'"]
        found = replace(spec_of(row), policy=spec.policy)
        if found != spec:
            return [f"row {number} is {_name(found)}, promised was {_name(spec)}"]
    return []


def _differences(claimed: Row, found: Row) -> list[str]:
    keys = [key for key in found if key not in _FREE and claimed.get(key) != found[key]]
    if not keys:
        return []
    shown = [f"{key}: claimed {claimed.get(key)!r}, found {found[key]!r}" for key in keys[:3]]
    return [f"{_name(spec_of(found))}: {'; '.join(shown)}"]


def _other_versions(claimed: dict[str, str]) -> list[str]:
    here = versions()
    return [f"{name} {claimed.get(name)}, here {here[name]}" for name in here if claimed.get(name) != here[name]]


def _name(spec: EpisodeSpec) -> str:
    settings = [f"{name} = {value:g}" for name, value in spec.settings]
    return " ".join([spec.task, spec.difficulty, *settings, f"seed {spec.seed}"])
