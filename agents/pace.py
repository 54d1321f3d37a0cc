"""A policy that takes its time, or hurries: of some chunks that it draws, the one that leads hands least, or most, far is carried out.

Nothing is learned. A critic of discounted returns prefers chunks that hurry (`benchmarks.haste`): what arrives earlier is worth more. This
is what such a preference does, and its opposite, without a critic.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.parameters import check_count

from . import checkpoint, flow
from .exceptions import CheckpointError
from .hands import advanced, matrices
from .learned import carried_out
from .networks import Context, NetworkConfig
from .policy_network import PolicyNetwork
from .training.cloning import load_policy

KIND = "paced policy"
PREFERS = ("slowest", "fastest")
MOVES = 0.01  # m within what is carried out of a chunk
_MOST = 1000  # chunks


class Ways(NamedTuple):
    """Where chunks lead hands.

    Attributes:
        ends: of each chunk (states, chunks, hands, 3) [m].
        travel: how far away their mean is (states, hands) [m].
        along: how far each one leads in the direction of that mean, beyond it (states, chunks, hands) [m].
    """

    ends: Tensor
    travel: Tensor
    along: Tensor

    @property
    def advance(self) -> Tensor:
        """How far each chunk leads the hands that move, beyond the mean, summed (states, chunks) [m]; 0 where none moves."""
        return (self.along * (self.travel > MOVES)[:, None]).sum(dim=-1)


def ways(seen: Mapping[str, Tensor], chunks: Tensor) -> Ways:
    """Return where chunks (states, chunks, actions, 14) lead the commanded hands of observations (states, ...)."""
    position, rotation = seen["target_position"], matrices(seen["target_rotation"])
    count = chunks.shape[1]
    tools = [part.repeat_interleave(count, 0) for part in (position, rotation)]
    ends = advanced(*tools, chunks.flatten(0, 1))[0].unflatten(0, (-1, count))
    mean = ends.mean(dim=1)
    travel = (mean - position).norm(dim=-1)
    direction = (mean - position) / travel.clamp_min(1e-9)[..., None]
    along = torch.einsum("snhx,shx->snh", ends - mean[:, None], direction)
    return Ways(ends, travel, along)


class Paced(NamedTuple):
    """A policy, how many chunks it draws, and which of them it prefers."""

    policy: PolicyNetwork
    draws: int
    prefers: str

    def choose(self, observation: Mapping[str, Tensor], context: Context, drawn: Tensor) -> Tensor:
        """Return where the flow to the preferred chunk starts, that of the first one where no hand moves; see `learned.Chooser`."""
        noise = flow.SPREAD * drawn
        chunks = self.policy.decode([shown.repeated(self.draws) for shown in context], noise)
        advance = ways(observation, chunks[None, :, : carried_out(chunks.shape[1])]).advance[0]
        chosen = advance.argmin() if self.prefers == "slowest" else advance.argmax()
        return noise[chosen][None]


def write_paced(policy: Path, out: Path, prefers: str, candidates: int) -> Path:
    """Write the checkpoint of a cloned policy that acts so.

    Args:
        policy: checkpoint of a cloned policy.
        out: file to write, which ends in .safetensors.
        prefers: one of `PREFERS`.
        candidates: chunks that it draws.

    Raises:
        UnknownNameError: there is no such preference.
        ParameterError: there is nothing to choose from.
        CheckpointError: the policy is no cloned one, or nobody would load `out`.
    """
    if prefers not in PREFERS:
        raise UnknownNameError("preference", prefers, PREFERS)
    check_count("candidates", candidates, 2, _MOST)
    if out.suffix != checkpoint.SUFFIX:
        raise CheckpointError(f"'{out}' would not be loaded: its name has to end in {checkpoint.SUFFIX}.")
    network = load_policy(policy)
    config = {"network": asdict(network.config), "prefers": prefers, "candidates": candidates}
    checkpoint.save_weights(out, KIND, config, network.state_dict())
    return out


def load_paced(path: Path) -> Paced:
    """Return what `write_paced` wrote, ready to act.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    config, weights = checkpoint.load_weights(path, KIND)
    policy = PolicyNetwork(NetworkConfig(**config["network"]))
    checkpoint.fill({"": policy}, weights)
    return Paced(policy, config["candidates"], config["prefers"])
