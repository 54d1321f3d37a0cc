"""How much the noise of a flow policy decides: what a predictor of noise can steer, whatever its critics know.

    python -m lacelab.benchmarks.noise_authority --policy assets/policy/seeds/0.safetensors --rollouts runs/authority --out benchmarks/results/gr_rl/noise-authority.json

In every state in which a policy chose a chunk, many noises are tried. Where all of them lead to the same place and to the same
grippers, no choice of noise changes what happens.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.agents.hands import CLOSED
from lacelab.agents.learned import carried_out
from lacelab.agents.pace import MOVES, ways
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import RolloutSpec, as_reader, collect, rollout_seed
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.samples import to_tensors
from lacelab.envs.deployment import GRIPPERS
from lacelab.envs.parameters import check_count
from lacelab.envs.spec import ACTION_SIZE

from .files import write_json
from .program import start
from .versions import git_commit

_OPEN = 0.0  # a gripper's action above it opens, below it closes
_AT_ONCE = 32  # states


class Choices(NamedTuple):
    """What the noises of some states (states, ...) lead to within the actions that are carried out."""

    spread: Tensor  # (states, hands) [m], root mean square distance of where a commanded hand ends from its mean
    travel: Tensor  # (states, hands) [m], how far away that mean is
    pace: Tensor  # (states, hands), deviation of how far hands go in its direction, as a share of that
    opens: Tensor  # (states, hands), share of noises that lead to a hand told to open at least once
    stuck: Tensor  # (states, hands), whether a hand is closed on nothing


def choices(policy: PolicyNetwork, seen: Mapping[str, Tensor], noise: Tensor) -> Choices:
    """Return what noises (noises, chunk, 14), the same in every state, lead to in states (states, ...)."""
    states, noises = len(seen["target_position"]), len(noise)
    context = [part.repeated(noises) for part in policy.context(seen)]
    chunks = policy.decode(context, noise.repeat(states, 1, 1))[:, : carried_out(noise.shape[1])]
    led = ways(seen, chunks.unflatten(0, (states, noises)))
    away = (led.ends - led.ends.mean(dim=1, keepdim=True)).square().sum(dim=-1)
    opens = (chunks[..., torch.from_numpy(GRIPPERS)] > _OPEN).any(dim=1).unflatten(0, (states, noises))
    pace = led.along.std(dim=1, correction=0) / led.travel
    return Choices(
        away.mean(dim=1).sqrt(), led.travel, pace, opens.float().mean(dim=1), seen["gripper_opening"] < CLOSED
    )


def measures(found: Choices) -> dict[str, Any]:
    """Return medians and shares over states and hands."""
    told = ((found.opens > 0) & (found.opens < 1)).float()
    stuck, moving = found.opens[found.stuck], found.travel > MOVES
    return {
        "median_spread": float(found.spread.median()),
        "p90_spread": float(found.spread.flatten().quantile(0.9)),
        "hands_that_move": int(moving.sum()),
        "median_pace": float(found.pace[moving].median()) if moving.any() else 0.0,
        "grippers_that_noise_decides": float(told.mean()),
        "closed_on_nothing": len(stuck),
        "of_these_no_noise_opens": int((stuck == 0).sum()),
        "share_of_noises_that_open": float(stuck.mean()) if len(stuck) else None,
    }


@dataclass(frozen=True)
class NoiseAuthority:
    """Try noises in the states that a policy meets in the deployment mode."""

    policy: Path
    """Checkpoint of a cloned policy."""
    rollouts: Path
    """Folder for its rollouts; those that are there are not run again."""
    out: Path
    """JSON file to write."""
    episodes: int = 96
    """Rollouts."""
    states: int = 500
    """States in which it chose a chunk, evenly from all."""
    noises: int = 32
    """Noises in each."""
    deviations: tuple[float, ...] = (0.8, 1.0, 1.6)
    """Of the noises; policies act from 0.8."""
    workers: int = 2
    """Processes that roll out."""

    def run(self) -> None:
        """Write and print what noise decides."""
        check_count("noises", self.noises, 2, 10_000)
        specs = [RolloutSpec(self.policy, rollout_seed(0, number)) for number in range(self.episodes)]
        rollouts = collect(specs, self.rollouts, self.workers)
        policy = load_policy(self.policy)
        reader, _ = as_reader(rollouts, 1)
        chosen = chosen_in(reader.arrays.starts, carried_out(policy.config.chunk), self.states)
        seen = to_tensors(reader.read(chosen, np.zeros(len(chosen), bool)), policy.scale.device).observation
        by_deviation = {str(one): measures(self._tried(policy, seen, one)) for one in self.deviations}
        solved = sum(rollout.success for rollout in rollouts)
        counts = {"episodes": len(rollouts), "solved": solved, "states": len(chosen), "noises": self.noises}
        write_json(self.out, {**counts, "deviation": by_deviation, "commit": git_commit()})
        for deviation, found in by_deviation.items():
            print(
                f"noise {deviation}: hands end {1e3 * found['median_spread']:.2f} mm apart (median; 90 %: "
                f"{1e3 * found['p90_spread']:.2f}), those that move go {found['median_pace']:.1%} more or less far, it decides "
                f"{found['grippers_that_noise_decides']:.1%} of grippers; of {found['closed_on_nothing']} hands closed on nothing "
                f"no noise opens {found['of_these_no_noise_opens']}"
            )

    @torch.inference_mode()
    def _tried(self, policy: PolicyNetwork, seen: Mapping[str, Tensor], deviation: float) -> Choices:
        """Return what noises of some deviation, the same whatever it is, lead to in all states."""
        drawn = torch.randn(self.noises, policy.config.chunk, ACTION_SIZE, generator=torch.Generator().manual_seed(0))
        noise = deviation * drawn.to(policy.scale.device)
        total = len(seen["target_position"])
        parts = [
            choices(policy, {name: entry[first : first + _AT_ONCE] for name, entry in seen.items()}, noise)
            for first in range(0, total, _AT_ONCE)
        ]
        return Choices(*map(torch.cat, zip(*parts, strict=True)))


def chosen_in(starts: NDArray[np.int64], executed: int, most: int) -> NDArray[np.int64]:
    """Return the frames in which chunks were chosen, or `most` of them, evenly; `starts` are those of episodes, and their end."""
    frames = np.concatenate([np.arange(first, end, executed) for first, end in itertools.pairwise(starts)])
    return frames[np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)]


if __name__ == "__main__":
    start(NoiseAuthority)
