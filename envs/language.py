"""Instructions: a small grammar of sentences, its parser, token codec and left-right mirror.

A sentence is one of the paraphrases below with its slots filled: `{lace}` and `{side}` by left or right, `{ordinal}`
by first (nearest the toe), second, third. The held-out paraphrases use only words that the training ones of the same
task use, so that a policy that learned the words can read them.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .exceptions import InstructionError, UnknownNameError
from .spec import EYELETS_PER_SIDE, INSTRUCTION_TOKENS, SIDES, TASKS, Side

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")[:EYELETS_PER_SIDE]


@dataclass(frozen=True)
class PickGoal:
    """Pick one lace up."""

    lace: Side

    def mirrored(self) -> "PickGoal":
        """Return the goal seen in the mirror y = 0."""
        return PickGoal(self.lace.other)


@dataclass(frozen=True)
class EyeletGoal:
    """Bring one lace through one eyelet; index 0 is nearest the toe."""

    lace: Side
    side: Side
    index: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < EYELETS_PER_SIDE:
            raise InstructionError(
                f"No eyelet with index {self.index}. Valid: 0 to {EYELETS_PER_SIDE - 1}."
            )

    @property
    def direction(self) -> int:
        """Required net crossing: +1 outside to inside (the lace's own flap), -1 inside to outside."""
        return 1 if self.lace is self.side else -1

    @property
    def inserting_hand(self) -> Side:
        """The hand that pushes the aglet in: always the lace's own."""
        return self.lace

    @property
    def receiving_hand(self) -> Side:
        """The hand that takes the aglet on the far side of the flap."""
        return self.lace.other

    def mirrored(self) -> "EyeletGoal":
        """Return the goal seen in the mirror y = 0."""
        return replace(self, lace=self.lace.other, side=self.side.other)


@dataclass(frozen=True)
class ShoeGoal:
    """Lace the whole shoe."""

    def mirrored(self) -> "ShoeGoal":
        """Return itself: the whole shoe is its own mirror image."""
        return self


Goal = PickGoal | EyeletGoal | ShoeGoal

TRAIN_PARAPHRASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "PickLace": (
            "pick up the {lace} lace",
            "grasp the {lace} lace and lift it",
            "take the {lace} aglet in hand",
            "lift the {lace} lace up",
        ),
        "InsertAglet": (
            "insert the {lace} aglet into the {ordinal} hole on the {side}",
            "push the tip of the {lace} lace into the {ordinal} eyelet of the {side} flap",
            "stick the {lace} aglet through the {ordinal} {side} eyelet",
            "the {lace} aglet goes into the {ordinal} hole on the {side} side",
        ),
        "ThreadEyelet": (
            "thread the {lace} lace through the {ordinal} hole on the {side}",
            "put the {lace} lace into the {ordinal} eyelet of the {side} flap",
            "pass the {lace} lace through the {side} flap at the {ordinal} hole",
            "lace the {ordinal} {side} eyelet with the {lace} lace",
            "through the {ordinal} hole on the {side} side pull the {lace} lace",
            "take the {lace} lace and thread it through the {ordinal} eyelet on the {side}",
            "the {lace} lace goes into the {ordinal} hole of the {side} side",
            "guide the {lace} lace into the {ordinal} {side} eyelet",
        ),
        "LaceShoe": (
            "lace the shoe",
            "lace up the shoe",
            "thread both laces through all the holes",
        ),
    }
)
"""Task -> sentences used in `easy` and `standard`."""

HELD_OUT_PARAPHRASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "PickLace": (
            "grasp the {lace} aglet and pick it up",
            "take the {lace} lace and lift it up",
        ),
        "InsertAglet": (
            "push the {lace} aglet through the {ordinal} hole of the {side} flap",
            "insert the tip of the {lace} lace into the {ordinal} {side} hole",
        ),
        "ThreadEyelet": (
            "pull the {lace} lace through the {ordinal} eyelet of the {side} flap",
            "put the {lace} lace through the {ordinal} {side} hole",
            "take the {lace} lace and pass it into the {ordinal} hole on the {side} flap",
            "thread the {ordinal} hole of the {side} flap with the {lace} lace",
        ),
        "LaceShoe": (
            "thread both laces through the shoe",
            "lace up all the holes",
        ),
    }
)
"""Task -> sentences used in `hard` only."""

# Append only: a word's position is its token in every dataset and checkpoint. 0 is padding.
VOCABULARY = (
    "",
    *("left", "right", "first", "second", "third", "fourth", "fifth", "sixth"),
    *("lace", "laces", "aglet", "tip", "hole", "holes", "eyelet", "flap", "side", "shoe", "hand"),
    *("thread", "put", "pass", "pull", "take", "guide", "goes", "insert", "push", "stick"),
    *("pick", "grasp", "lift", "up", "the", "it", "and", "with", "both", "all"),
    *("through", "into", "in", "on", "of", "at"),
)
TOKENS: Mapping[str, int] = MappingProxyType({w: i for i, w in enumerate(VOCABULARY) if w})

_SWAP = {"left": "right", "right": "left"}
_SYNONYMS = {"eyelet": "hole", "eyelets": "holes"}

MIRROR_TOKENS: NDArray[np.int64] = np.arange(256, dtype=np.int64)
"""Permutation of all token ids: `MIRROR_TOKENS[encode(text)] == encode(mirror(text))`."""
MIRROR_TOKENS[[TOKENS["left"], TOKENS["right"]]] = TOKENS["right"], TOKENS["left"]
MIRROR_TOKENS.flags.writeable = False


def instruction(
    task: str, goal: Goal, choice: int | np.random.Generator = 0, held_out: bool = False
) -> str:
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
    if task not in TASKS:
        raise UnknownNameError("task", task, TASKS)
    kinds = {"PickLace": PickGoal, "LaceShoe": (EyeletGoal, ShoeGoal)}
    if not isinstance(goal, kinds.get(task, EyeletGoal)):
        raise InstructionError(f"{task} has no sentence for {goal}.")
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
    return re.sub(r"\b(left|right)\b", lambda match: _SWAP[match[0]], text)


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


def _all_goals() -> Iterator[tuple[str, Goal]]:
    """Yield every (task, goal) pair that has sentences."""
    for lace in SIDES:
        yield "PickLace", PickGoal(lace)
        for task, side, index in product(
            ("InsertAglet", "ThreadEyelet"), SIDES, range(EYELETS_PER_SIDE)
        ):
            yield task, EyeletGoal(lace, side, index)
    yield "LaceShoe", ShoeGoal()


def _enumerate_readings() -> dict[str, Goal]:
    """Return the goal of every sentence of the grammar, keyed by its canonical text."""
    readings: dict[str, Goal] = {}
    for (task, goal), held_out in product(tuple(_all_goals()), (False, True)):
        for form in paraphrases(task, goal, held_out):
            readings[_canonical(form.format(**_slots(goal)).split())] = goal
    return readings


_READINGS = _enumerate_readings()
