"""Does a policy do what it is told? Every scene is played twice: as its seed says, and with another lace or eyelet to thread.

python -m lacelab.benchmarks.instruction_following --policy CHECKPOINT --seeds 0:100 --out benchmarks/results/instructions.json
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.agents.policies import Policy, make_policy
from lacelab.envs.deployment import Deployment
from lacelab.envs.goals import EyeletGoal, Goal, all_goals
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.language import instruction

from .exceptions import ResumeError
from .files import write_json
from .program import start
from .seeds import parse_seeds
from .statistics import wilson
from .versions import git_commit

TASK = "ThreadEyelet"
_LIFTED = 0.05  # m that a tip rises when its lace is picked up; pushed aside it stays on the mat or the shoe
_STREAM = 0x746F6C64
Observation = dict[str, NDArray[Any]]


def other_goal(goal: EyeletGoal, seed: int) -> Goal:
    """Return another goal of the same scene, drawn from the seed."""
    others = [other for other in all_goals(TASK) if other != goal]
    return others[int(np.random.default_rng((seed, _STREAM)).integers(len(others)))]


def mistakes(goal: EyeletGoal, observations: Sequence[Observation]) -> dict[str, bool]:
    """Return whether the wrong lace was lifted, or a lace went through an eyelet that was not asked for.

    Args:
        goal: what was asked for.
        observations: of the whole episode, the first one from the reset; keys of `envs.spec.STATE_KEYS`.
    """
    first = observations[0]
    lifted = elsewhere = False
    asked = goal.lace.index, goal.side.index, goal.index
    for seen in observations:
        rise = (seen["aglet_position"] - first["aglet_position"])[goal.lace.other.index, 2]
        changed = seen["threaded"] != first["threaded"]
        lifted |= bool(rise > _LIFTED)
        elsewhere |= bool(changed.sum() > changed[asked])
    return {"wrong_lace": lifted, "wrong_eyelet": elsewhere}


def play(env: gymnasium.Env[Any, Any], policy: Policy, seed: int, goal: Goal | None) -> dict[str, Any]:
    """Play one scene, with another goal than its own where one is given, and describe what happened."""
    options = None if goal is None else {"instruction": instruction(TASK, goal)}
    observation, info = env.reset(seed=seed, options=options)
    asked = EyeletGoal(**info["goal"])
    policy.reset(seed)

    seen, over = [observation], False
    while not over:
        for action in policy.act(seen[-1]):
            observation, _, terminated, truncated, info = env.step(action)
            seen.append(observation)
            over = terminated or truncated
            if over:
                break
    told = {"seed": seed, "instruction": info["instruction"], "success": bool(info["is_success"])}
    return told | mistakes(asked, seen)


@dataclass(frozen=True)
class InstructionFollowing:
    """Count episodes in which a policy takes the wrong lace or threads the wrong eyelet."""

    policy: str
    """Policy to run."""
    out: Path
    """JSON file to write."""
    seeds: str = "0:100"
    """Scenes; each is played twice."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    deployment: bool = False
    """Add what real systems add: smoothed chunks, latency, observation delay."""

    def run(self) -> None:
        """Play, print, and write after every scene; scenes that the file already tells of are not played again."""
        from rich.progress import track

        facts = {
            "policy": Path(self.policy).name,
            "difficulty": self.difficulty,
            "deployment": self.deployment,
            "commit": git_commit(),
        }
        env = LacingEnv(TASK, difficulty=self.difficulty, deployment=Deployment() if self.deployment else None)
        policy = make_policy(self.policy, env)
        episodes = earlier_episodes(self.out, facts)
        played = {episode["seed"] for episode in episodes}
        for seed in track([seed for seed in parse_seeds(self.seeds) if seed not in played], "Playing"):
            own = play(env, policy, seed, None)
            goal = EyeletGoal(**env.reset(seed=seed)[1]["goal"])
            episodes += [own, play(env, policy, seed, other_goal(goal, seed))]
            write_json(self.out, facts | summary(episodes))
        print("wrong lace or eyelet: {wrong} of {n}, Wilson 95 %: {wilson}".format(**summary(episodes)))


def earlier_episodes(path: Path, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the episodes that a file of the same facts tells of; none if there is no file.

    Raises:
        ResumeError: the file tells of something else, or cannot be read.
    """
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ResumeError(f"Cannot read '{path}': {error}. Choose another --out.") from error
    if any(found.get(name) != value for name, value in facts.items()):
        raise ResumeError(f"'{path}' tells of another policy, setting or commit. Choose another --out.")
    episodes: list[dict[str, Any]] = found["episodes"]
    return episodes


def summary(episodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how many episodes went wrong, with Wilson's interval of 95 %."""
    wrong = sum(episode["wrong_lace"] or episode["wrong_eyelet"] for episode in episodes)
    return {
        "wrong": wrong,
        "n": len(episodes),
        "wilson": list(wilson(wrong, len(episodes))),
        "episodes": list(episodes),
    }


if __name__ == "__main__":
    start(InstructionFollowing)
