"""Record the demonstration of one seed."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import ParameterError, UnknownNameError
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.overrides import check_overrides
from lacelab.envs.parameters import check_number
from lacelab.envs.spec import CONTROL_PERIOD, DIFFICULTIES, PIXEL_KEYS, TASKS

from ..demonstrator.flaws import Flaw, label_frames
from ..demonstrator.intervention import STALLED, Intervention
from ..demonstrator.operators import find_operator
from ..demonstrator.progress import true_progress
from ..demonstrator.teleoperator import Teleoperator
from ..policies import make_policy
from .recording import Arrays, Recording
from .schema import ACTION, IMAGES, flatten
from .video import VideoEncoder

Demonstrator = Teleoperator | Intervention

SEED_BASE = 1_000_000_000  # demonstrations never share a seed with evaluations, which count from 0
_SEEDS_PER_RUN = 1_000_000


@dataclass(frozen=True)
class DemonstrationSpec:
    """Everything that determines a demonstration."""

    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    seed: int = SEED_BASE
    operator: str | None = None  # None: drawn from the seed
    images: bool = False
    policy: str | None = None  # which acts until it gets nowhere and the operator takes over
    overrides: tuple[tuple[str, float], ...] = ()  # factors of the world that are the same in all episodes
    deployment: bool = False  # whether the policy acts in the deployment mode
    stalled: float = STALLED  # s without a completed stage after which the operator takes over

    def __post_init__(self) -> None:
        """Refuse names that are not in a registry, and factors that make no world."""
        if self.task not in TASKS:
            raise UnknownNameError("task", self.task, TASKS)
        if self.difficulty not in DIFFICULTIES:
            raise UnknownNameError("difficulty", self.difficulty, DIFFICULTIES)
        if self.operator is not None:
            find_operator(self.operator)
        check_overrides(dict(self.overrides))
        check_number("stalled", self.stalled, 1.0, 60.0)
        if self.deployment and self.policy is None:
            raise ParameterError(
                "deployment", self.deployment, "False, unless a policy acts: nobody else's actions are delayed"
            )

    @property
    def options(self) -> dict[str, Any]:
        """Options of the environment's reset."""
        return {"overrides": dict(self.overrides)}


def episode_seed(run: int, episode: int) -> int:
    """Return the seed of an episode of a run of `lacelab data collect --seed <run>`."""
    return SEED_BASE + run * _SEEDS_PER_RUN + episode


def record(spec: DemonstrationSpec) -> Recording:
    """Demonstrate one episode; the same bits for the same specification, whatever ran before."""
    env = make_env(spec.task, spec.difficulty, spec.images, spec.deployment)
    teleoperator = _make_demonstrator(spec, env)
    observation, info = env.reset(seed=spec.seed, options=spec.options)
    teleoperator.reset(spec.seed)
    log = _Log(spec.images)
    over = False
    while not over:
        action = teleoperator.act(observation)[0]
        log.before(env, teleoperator, observation, info, action)
        observation, reward, terminated, truncated, info = env.step(action)
        over = bool(terminated or truncated or teleoperator.gave_up)
        log.after(float(reward), over)
    return log.finish(spec, teleoperator, observation, info)


def _make_demonstrator(spec: DemonstrationSpec, env: LacingEnv) -> Demonstrator:
    operator = find_operator(spec.operator) if spec.operator else None
    if spec.policy is None:
        return Teleoperator(env, operator)
    return Intervention(env, operator, make_policy(spec.policy, env), spec.stalled)


@functools.lru_cache(maxsize=2)
def make_env(task: str, difficulty: str, images: bool, deployed: bool = False) -> LacingEnv:
    """Return the environment of this process for a task."""
    deployment = Deployment() if deployed else None
    return LacingEnv(task, obs="both" if images else "state", difficulty=difficulty, deployment=deployment)


class _Log:
    """Collects the frames of one episode."""

    def __init__(self, images: bool) -> None:
        self._frames: list[dict[str, Any]] = []
        self._truth: list[dict[str, Any]] = []
        self._videos = {name: VideoEncoder() for name in PIXEL_KEYS} if images else {}

    def before(
        self,
        env: LacingEnv,
        teleoperator: Demonstrator,
        observation: dict[str, Any],
        info: dict[str, Any],
        action: NDArray[np.float32],
    ) -> None:
        """Note what the learner sees and what is true before a step."""
        self._frames.append({**flatten(observation), ACTION: action, "task": info["current_subinstruction"]})
        goal = env.goal
        through = isinstance(goal, EyeletGoal) and (
            env.judge.threading.net[goal.lace.index, goal.side.index, goal.index] == goal.direction
        )
        self._truth.append(
            {
                "phase": teleoperator.phase,
                "lapse": teleoperator.lapse,
                "held": bool(env.judge.touches[goal.lace.index].held_by),
                "stage": info["max_stage"],
                "threaded": bool(through),
            }
        )
        for name, video in self._videos.items():
            video.append(observation[name])

    def after(self, reward: float, over: bool) -> None:
        """Note what the step brought."""
        self._frames[-1] |= {"next.reward": np.float32(reward), "next.done": over}

    def finish(
        self, spec: DemonstrationSpec, teleoperator: Demonstrator, observation: dict[str, Any], info: dict[str, Any]
    ) -> Recording:
        """Return the recording of the episode that has ended."""
        frames = {name: np.array([frame[name] for frame in self._frames]) for name in self._frames[0]}
        videos = {IMAGES[name]: video.finish() for name, video in self._videos.items()}
        facts = _facts(spec, teleoperator, info, len(self._frames))
        facts["pushed_frames"] = [index for index, entry in enumerate(self._truth) if entry["lapse"] is Flaw.PUSH]
        facts["image_stats"] = {IMAGES[name]: video.statistics() for name, video in self._videos.items()}
        return Recording(frames, flatten(observation), self._labels(), videos, facts)

    def _labels(self) -> Arrays:
        phases, lapses, held, stages, threaded = (
            [entry[name] for entry in self._truth] for name in ("phase", "lapse", "held", "stage", "threaded")
        )
        return {
            "flaw": label_frames(phases, lapses, held),
            "phase": np.array(phases),
            "progress": true_progress(phases, stages, threaded, lapses),
            "stage": np.array(stages, np.int8),
        }


def _facts(spec: DemonstrationSpec, teleoperator: Demonstrator, info: dict[str, Any], length: int) -> dict[str, Any]:
    marks = teleoperator.retry_marks
    return {
        "seed": spec.seed,
        "operator": teleoperator.operator.name,
        "success": bool(info["is_success"]),
        "outcome": _outcome(teleoperator, info),
        "instruction": info["instruction"],
        "duration": round(length * CONTROL_PERIOD, 6),
        "max_stage": int(info["max_stage"]),
        "stages": {name: None if time is None else float(time) for name, time in info["stages"].items()},
        "retry_frames": [round(time / CONTROL_PERIOD) for time, _ in marks],
        "retry_phases": [phase for _, phase in marks],
    }


def _outcome(teleoperator: Demonstrator, info: dict[str, Any]) -> str:
    for name in ("diverged", "invalid"):
        if info[name]:
            return name
    if info["is_success"]:
        return "success"
    return "gave up" if teleoperator.gave_up else "out of time"
