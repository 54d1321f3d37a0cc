"""`lacelab train`."""

from pathlib import Path

from lacelab.agents.networks import NetworkConfig
from lacelab.agents.pipeline import RunConfig
from lacelab.benchmarks.commands.train.stages import Common, Select, Steer


def test_its_defaults_are_those_of_the_learners() -> None:
    options, config = Common(Path("data"), Path("out")), RunConfig()
    assert (options.cloning_steps, options.critic_steps) == (config.cloning.steps, config.critic.steps)
    assert (options.warm_episodes, options.rounds) == (config.online.warm_episodes, config.online.rounds)
    assert (options.dropped, options.seed) == (config.dropped, config.seed)
    assert NetworkConfig(width=options.width, layers=options.layers, chunk=options.chunk) == config.network


def test_steering_and_selection_are_those_of_the_learners() -> None:
    config, steer, select = RunConfig(), Steer(Path("data"), Path("out")), Select(Path("data"), Path("out"))
    rates = config.steering
    assert (steer.bound, steer.spread, steer.noise_critics) == (rates.bound, rates.spread, rates.noise_critics)
    assert steer.keep_demonstrations == select.keep_demonstrations == config.online.demonstrations
    assert select.candidates == config.selection.candidates
