"""A teleoperator who watches a policy and takes over where it gets nowhere: demonstrations of what it cannot do yet.

Human-gated DAgger (Kelly et al., 2019, arXiv 1810.02890): the states that need a demonstration are those to which a policy
leads, and the human decides when. Here that is after some time without a completed stage. The teleoperator goes on from
what the policy has left, until the instruction is fulfilled; the policy then gets the next one. Taking over is marked as a
retry: whatever the policy did before it came to nothing.

An operator who has accidents makes them happen to the policy, too: it meets more of what it cannot do yet.

In an environment with a deployment mode it stands between the policy and its arms only: the teleoperator's actions are as they are
elsewhere, and what is recorded of the policy's is what reached the arms.
"""

from collections import deque
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import Pipeline

from ..policies import Policy
from .flaws import POLICY, Flaw
from .operators import Operator
from .simulator import simulator_of
from .teleoperator import Teleoperator

STALLED = 12.0
"""Time without a completed stage [s] after which somebody takes over: twice as long as the expert takes for the longest one."""


class Intervention:
    """A policy, and a teleoperator who helps it out."""

    def __init__(
        self, env: gymnasium.Env[Any, Any], operator: Operator | None, policy: Policy, stalled: float = STALLED
    ) -> None:
        """Watch a policy that acts in an environment, which has to be reset first; without an operator, one is drawn from each episode's seed."""
        self._env, self._policy, self._stalled = simulator_of(env), policy, stalled
        self._teleoperator = Teleoperator(env, operator)

    @property
    def operator(self) -> Operator:
        """Who takes over."""
        return self._teleoperator.operator

    @property
    def phase(self) -> str:
        """What the teleoperator is doing, or that the policy acts."""
        return self._teleoperator.phase if self._taken_over else POLICY

    @property
    def lapse(self) -> Flaw:
        """What the teleoperator does wrong on purpose."""
        return self._teleoperator.lapse if self._taken_over else Flaw.NONE

    @property
    def retry_marks(self) -> list[tuple[float, str]]:
        """Times [s] at which somebody started over, and what was being done."""
        return sorted([*self._teleoperator.retry_marks, *self._marks])

    @property
    def gave_up(self) -> bool:
        """Whether the teleoperator has had enough of this episode; to take over is no failure of theirs."""
        return self._teleoperator.gave_up

    def reset(self, seed: int) -> None:
        """Begin an episode that has just been reset."""
        self._seed = seed
        self._deployment = self._env.detach_deployment()
        self._teleoperator.reset(seed)
        self._marks: list[tuple[float, str]] = []
        self._seen = self._completed()
        self._since = self._env.time
        self._taken_over = False
        self._leave_to_policy()

    def act(self, observation: Any, noise: Any = None) -> NDArray[np.float32]:
        """Return a chunk of one action (1, 14)."""
        self._watch()
        if self._taken_over:
            return self._teleoperator.act(observation, noise)
        if self._pipeline is not None:
            observation = self._pipeline.observation(observation)
        if not self._chunk:
            self._chunk.extend(self._policy.act(observation, noise))
        action = self._chunk.popleft()
        if self._pipeline is not None:
            action = self._pipeline.action(action.astype(np.float64)).astype(np.float32)
        return self._teleoperator.accident.spoil(action, self._teleoperator.holding())[None]

    def _watch(self) -> None:
        """Take over from a policy that gets nowhere; let it go on with a new instruction."""
        before, self._seen = self._seen, self._completed()
        if self._seen != before:
            self._since = self._env.time
        if self._taken_over and self._seen[0] > before[0]:
            self._leave_to_policy()
        elif not self._taken_over and self._env.time - self._since > self._stalled:
            self._taken_over = True
            self._marks.append((self._env.time, POLICY))
            self._teleoperator.take_over()

    def _leave_to_policy(self) -> None:
        self._taken_over = False
        self._chunk: deque[NDArray[np.float32]] = deque()
        known = self._deployment
        self._pipeline = None if known is None else Pipeline(known.parameters, known.latency)
        self._policy.reset(self._seed + len(self._marks))  # the same noise again would be the same mistakes

    def _completed(self) -> tuple[int, int]:
        """Return how many instructions are fulfilled, and how many stages of the current one."""
        return self._env.judge.goals_done, self._env.judge.stage_state.completed
