import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacelab.envs import language
from lacelab.envs.exceptions import InstructionError, UnknownNameError
from lacelab.envs.goals import EyeletGoal, Goal, PickGoal, ShoeGoal, all_goals
from lacelab.envs.spec import INSTRUCTION_TOKENS, TASKS, Side

_property = settings(deadline=None)


@st.composite
def _worded_goals(draw: st.DrawFn) -> tuple[Goal, str]:
    task = draw(st.sampled_from(TASKS))
    goal = draw(st.sampled_from(all_goals(task)))
    held_out = draw(st.booleans())
    choice = draw(st.integers(0, len(language.paraphrases(task, goal, held_out)) - 1))
    return goal, language.instruction(task, goal, choice, held_out)


@_property
@given(_worded_goals())
def test_parse_inverts_instruction(worded: tuple[Goal, str]) -> None:
    goal, text = worded
    assert language.parse(text) == goal


@_property
@given(_worded_goals())
def test_mirror_mirrors_the_goal(worded: tuple[Goal, str]) -> None:
    goal, text = worded
    assert language.parse(language.mirror(text)) == goal.mirrored()


@_property
@given(
    st.text() | st.lists(st.sampled_from(["left", "Right", "RIGHT", "lefty", "lEft", "bright", "the"])).map(" ".join)
)
def test_mirror_twice_is_identity_on_any_text(text: str) -> None:
    assert language.mirror(language.mirror(text)) == text


@_property
@given(_worded_goals())
def test_decode_inverts_encode(worded: tuple[Goal, str]) -> None:
    _, text = worded
    tokens = language.encode(text)
    assert tokens.shape == (INSTRUCTION_TOKENS,) and tokens.dtype == np.int64
    assert tokens.min() >= 0 and tokens.max() < 256
    assert language.decode(tokens) == text


@_property
@given(_worded_goals())
def test_tokens_mirror_like_the_text(worded: tuple[Goal, str]) -> None:
    _, text = worded
    expected = language.encode(language.mirror(text))
    np.testing.assert_array_equal(language.MIRROR_TOKENS[language.encode(text)], expected)


def test_token_mirror_is_an_involution() -> None:
    np.testing.assert_array_equal(language.MIRROR_TOKENS[language.MIRROR_TOKENS], np.arange(256))


def test_sentence_from_the_readme() -> None:
    goal = EyeletGoal(Side.LEFT, Side.RIGHT, 1)
    text = "thread the left lace through the second hole on the right"
    assert language.instruction("ThreadEyelet", goal) == text
    assert language.parse("Thread the LEFT lace, through the second eyelet on the right.") == goal


def test_eyelets_of_the_whole_shoe_are_worded_like_single_ones() -> None:
    goal = EyeletGoal(Side.LEFT, Side.LEFT, 0)
    assert language.instruction("LaceShoe", goal, 3) == language.instruction("ThreadEyelet", goal, 3)
    assert language.instruction("LaceShoe", ShoeGoal()) == "lace the shoe"


def test_generator_draws_every_paraphrase_reproducibly() -> None:
    goal = PickGoal(Side.LEFT)
    drawn = [language.instruction("PickLace", goal, np.random.default_rng(seed)) for seed in range(50)]
    assert set(drawn) == {form.format(lace="left") for form in language.TRAIN_PARAPHRASES["PickLace"]}
    assert drawn[7] == language.instruction("PickLace", goal, np.random.default_rng(7))


def test_unknown_word_is_named() -> None:
    with pytest.raises(InstructionError, match="Unknown word 'shoo'. Did you mean 'shoe'.* Valid: aglet, all"):
        language.parse("lace the shoo")
    with pytest.raises(InstructionError, match="Unknown word 'shoo'"):
        language.encode("lace the shoo")


def test_unreadable_sentence_lists_the_forms() -> None:
    with pytest.raises(InstructionError, match="Cannot read 'thread the left lace'.*Valid: pick up the {lace} lace;"):
        language.parse("thread the left lace")
    with pytest.raises(InstructionError, match="Cannot read ''"):
        language.parse("")


def test_near_miss_is_suggested() -> None:
    with pytest.raises(
        InstructionError, match="Did you mean 'thread the left lace through the first hole on the left'"
    ):
        language.parse("thread the left lace into the first hole on the left")


def test_wrong_requests() -> None:
    with pytest.raises(InstructionError, match="PickLace has no sentence for ShoeGoal.*Valid: PickGoal"):
        language.instruction("PickLace", ShoeGoal())
    with pytest.raises(InstructionError, match="No paraphrase 99 of PickLace. Valid: 0 to 3"):
        language.instruction("PickLace", PickGoal(Side.LEFT), 99)
    with pytest.raises(UnknownNameError, match="Unknown task 'Lace'"):
        language.instruction("Lace", ShoeGoal())
    with pytest.raises(InstructionError, match="17 words; at most 16"):
        language.encode("the " * 17)
    with pytest.raises(InstructionError, match="Unknown token 200. Valid: 0 to 45"):
        language.decode([200])
