"""The words of the project: every form of every sentence, and the fixed vocabulary.

Slots: `{lace}` and `{side}` are left or right, `{ordinal}` is first (nearest the toe), second or third. The held-out
forms use only words that the training forms of the same task use too, so that a policy that learned the words can
read them; a test says so.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .spec import EYELETS_PER_SIDE

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")[:EYELETS_PER_SIDE]

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
