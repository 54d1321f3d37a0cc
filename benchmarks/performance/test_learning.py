"""What a learned policy costs: to act, to be judged, to be trained, to be fed; one thread, networks of the usual size."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.data.arrays import FrameArrays
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION, TOKENS, flatten
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.policies import make_policy
from lacelab.agents.training.cloning import Cloning, CloningConfig
from lacelab.envs.deployment import Deployment
from lacelab.envs.spec import ACTION_SIZE

from .replay import Replay
from .test_speed import CPU_TIME

_FRAMES, _LENGTH, _BATCH = 4000, 200, 64
_CHUNKS = 100  # of the shipped policy, about three episodes
Report = Callable[[str, float, str], None]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Compute as a worker does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def observation(replay: Replay) -> dict[str, np.ndarray]:
    """Return a real observation."""
    found, _ = replay.env.reset(seed=replay.seed)
    return found


@pytest.fixture(scope="module")
def reader(observation: dict[str, np.ndarray]) -> ChunkReader:
    """Return a dataset in memory: one real observation over and over, actions drawn."""
    generator = np.random.default_rng(0)
    vectors = {name: np.tile(vector, (_FRAMES, 1)) for name, vector in flatten(observation).items()}
    vectors[TOKENS] = vectors[TOKENS].astype(np.uint8)
    vectors[ACTION] = generator.uniform(-1, 1, (_FRAMES, ACTION_SIZE)).astype(np.float32)
    starts = np.arange(0, _FRAMES + 1, _LENGTH)
    episode = np.repeat(np.arange(len(starts) - 1), _LENGTH)
    arrays = FrameArrays(vectors, np.zeros(_FRAMES, np.float32), episode, starts[1:][episode], starts)
    return ChunkReader(arrays, NetworkConfig().chunk)


@CPU_TIME
def test_policy(benchmark: Any, report: Report) -> None:
    """The shipped policy in the deployment mode: one observation in, one chunk of actions out, foresight included."""
    env = gymnasium.make("lacelab/ThreadEyelet-v0", deployment=Deployment())
    policy = make_policy("shipped", env)
    policy.reset(0)
    chunks = [policy.act(env.reset(seed=0)[0])]  # memory is fetched and kernels are chosen at the first call

    def carry_out() -> tuple[tuple[Any], dict[str, Any]]:
        seen: Any = None
        for action in chunks[-1]:
            seen, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                policy.reset(0)
                return (env.reset(seed=0)[0],), {}
        return (seen,), {}

    benchmark.pedantic(lambda seen: chunks.append(policy.act(seen)), setup=carry_out, rounds=_CHUNKS)
    times = 1e3 * np.array(benchmark.stats.stats.data)
    report("chunk of actions, p50 ms", float(np.median(times)), "none")
    report("chunk of actions, p95 ms", float(np.percentile(times, 95)), "<= 20")
    assert np.percentile(times, 95) <= 20.0


@CPU_TIME
def test_critic(benchmark: Any, observation: dict[str, np.ndarray], report: Report) -> None:
    """One observation and one chunk in, both critics' distributions out."""
    config = NetworkConfig()
    network, chunk = CriticNetwork(config, config.bins).eval(), torch.zeros(1, config.chunk, ACTION_SIZE)
    batch = {name: torch.from_numpy(np.asarray(value))[None] for name, value in observation.items()}

    def judge() -> None:
        with torch.inference_mode():
            network.judge(network.context(batch), chunk)

    benchmark.pedantic(judge, rounds=30, warmup_rounds=3)
    report("critic inference, ms", 1e3 * median(benchmark.stats.stats.data), "none")


@CPU_TIME
def test_training_step(benchmark: Any, reader: ChunkReader, report: Report) -> None:
    """One gradient step of cloning."""
    learner = Cloning(CloningConfig(batch=_BATCH), reader, np.arange(_FRAMES))
    numbers, noise = np.random.default_rng(0), torch.Generator().manual_seed(0)
    benchmark.pedantic(lambda: learner.update(numbers, noise), rounds=8, warmup_rounds=2)
    report(f"training step of {_BATCH} samples, ms", 1e3 * median(benchmark.stats.stats.data), "none")


@CPU_TIME
def test_reader(benchmark: Any, reader: ChunkReader, report: Report) -> None:
    """Shuffled batches of chunks, half of them mirrored."""
    generator = np.random.default_rng(0)
    benchmark.pedantic(lambda: list(reader.shuffled(256, generator)), rounds=10, warmup_rounds=1)
    samples = _FRAMES // 256 * 256 / median(benchmark.stats.stats.data)
    report("reader, samples/s", samples, "none")
