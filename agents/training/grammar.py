"""Teach the language reader of a small backbone what sentences ask for, before it sees any demonstration.

GR-RL starts from a vision-language model that can read; a reader with random weights would have to learn it from actions alone.
Here it first names the lace, the side and the eyelet of every sentence of the
grammar, which takes seconds. The sentences kept for `hard` are not among them.
"""

from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lacelab.envs.goals import EyeletGoal, Goal, PickGoal, all_goals
from lacelab.envs.language import encode, instruction, paraphrases
from lacelab.envs.spec import EYELETS_PER_SIDE, TASKS

from ..networks import NetworkError
from ..networks.encoders import Language

_CHOICES = (3, 3, EYELETS_PER_SIDE + 1)  # lace, side and number of the eyelet; the last choice of each: it is not said
_STEPS = 300  # at most
_ENOUGH = 0.1  # loss at which every answer is right, by a margin
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
    """Teach every reader in a network, in place; without one, as in a pretrained backbone, there is nothing to do.

    Raises:
        NetworkError: a reader does not learn, for example because its tokens are too narrow.
    """
    for part in network.modules():
        if isinstance(part, Language):
            _teach(part)


def _teach(language: Language) -> None:
    """Train a reader until its tokens tell lace, side and eyelet to one linear layer."""
    device = language.queries.device
    words, answers = (torch.from_numpy(array).to(device) for array in sentences())
    questions = nn.Linear(language(words[:1]).numel(), sum(_CHOICES)).to(device)
    parameters = chain(language.parameters(), questions.parameters())
    optimizer = torch.optim.AdamW(parameters, _LEARNING_RATE, fused=True)
    for _ in range(_STEPS):
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(questions(language(words).flatten(1)), answers)
        if loss < _ENOUGH:
            break
        loss.backward()
        optimizer.step()
    else:
        raise NetworkError(f"The reader did not learn the grammar in {_STEPS} steps: the loss is {loss:.2f}.")
    language.zero_grad(set_to_none=True)


def _loss(logits: Tensor, answers: Tensor) -> Tensor:
    """Return the summed cross-entropy of three questions: logits (n, choices), answers (n, 3)."""
    parts = zip(logits.split(_CHOICES, dim=1), answers.unbind(1), strict=True)
    return torch.stack([functional.cross_entropy(part, answer) for part, answer in parts]).sum()


def _answer(goal: Goal) -> tuple[int, int, int]:
    no_lace, no_side, no_eyelet = (count - 1 for count in _CHOICES)
    if isinstance(goal, EyeletGoal):
        return goal.lace.index, goal.side.index, goal.index
    return goal.lace.index if isinstance(goal, PickGoal) else no_lace, no_side, no_eyelet
