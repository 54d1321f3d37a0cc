"""`lacelab train`."""

from pathlib import Path

from lacelab.agents.networks import NetworkConfig
from lacelab.agents.pipeline import RunConfig
from lacelab.benchmarks.commands.train.stages import Common, Steer


def test_its_defaults_are_those_of_the_learners() -> None:
    options, config = Common(Path("data"), Path("out")), RunConfig()
    assert (options.cloning_steps, options.critic_steps) == (config.cloning.steps, config.critic.steps)
    assert (options.warm_episodes, options.rounds) == (config.online.warm_episodes, config.online.rounds)
    assert (options.dropped, options.seed) == (config.dropped, config.seed)
    assert NetworkConfig(width=options.width, layers=options.layers, chunk=options.chunk) == config.network


def test_steering_is_that_of_the_learner() -> None:
    options, config = Steer(Path("data"), Path("out")), RunConfig().online
    steering = config.steering
    assert (options.bound, options.spread, options.noise_critics) == (
        steering.bound,
        steering.spread,
        steering.noise_critics,
    )
    assert options.keep_demonstrations == config.demonstrations
