"""A policy that lays everything aside and tries again where a critic gives its success little chance.

Critics tell states that lead to success from those that do not much better than they tell chunks apart (`lacelab.benchmarks.foretelling`):
so they decide when to try again, and leave chunks to the policy. What is chosen between are two options (Sutton, Precup and Singh,
1999, Artificial Intelligence 112): to go on, and to lay everything aside. What the least chance is, is learned online, see `learning_to_retry`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lacelab.envs.deployment import Deployment
from lacelab.envs.parameters import check_count, check_number

from . import checkpoint
from .achieved import Achieved
from .critic_network import CriticNetwork
from .hands import holding
from .laying_aside import LayingAside
from .learned import LearnedPolicy
from .motions import Pose, hands_of
from .networks import NetworkConfig
from .policy_network import PolicyNetwork
from .tracing import traced
from .value_heads import ValueHead, find_head
from .wanting import Wanting

KIND = "policy that tries again"
Observation = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Rule:
    """When a policy tries again.

    Attributes:
        least: chance of success below which it does; with 0 it never does.
        looks: at which the chance has to be lower, one after the other; as many more after each time that it has tried again.
    """

    least: float
    looks: int = 4

    def __post_init__(self) -> None:
        """Refuse what is no rule.

        Raises:
            ParameterError: naming the valid range.
        """
        check_number("least", self.least, 0.0, 1.0)
        check_count("looks", self.looks, 1, 1000)


class Chance:
    """A critic that has learned how episodes end."""

    def __init__(self, critic: CriticNetwork, head: ValueHead) -> None:
        self.critic, self.head = critic, head

    @torch.inference_mode()
    def __call__(self, seen: Observation, wanted: NDArray[np.float32]) -> float:
        """Return the chance of success where the policy wants some actions (executed, 14)."""
        device = next(self.critic.parameters()).device
        batch = {name: torch.from_numpy(np.asarray(value))[None].to(device) for name, value in seen.items()}
        outputs = self.critic.judge(self.critic.context(batch), torch.from_numpy(wanted)[None].to(device))
        return float(self.head.value(outputs[:, 0, -1]).mean())


class Retrying(Wanting):
    """Runs a learned policy, and tries again by a rule; the same seed and observations give the same actions."""

    def __init__(self, policy: LearnedPolicy, chance: Chance, rule: Rule) -> None:
        self._policy, self._chance, self._rule = policy, chance, rule
        self._aside, self._achieved = LayingAside(policy.executed), Achieved()
        self.reset(0)

    @property
    def phase(self) -> str:
        """What it is doing."""
        return "trying again" if self._aside.busy else "acting"

    @property
    def chunk(self) -> int:
        """Actions per chunk of the network."""
        return self._policy.chunk

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)
        self._aside.reset()
        self._achieved.reset()
        self._home: Pose | None = None
        self._hopeless = self.retries = 0

    def wanted(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14): by the network, or by who lays everything aside."""
        if "target_position" not in observation:  # pictures alone do not tell where hands are
            return self._policy.wanted(observation, noise)
        if self._home is None:
            self._home = hands_of(observation)
        self._achieved(observation)
        seen = self._policy.foreseen(observation)
        if not self._aside.busy:
            wanted = self._policy.wanted(observation, noise)
            if not self._gives_up(self._chance(seen, wanted)):
                return wanted
            self._aside.begin(holding(observation) & self._achieved.threaded)
        return self._aside(hands_of(seen), self._home)

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become."""
        return self._policy.sent(wanted)

    def _gives_up(self, chance: float) -> bool:
        self._hopeless = self._hopeless + 1 if chance < self._rule.least else 0
        if self._hopeless < self._rule.looks * (1 + self.retries):
            return False
        self._hopeless = 0
        self.retries += 1
        return True


def save_retrying(path: Path, policy: PolicyNetwork, chance: Chance, rule: Rule) -> None:
    """Write policy, critic and rule in one file."""
    weights = {f"policy.{name}": value for name, value in policy.state_dict().items()}
    weights |= {f"critic.{name}": value for name, value in chance.critic.state_dict().items()}
    head = "categorical" if chance.head.outputs > 1 else "scalar"
    checkpoint.save_weights(path, KIND, {"rule": asdict(rule), "network": asdict(policy.config), "head": head}, weights)


def load_retrying(path: Path, deployment: Deployment | None = None) -> Retrying:
    """Return the policy of a checkpoint, ready to act.

    Args:
        path: of the checkpoint.
        deployment: what is known of the mode that it acts in, see `LearnedPolicy`.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    torch.set_num_threads(1)  # as `learned.load_learned`
    config, weights = checkpoint.load_weights(path, KIND)
    size = NetworkConfig(**config["network"])
    head = find_head(config["head"], size.bins)
    policy, critic = PolicyNetwork(size), CriticNetwork(size, head.outputs)
    checkpoint.fill({"policy.": policy, "critic.": critic}, weights)
    return Retrying(LearnedPolicy(traced(policy), deployment=deployment), Chance(critic, head), Rule(**config["rule"]))
