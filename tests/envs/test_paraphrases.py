import pytest

from lacelab.envs.paraphrases import HELD_OUT_PARAPHRASES, TOKENS, TRAIN_PARAPHRASES, VOCABULARY
from lacelab.envs.spec import TASKS

_TRAIN_MINIMUM = {"PickLace": 4, "InsertAglet": 4, "ThreadEyelet": 6, "LaceShoe": 1}


@pytest.mark.parametrize("task", TASKS)
def test_enough_forms_and_none_twice(task: str) -> None:
    assert len(TRAIN_PARAPHRASES[task]) >= _TRAIN_MINIMUM[task]
    assert len(HELD_OUT_PARAPHRASES[task]) >= 2
    forms = TRAIN_PARAPHRASES[task] + HELD_OUT_PARAPHRASES[task]
    assert len(set(forms)) == len(forms)


@pytest.mark.parametrize("task", TASKS)
def test_held_out_forms_use_trained_words_only(task: str) -> None:
    trained = {word for form in TRAIN_PARAPHRASES[task] for word in form.split()}
    held_out = {word for form in HELD_OUT_PARAPHRASES[task] for word in form.split()}
    assert held_out <= trained


def test_forms_of_one_task_name_the_same_slots() -> None:
    for task in TASKS:
        forms = TRAIN_PARAPHRASES[task] + HELD_OUT_PARAPHRASES[task]
        slots = [sorted(word for word in form.split() if word.startswith("{")) for form in forms]
        assert all(found == slots[0] for found in slots)


def test_vocabulary_is_small_unambiguous_and_used() -> None:
    assert VOCABULARY[0] == "" and len(set(VOCABULARY)) == len(VOCABULARY) < 256
    forms = [form for group in (TRAIN_PARAPHRASES, HELD_OUT_PARAPHRASES) for fs in group.values() for form in fs]
    used = {word for form in forms for word in form.split() if not word.startswith("{")}
    slots = {"left", "right", "first", "second", "third", "fourth", "fifth", "sixth"}
    assert used | slots == set(TOKENS)


def test_tokens_are_frozen() -> None:
    """Datasets and checkpoints hold these numbers: append words, never reorder."""
    assert [TOKENS[w] for w in ("left", "right", "first", "lace", "shoe", "thread", "the", "at")] == [
        *(1, 2, 3, 9, 18, 20, 34, 45)
    ]
