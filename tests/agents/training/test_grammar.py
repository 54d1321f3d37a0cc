"""A reader that was taught tells what sentences ask for, also in words it has not met."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lacelab.agents.networks import NetworkError
from lacelab.agents.networks.encoders import Language
from lacelab.agents.training import grammar
from lacelab.agents.training.grammar import sentences, teach


def _tokens(language: Language, words: np.ndarray) -> Tensor:
    with torch.no_grad():
        return language(torch.from_numpy(words)).flatten(1)


@pytest.fixture(scope="module")
def taught() -> Language:
    torch.manual_seed(0)
    language = Language(32)
    teach(nn.ModuleList([language]))
    return language


def _nearest(taught: Language, held_out: bool) -> float:
    """Return how often the nearest of the known sentences asks for the same, not counting a sentence itself."""
    known, answers = sentences()
    asked, wanted = sentences(held_out)
    distance = torch.cdist(_tokens(taught, asked), _tokens(taught, known))
    distance[distance < 1e-3] = torch.inf
    return float((answers[distance.argmin(dim=1).numpy()] == wanted).all(axis=1).mean())


def test_sentences_that_ask_for_the_same_are_alike(taught: Language) -> None:
    torch.manual_seed(0)
    assert _nearest(taught, held_out=False) > 0.95
    assert _nearest(Language(32), held_out=False) < 0.5


def test_so_are_sentences_it_has_not_met(taught: Language) -> None:
    assert _nearest(taught, held_out=True) > 0.9


def test_no_sentence_of_hard_is_taught() -> None:
    taught, kept = ({tuple(row) for row in sentences(held_out)[0].tolist()} for held_out in (False, True))
    assert len(taught) == 155 and len(kept) == 78 and not taught & kept


def test_the_same_seed_teaches_the_same(taught: Language) -> None:
    torch.manual_seed(0)
    again = Language(32)
    teach(again)
    for name, weight in again.state_dict().items():
        torch.testing.assert_close(weight, taught.state_dict()[name], msg=name)


def test_networks_without_a_reader_are_left_alone() -> None:
    layer = nn.Linear(2, 2)
    before = layer.weight.clone()
    teach(layer)
    assert torch.equal(layer.weight, before)


def test_a_reader_that_does_not_learn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "_STEPS", 2)
    with pytest.raises(NetworkError, match="did not learn the grammar in 2 steps"):
        teach(Language(32))
