"""`lacelab train`."""

from pathlib import Path

import pytest
import torch

from lacelab import cli
from lacelab.agents.committee import first_member
from lacelab.agents.learning_to_retry import RetriesConfig
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.pipeline import RunConfig
from lacelab.agents.policies import SHIPPED
from lacelab.benchmarks.commands.train.online import Distil, Imitate, Retry, Select, Steer
from lacelab.benchmarks.commands.train.options import CloningOptions, CriticOptions, OnlineOptions, Sizes, Taught
from lacelab.benchmarks.commands.train.stages import All, Filter


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
    assert steer.unaware != config.online.aware


def test_retrying_is_that_of_the_learner() -> None:
    config, retry = RetriesConfig(), Retry(Path("data"), Path("out"))
    assert (retry.warm_episodes, retry.rounds, retry.least) == (config.warm_episodes, config.rounds, config.least)


def test_without_demonstrations_nothing_is_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stage in (Distil, Imitate, Retry):
        assert cli.main(["train", stage.__name__.lower(), "--data", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
        assert capsys.readouterr().err.startswith("lacelab: ") and not (tmp_path / "run").exists()


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


def test_a_committee_is_written_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = [str(SHIPPED / "seeds" / f"{seed}.safetensors") for seed in (0, 1)]
    out = tmp_path / "two.json"
    assert cli.main(["train", "committee", "--members", *members, "--out", str(out)]) == 0
    assert first_member(out).samefile(members[0])
    assert cli.main(["train", "committee", "--members", members[0], "--out", str(tmp_path / "one.json")]) == 2
    assert "A committee has two members or more, not 1." in capsys.readouterr().err


def test_what_is_taught_further_is_one_policy(tmp_path: Path) -> None:
    assert Taught(tmp_path, threads=torch.get_num_threads()).checkpoint() == SHIPPED / "seeds" / "0.safetensors"
