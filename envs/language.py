"""Instructions: goals, the sentences that name them, the parser, the token codec and the left-right mirror.

A sentence is one of the forms in `paraphrases.py` with its slots filled.
"""

import difflib
import re
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .exceptions import InstructionError, UnknownNameError
from .goals import EyeletGoal, Goal, PickGoal, all_goals, goal_kinds
from .paraphrases import HELD_OUT_PARAPHRASES, ORDINALS, TOKENS, TRAIN_PARAPHRASES, VOCABULARY
from .spec import INSTRUCTION_TOKENS, TASKS

_SWAP = {"left": "right", "Left": "Right", "LEFT": "RIGHT"}
_SWAP |= {right: left for left, right in _SWAP.items()}
_SYNONYMS = {"eyelet": "hole", "eyelets": "holes"}

MIRROR_TOKENS: NDArray[np.int64] = np.arange(256, dtype=np.int64)
"""Permutation of all token ids: `MIRROR_TOKENS[encode(text)] == encode(mirror(text))`."""
MIRROR_TOKENS[[TOKENS["left"], TOKENS["right"]]] = TOKENS["right"], TOKENS["left"]
MIRROR_TOKENS.flags.writeable = False


def instruction(task: str, goal: Goal, choice: int | np.random.Generator = 0, held_out: bool = False) -> str:
    """Word a goal.

    Args:
        task: Name of the task; decides the wording. The eyelets of LaceShoe are worded like ThreadEyelet.
        goal: What to do.
        choice: Index of the paraphrase, or a generator that draws one.
        held_out: Use the paraphrases kept for `hard`.

    Raises:
        UnknownNameError: The task does not exist.
        InstructionError: The task has no sentence for this kind of goal, or no such paraphrase.
    """
    forms = paraphrases(task, goal, held_out)
    if isinstance(choice, np.random.Generator):
        choice = int(choice.integers(len(forms)))
    if not 0 <= choice < len(forms):
        raise InstructionError(f"No paraphrase {choice} of {task}. Valid: 0 to {len(forms) - 1}.")
    return forms[choice].format(**_slots(goal))


def paraphrases(task: str, goal: Goal, held_out: bool = False) -> tuple[str, ...]:
    """Return the sentence forms of a task for a kind of goal."""
    kinds = goal_kinds(task)
    if type(goal) not in kinds:
        valid = " or ".join(kind.__name__ for kind in kinds)
        raise InstructionError(f"{task} has no sentence for {goal}. Valid: {valid}.")
    if isinstance(goal, EyeletGoal) and task == "LaceShoe":
        task = "ThreadEyelet"
    return (HELD_OUT_PARAPHRASES if held_out else TRAIN_PARAPHRASES)[task]


def normalise(text: str) -> str:
    """Return the text in lower case, without punctuation, with single spaces."""
    return " ".join(re.sub(r"[.,;:!?]", " ", text.lower()).split())


def parse(text: str) -> Goal:
    """Read a sentence; `hole` and `eyelet` are interchangeable.

    Raises:
        InstructionError: A word is unknown, or the words do not form a sentence; the message lists what is valid.
    """
    words = _known_words(text)
    goal = _READINGS.get(_canonical(words))
    if goal is None:
        raise InstructionError(_no_reading(" ".join(words)))
    return goal


def encode(text: str) -> NDArray[np.int64]:
    """Return the tokens of a sentence, shape (INSTRUCTION_TOKENS,), padded with 0.

    Raises:
        InstructionError: A word is unknown or the sentence too long.
    """
    words = _known_words(text)
    if len(words) > INSTRUCTION_TOKENS:
        raise InstructionError(f"'{text}' has {len(words)} words; at most {INSTRUCTION_TOKENS}.")
    tokens = np.zeros(INSTRUCTION_TOKENS, np.int64)
    tokens[: len(words)] = [TOKENS[word] for word in words]
    return tokens


def decode(tokens: ArrayLike) -> str:
    """Return the sentence of one token array, the inverse of `encode` on normalised text.

    Raises:
        InstructionError: A token is not in the vocabulary.
    """
    ids = np.asarray(tokens).ravel().tolist()
    for token in ids:
        if not 0 <= token < len(VOCABULARY):
            raise InstructionError(f"Unknown token {token}. Valid: 0 to {len(VOCABULARY) - 1}.")
    return " ".join(VOCABULARY[token] for token in ids if token)


def mirror(text: str) -> str:
    """Swap left and right, leaving everything else as it is."""
    return re.sub(rf"\b({'|'.join(_SWAP)})\b", lambda match: _SWAP[match[0]], text)


def _slots(goal: Goal) -> dict[str, str]:
    """Return the words that fill the slots of a sentence form."""
    if isinstance(goal, PickGoal):
        return {"lace": goal.lace}
    if isinstance(goal, EyeletGoal):
        return {"lace": goal.lace, "side": goal.side, "ordinal": ORDINALS[goal.index]}
    return {}


def _known_words(text: str) -> list[str]:
    """Split normalised text, refusing words outside the vocabulary."""
    words = normalise(text).split()
    for word in words:
        if word not in TOKENS:
            error = UnknownNameError("word", word, sorted(TOKENS))
            raise InstructionError(f"Cannot read '{text}'. {error}")
    return words


def _canonical(words: list[str]) -> str:
    """Join words, replacing synonyms."""
    return " ".join(_SYNONYMS.get(word, word) for word in words)


def _no_reading(sentence: str) -> str:
    """Word the complaint about a sentence made of known words."""
    close = difflib.get_close_matches(_canonical(sentence.split()), _READINGS, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    forms = [form for forms in TRAIN_PARAPHRASES.values() for form in forms]
    slots = f"{{lace}} and {{side}} are left or right, {{ordinal}} is {' or '.join(ORDINALS)}"
    return f"Cannot read '{sentence}'.{hint} Valid: {'; '.join(forms)}; where {slots}."


def _enumerate_readings() -> dict[str, Goal]:
    """Return the goal of every sentence of the grammar, keyed by its canonical text."""
    readings: dict[str, Goal] = {}
    for task, held_out in product(TASKS, (False, True)):
        for goal in all_goals(task):
            for form in paraphrases(task, goal, held_out):
                readings[_canonical(form.format(**_slots(goal)).split())] = goal
    return readings


_READINGS = _enumerate_readings()
