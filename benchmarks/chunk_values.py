"""What critics hold of chunks that a policy draws."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.agents import flow
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.learned import carried_out
from lacelab.agents.pipeline import CRITIC
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.stage import POLICY
from lacelab.agents.training.selection import load_selecting
from lacelab.agents.training.td import load_critic
from lacelab.agents.value_heads import ValueHead
from lacelab.envs.spec import ACTION_SIZE

Judge = tuple[CriticNetwork, ValueHead]


def drawn(policy: PolicyNetwork, seen: Mapping[str, Tensor], count: int, generator: torch.Generator) -> Tensor:
    """Return what would be carried out of chunks (states, count, executed, 14), drawn as policies draw them in states (states, ...)."""
    shape = (len(seen["target_position"]) * count, policy.config.chunk, ACTION_SIZE)
    noise = flow.SPREAD * torch.randn(shape, generator=generator).to(policy.scale.device)
    decoded = policy.decode([part.repeated(count) for part in policy.context(seen)], noise)
    return decoded[:, : carried_out(policy.config.chunk)].unflatten(0, (-1, count))


def critics(run: Path, selected: tuple[str, ...]) -> Iterator[tuple[str, Judge]]:
    """Yield the critic of a run that has learned from demonstrations, and those of stages that select, where there are such.

    Raises:
        CheckpointError: there is no critic, or a stage does not select.
    """
    yield "offline", load_critic(run / "critic" / CRITIC)
    for name in selected:
        if (run / name / POLICY).exists():
            learned = load_selecting(run / name / POLICY)
            yield name, (learned.critic, learned.head)


def values(judge: Judge, seen: Mapping[str, Tensor], chunks: Tensor) -> NDArray[np.float32]:
    """Return what a critic holds of chunks (states, chunks, actions, 14) in states (states, ...), (states, chunks)."""
    critic, head = judge
    context = [part.repeated(chunks.shape[1]) for part in critic.context(seen)]
    outputs = critic.judge(context, chunks.flatten(0, 1))[:, :, -1]
    judged: NDArray[np.float32] = head.value(outputs).min(dim=0).values.unflatten(0, chunks.shape[:2]).cpu().numpy()
    return judged
