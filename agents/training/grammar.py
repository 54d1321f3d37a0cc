"""Teach the language reader of a small backbone what sentences ask for, before it sees any demonstration.

GR-RL starts from a vision-language model that can read; a reader with random weights would have to learn it from actions alone.
Here it first names the lace, the side and the eyelet of every sentence of the
grammar, which takes seconds, and then stays as it is. The sentences kept for `hard` are not among them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lacelab.envs.goals import EyeletGoal, Goal, PickGoal, all_goals
from lacelab.envs.language import encode, instruction, paraphrases
from lacelab.envs.spec import TASKS

from ..networks import NetworkError
from ..networks.encoders import CHOICES, Language

_STEPS = 600  # at most
_ENOUGH = 0.01  # loss at which every answer is right, by a wide margin
_LEARNING_RATE = 1e-2


def sentences(held_out: bool = False) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tokens of every sentence (n, words), and what it asks for (n, 3) as choices."""
    said = {
        instruction(task, goal, choice, held_out): goal
        for task in TASKS
        for goal in all_goals(task)
        for choice in range(len(paraphrases(task, goal, held_out)))
    }
    return np.stack([encode(text) for text in said]), np.array([_answer(goal) for goal in said.values()])


def teach(network: nn.Module) -> None:
    """Teach every reader in a network, and freeze what it knows; without one, as in a pretrained backbone, do nothing.

    Raises:
        NetworkError: a reader does not learn, for example because its tokens are too narrow.
    """
    for part in network.modules():
        if isinstance(part, Language):
            _teach(part)


def _teach(language: Language) -> None:
    """Train a reader until it answers what lace, side and eyelet are asked for."""
    device = language.queries.device
    words, answers = (torch.from_numpy(array).to(device) for array in sentences())
    taught = _taught(language)
    optimizer = torch.optim.AdamW(taught, _LEARNING_RATE, fused=True)
    loss = words.new_tensor(torch.inf, dtype=torch.float32)
    for _ in range(_STEPS):
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(language.answer(language.read(words)), answers)
        if loss < _ENOUGH:
            break
        loss.backward()
        optimizer.step()
    else:
        raise NetworkError(f"The reader did not learn the grammar in {_STEPS} steps: the loss is {loss:.2f}.")
    for weights in taught:
        weights.grad = None
    _freeze(language)


def freeze(network: nn.Module) -> None:
    """Keep what every reader in a network was taught, for example in weights that come from a file."""
    for part in network.modules():
        if isinstance(part, Language):
            _freeze(part)


def _freeze(language: Language) -> None:
    for weights in _taught(language):
        weights.requires_grad = False


def _taught(language: Language) -> list[nn.Parameter]:
    return [weights for name, weights in language.named_parameters() if not name.startswith("project_out")]


def _loss(logits: Sequence[Tensor], answers: Tensor) -> Tensor:
    """Return the summed cross-entropy of three questions: logits (n, choices) of each, answers (n, 3)."""
    parts = zip(logits, answers.unbind(1), strict=True)
    return torch.stack([functional.cross_entropy(part, answer) for part, answer in parts]).sum()


def _answer(goal: Goal) -> tuple[int, int, int]:
    no_lace, no_side, no_eyelet = (count - 1 for count in CHOICES)
    if isinstance(goal, EyeletGoal):
        return goal.lace.index, goal.side.index, goal.index
    return goal.lace.index if isinstance(goal, PickGoal) else no_lace, no_side, no_eyelet
