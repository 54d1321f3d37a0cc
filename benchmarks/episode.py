"""One episode in, one row out."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lacelab.agents.policies import Environment, Policy, Reporting
from lacelab.envs.exceptions import LaceLabError, UnknownNameError
from lacelab.envs.spec import DIFFICULTIES, TASKS

from .exceptions import SeedsError, WorkerError
from .perturbations import Settings, check_settings, perturb, reset_overrides
from .policies import make_policy
from .versions import versions
from .worlds import world_factory

Row = dict[str, Any]
OUTCOMES = ("success", "failure", "invalid", "diverged", "crashed")
_KEPT = 2  # worlds
_MEASURES = ("penetration_p99", "penetration_max", "peak_stretch", "peak_tension", "clipped_actions")
_SHOE_KEYS = ("eyelets_done", "eyelets")


@dataclass(frozen=True)
class EpisodeSpec:
    """Everything that determines an episode."""

    task: str
    difficulty: str
    seed: int
    policy: str
    mirror: bool = False
    deployment: bool = False
    world: str = "sim"
    settings: Settings = ()

    def __post_init__(self) -> None:
        """Refuse names that are not in a registry."""
        check_settings(self.settings)
        if self.task not in TASKS:
            raise UnknownNameError("task", self.task, TASKS)
        if self.difficulty not in DIFFICULTIES:
            raise UnknownNameError("difficulty", self.difficulty, DIFFICULTIES)
        if self.seed < 0:
            raise SeedsError(f"Seed {self.seed} is negative.")


class Timing(NamedTuple):
    """What an episode cost; kept apart from its row, which holds nothing that differs from run to run."""

    cpu: float  # s
    wall: float  # s
    simulated: float  # s


class Result(NamedTuple):
    """A row and its cost."""

    row: Row
    timing: Timing


class _Outcome(NamedTuple):
    """How an episode ended."""

    info: Mapping[str, Any]
    steps: int
    error: str | None


_worlds: dict[EpisodeSpec, tuple[Environment, dict[str, Policy]]] = {}
"""The worlds of the last episodes, the oldest first, each with the policies made for it."""


def run_episode(spec: EpisodeSpec, watch: Callable[[Environment], None] = lambda env: None) -> Result:
    """Run one episode in this process; its world and policy are kept for the next one.

    Args:
        spec: what to run.
        watch: called with the world after the reset and after every step.

    Raises:
        WorkerError: the world or the policy cannot be built. An exception later on becomes a row.
    """
    env, policy = _make_setting(spec)
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = _play(spec, env, policy, watch)
    cost = Timing(time.process_time() - cpu, time.perf_counter() - wall, float(outcome.info.get("time", 0.0)))
    if outcome.error is not None:
        outcome = outcome._replace(error=outcome.error + _discard())
    return Result(make_row(spec, outcome, policy), cost)


def crashed_row(spec: EpisodeSpec, error: str) -> Row:
    """Return the row of an episode that took its process with it."""
    return make_row(spec, _Outcome({}, 0, error), None)


def _make_setting(spec: EpisodeSpec) -> tuple[Environment, Policy]:
    """Return world and policy; policies that take turns share the world, as there may be one robot only."""
    world = replace(spec, seed=0, mirror=False, settings=(), policy="")
    try:
        env, policies = _world_of(world)
        if spec.policy not in policies:
            policies[spec.policy] = make_policy(spec.policy, env)
        return env, policies[spec.policy]
    except LaceLabError as error:
        raise WorkerError(str(error)) from error
    except Exception as error:
        raise WorkerError(f"Cannot set up {spec.task} for '{spec.policy}': {_describe(error)}") from error


def _world_of(spec: EpisodeSpec) -> tuple[Environment, dict[str, Policy]]:
    """Return a world, and a place for the policies made for it."""
    if spec not in _worlds:
        if len(_worlds) == _KEPT:
            _worlds.pop(next(iter(_worlds)))[0].close()
        _worlds[spec] = world_factory(spec.world)(spec, None), {}
    return _worlds[spec]


def close_worlds() -> None:
    """Let go of every world that is kept: a robot ramps down, a twin's process ends."""
    with contextlib.ExitStack() as stack:  # the others are closed even if one fails
        while _worlds:
            stack.callback(_worlds.popitem()[1][0].close)


def _discard() -> str:
    """Forget the worlds and let go of a robot: no later episode may depend on what a crash left behind.

    Returns:
        What to add to the row's reason if a robot could not be let go of.
    """
    try:
        close_worlds()
    except Exception as error:  # noqa: BLE001 (told in the row, beside the crash itself)
        return f"; closing failed as well: {_describe(error)}"
    return ""


def _play(spec: EpisodeSpec, env: Environment, policy: Policy, watch: Callable[[Environment], None]) -> _Outcome:
    last: Mapping[str, Any] = {}
    steps = -1
    try:
        for last in iterate_episode(spec, env, policy):  # noqa: B007 (read after the loop)
            steps += 1
            watch(env)
    except Exception as error:  # noqa: BLE001 (whatever goes wrong is counted, never dropped)
        return _Outcome(last, max(steps, 0), _describe(error))
    return _Outcome(last, steps, None)


def iterate_episode(spec: EpisodeSpec, env: Environment, policy: Policy) -> Iterator[Mapping[str, Any]]:
    """Run an episode and yield `info`, after the reset and after every step."""
    env = perturb(env, spec.settings, spec.seed)
    observation, info = env.reset(seed=spec.seed, options=_reset_options(spec))
    policy.reset(spec.seed)
    yield info
    while True:
        chunk = policy.act(observation)
        if len(chunk) == 0:
            raise ValueError("the policy returned an empty chunk")
        for action in chunk:
            observation, _, terminated, truncated, info = env.step(action)
            yield info
            if terminated or truncated:
                return


def _reset_options(spec: EpisodeSpec) -> dict[str, Any] | None:
    options: dict[str, Any] = {"mirror": True} if spec.mirror else {}
    if overrides := reset_overrides(spec.settings):
        options["overrides"] = overrides
    return options or None


def make_row(spec: EpisodeSpec, outcome: _Outcome, policy: Policy | None) -> Row:
    """Describe a finished episode with plain JSON values, always in the same order."""
    info = outcome.info
    reporting = policy if isinstance(policy, Reporting) else None
    kind = _classify(outcome)
    row = {
        **asdict(spec),
        "settings": dict(spec.settings),
        "success": kind == "success",
        "outcome": kind,
        "reason": outcome.error or info.get("divergence") or info.get("invalid_reason"),
        "instruction": info.get("instruction"),
        "stages": info.get("stages"),
        "stage": info.get("stage"),
        "max_stage": info.get("max_stage", 0),
        "duration": info.get("time"),
        "steps": outcome.steps,
        "phase": reporting.phase if reporting else None,
        "retries": reporting.retries if reporting else None,
        **{key: info.get(key) for key in _MEASURES},
        **{key: info.get(key) for key in _SHOE_KEYS if spec.task == "LaceShoe"},
        "versions": versions(),
    }
    return {key: _plain(value) for key, value in row.items()}


def _classify(outcome: _Outcome) -> str:
    if outcome.error is not None:
        return "crashed"
    for kind in ("diverged", "invalid"):
        if outcome.info[kind]:
            return kind
    return "success" if outcome.info["is_success"] else "failure"


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; a number that is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
