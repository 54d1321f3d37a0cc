"""A reader that was taught tells what sentences ask for, also in words it has not met."""

import numpy as np
import pytest
import torch
from torch import nn

from lacelab.agents.networks import NetworkError
from lacelab.agents.networks.encoders import Language
from lacelab.agents.training import grammar
from lacelab.agents.training.grammar import freeze, sentences, teach
from lacelab.envs.language import encode


def _right(language: Language, held_out: bool) -> float:
    """Return the share of sentences whose lace, side and eyelet a reader names."""
    words, answers = sentences(held_out)
    with torch.no_grad():
        logits = language.answer(language.read(torch.from_numpy(words)))
    named = np.stack([each.argmax(dim=1).numpy() for each in logits], axis=1)
    return float((named == answers).all(axis=1).mean())


@pytest.fixture(scope="module")
def taught() -> Language:
    torch.manual_seed(0)
    language = Language(32)
    teach(nn.ModuleList([language]))
    return language


def test_every_sentence_is_understood(taught: Language) -> None:
    torch.manual_seed(0)
    assert _right(taught, held_out=False) == 1.0
    assert _right(Language(32), held_out=False) < 0.2


def test_so_are_sentences_it_has_not_met(taught: Language) -> None:
    assert _right(taught, held_out=True) > 0.95


def test_what_is_named_is_one_lace_and_one_eyelet_or_none(taught: Language) -> None:
    texts = ("put the left lace into the third eyelet of the right flap", "pick up the right lace", "lace the shoe")
    _, named = taught(torch.from_numpy(np.stack([encode(text) for text in texts])))
    assert named.lace.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert named.eyelet[0].nonzero().tolist() == [[1, 2]] and not named.eyelet[1:].any()


def test_a_taught_reader_is_frozen_but_for_its_tokens(taught: Language) -> None:
    learns = {name.split(".")[0] for name, weights in taught.named_parameters() if weights.requires_grad}
    assert learns == {"project_out"}


def test_no_sentence_of_hard_is_taught() -> None:
    taught, kept = ({tuple(row) for row in sentences(held_out)[0].tolist()} for held_out in (False, True))
    assert len(taught) == 155 and len(kept) == 78 and not taught & kept


def test_the_same_seed_teaches_the_same(taught: Language) -> None:
    torch.manual_seed(0)
    again = Language(32)
    teach(again)
    for name, weight in again.state_dict().items():
        torch.testing.assert_close(weight, taught.state_dict()[name], msg=name)


def test_what_was_taught_is_frozen_and_stays_so_in_a_copy(taught: Language) -> None:
    """Weights from a file come back into a reader that nobody has taught."""
    copied = Language(32)
    copied.load_state_dict(taught.state_dict())
    assert all(weight.requires_grad for weight in copied.parameters())
    freeze(nn.Sequential(copied))
    both = (taught, copied)
    first, second = ({name for name, weight in each.named_parameters() if weight.requires_grad} for each in both)
    assert first == second and first and all(name.startswith("project_out") for name in first)


def test_networks_without_a_reader_are_left_alone() -> None:
    layer = nn.Linear(2, 2)
    before = layer.weight.clone()
    teach(layer)
    assert torch.equal(layer.weight, before)


def test_a_reader_that_does_not_learn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "_STEPS", 2)
    with pytest.raises(NetworkError, match="did not learn the grammar in 2 steps"):
        teach(Language(32))
