"""A learned policy in an episode: observations in, chunks out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.envs.deployment import Deployment
from lacelab.envs.spec import ACTION_SIZE

from . import checkpoint, flow
from .following import Following
from .foresight import Foresight, foreseen
from .grip import Grip, PatientGrip, interlocked, patience
from .networks import Context
from .policy_network import PolicyNetwork
from .tracing import FlowNetwork, traced
from .wanting import Wanting

EXECUTED = 8  # actions of a chunk that are carried out before the next one is chosen

_STREAM = 0x666C6F77  # keeps the noise independent of an environment seeded alike


def carried_out(chunk: int) -> int:
    """Return how many actions of chunks of some length are carried out."""
    return min(EXECUTED, chunk)


class Chooser(Protocol):
    """Chooses the noise that a flow policy starts from."""

    @property
    def draws(self) -> int:
        """How many chunks of noise it needs."""
        ...

    def choose(self, observation: Mapping[str, Tensor], context: Context, drawn: Tensor) -> Tensor:
        """Return noise (1, chunk, action), given noise of N(0, I) of shape (draws, chunk, action)."""
        ...


class LearnedPolicy(Wanting):
    """Runs a flow policy: the same seed and observations give the same actions."""

    def __init__(
        self,
        network: FlowNetwork,
        executed: int = EXECUTED,
        chooser: Chooser | None = None,
        deployment: Deployment | None = None,
        grip: Grip | None = None,
        others: Sequence[FlowNetwork] = (),
        following: Following | None = None,
    ) -> None:
        """Wrap a network.

        Args:
            network: ready to act.
            executed: actions returned of each chunk, or all of a shorter one.
            chooser: of the noise; drawn without, with a deviation of `flow.SPREAD`.
            deployment: what is known of the mode that it acts in, see `Foresight`.
            grip: what holds hands back; by default, patience in the deployment mode.
            others: with chunks of the same length, which take turns with it, see `committee`.
            following: keeps hands on the path that is wanted; by default, what is wanted is sent.
        """
        self._members, self._chooser = (network, *others), chooser
        self.executed = min(executed, network.config.chunk)
        self._foresight = Foresight(deployment)
        self._grip = grip or PatientGrip(patience(deployment, self.executed))
        self._following = following or Following(None)
        self._generator = np.random.default_rng((0, _STREAM))
        self._device = network.scale.device

    @property
    def chunk(self) -> int:
        """Actions per chunk of the network."""
        return self._members[0].config.chunk

    def reset(self, seed: int) -> None:
        """Restart the generator of the noise."""
        self._generator = np.random.default_rng((seed, _STREAM))
        self._foresight.reset()
        self._grip.reset()
        self._following.reset()

    @torch.inference_mode()
    def wanted(self, observation: Mapping[str, NDArray[Any]], noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what the network wants, (executed, 14): what there is to learn from, as hands wait for reasons of their own."""
        ahead = self.foreseen(observation)
        batch = {name: torch.from_numpy(np.asarray(value))[None].to(self._device) for name, value in ahead.items()}
        network = self._whose_turn()
        context = network.context(batch)
        chunk = network.decode(context, self._noise(batch, context, noise))[0]
        return chunk[: self.executed].cpu().numpy().astype(np.float32)

    def foreseen(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return what the network is shown: hands where everything that was wanted leads."""
        return foreseen(self._foresight(observation), self._following.behind)

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become, all of which are taken to be carried out."""
        actions = self._following(self._grip(wanted))
        self._foresight.sent(actions)
        return actions

    def _whose_turn(self) -> FlowNetwork:
        alone = len(self._members) == 1  # then no number is drawn, and noise stays what it always was
        return self._members[0 if alone else self._generator.integers(len(self._members))]

    def _noise(self, observation: Mapping[str, Tensor], context: Context, given: NDArray[Any] | None) -> Tensor:
        shape = (self.chunk, ACTION_SIZE)
        draws = self._chooser.draws if self._chooser else 1
        drawn = self._generator.standard_normal((draws, *shape), dtype=np.float32)
        if given is not None:
            return torch.from_numpy(np.asarray(given, np.float32).reshape(shape))[None].to(self._device)
        noise = torch.from_numpy(drawn).to(self._device)
        return self._chooser.choose(observation, context, noise) if self._chooser else flow.SPREAD * noise


def load_learned(path: Path, deployment: Deployment | None = None) -> LearnedPolicy:
    """Return the policy of a checkpoint.

    Args:
        path: of the checkpoint, with or without what chooses its noise; see `checkpoint.load_weights` for the errors.
        deployment: see `LearnedPolicy`.
    """
    torch.set_num_threads(1)  # processes act side by side, and a single observation feeds one core
    parts = _loaded(path, deployment)
    return LearnedPolicy(traced(parts.network), chooser=parts.chooser, deployment=parts.known, grip=parts.grip)


class _Parts(NamedTuple):
    """What a checkpoint acts by, and what it knows of the deployment mode."""

    network: PolicyNetwork
    known: Deployment | None
    chooser: Chooser | None = None
    grip: Grip | None = None


def _loaded(path: Path, deployment: Deployment | None) -> _Parts:
    """Return what a checkpoint of any kind acts by."""
    from .training import cloning, selection, steering

    kind = checkpoint.kind_of(path)
    if kind == steering.KIND:
        steered = steering.load_steered(path)
        return _Parts(steered.policy, deployment if steered.aware else None, steered)
    if kind == selection.KIND:
        selecting = selection.load_selecting(path)
        return _Parts(selecting.policy, deployment, selecting)
    if kind == cloning.WAITING:
        return _Parts(cloning.load_policy(path, kind), deployment, grip=PatientGrip(0))
    if kind == cloning.HANDING_OVER:
        network = cloning.load_policy(path, kind)
        return _Parts(network, deployment, grip=interlocked(deployment, carried_out(network.config.chunk)))
    return _Parts(cloning.load_policy(path), deployment)
