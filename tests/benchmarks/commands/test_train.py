"""`lacelab train`."""

from pathlib import Path

import pytest

from lacelab import cli
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.pipeline import RunConfig
from lacelab.benchmarks.commands.train.options import CloningOptions, CriticOptions, OnlineOptions, Sizes
from lacelab.benchmarks.commands.train.stages import All, Filter, Select, Steer


def test_its_defaults_are_those_of_the_learners() -> None:
    config, everything = RunConfig(), All(Path("data"), Path("out"))
    assert CloningOptions().config() == config.cloning
    assert CriticOptions().config() == config.critic
    assert OnlineOptions().config() == config.online
    assert Filter(Path("data"), Path("out")).dropped == everything.dropped == config.dropped
    assert everything.seed == config.seed
    assert NetworkConfig(**vars(Sizes())) == config.network


def test_steering_and_selection_are_those_of_the_learners() -> None:
    config, steer, select = RunConfig(), Steer(Path("data"), Path("out")), Select(Path("data"), Path("out"))
    rates = config.steering
    assert (steer.bound, steer.spread, steer.noise_critics) == (rates.bound, rates.spread, rates.noise_critics)
    assert steer.keep_demonstrations == select.keep_demonstrations == config.online.demonstrations
    assert select.candidates == config.selection.candidates


def test_stages_offer_what_they_read(capsys: pytest.CaptureFixture[str]) -> None:
    offered = {
        "clone": {"--compiled", "--cloning-steps"},
        "critic": {"--critic-steps"},
        "filter": {"--dropped"},
        "steer": {"--rounds", "--warm-episodes"},
        "all": {"--compiled", "--cloning-steps", "--critic-steps", "--dropped", "--rounds", "--warm-episodes"},
    }
    for stage, expected in offered.items():
        with pytest.raises(SystemExit):
            cli.main(["train", stage, "--help"])
        shown = capsys.readouterr().out
        assert "--width" in shown
        assert {name for name in offered["all"] if name in shown} == expected
