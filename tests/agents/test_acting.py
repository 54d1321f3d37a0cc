"""What a checkpoint acts by."""

from pathlib import Path

from observations import TINY
from tiny_run import write_untrained

from lacelab.agents.acting import load_acting
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.retrying import Chance, Retrying, Rule, save_retrying
from lacelab.agents.stage import POLICY
from lacelab.agents.value_heads import Categorical


def test_its_kind_says_what_it_acts_by(tmp_path: Path) -> None:
    write_untrained(tmp_path)
    assert type(load_acting(tmp_path / "mirrored" / POLICY)) is LearnedPolicy
    retrying, chance = tmp_path / "retrying.safetensors", Chance(CriticNetwork(TINY, TINY.bins), Categorical(TINY.bins))
    save_retrying(retrying, PolicyNetwork(TINY), chance, Rule(0.1))
    assert type(load_acting(retrying)) is Retrying
