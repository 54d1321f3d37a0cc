"""Policies of others: served over WebSocket, from Stable-Baselines3, from LeRobot."""

import json
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fake_world
import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from lacelab import cli
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.policies import NoopPolicy, RandomPolicy
from lacelab.benchmarks.episode import EpisodeSpec, run_episode
from lacelab.benchmarks.exceptions import RemoteError
from lacelab.benchmarks.policies import make_policy, policy_factory
from lacelab.benchmarks.remote import RemotePolicy, make_server
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.language import encode
from lacelab.envs.spec import STATE_KEYS

OBSERVATION = {name: np.zeros(key.shape, key.dtype) for name, key in STATE_KEYS.items()}
SPACE = spaces.Dict({"a": spaces.Box(-1, 1, (3,)), "b": spaces.Box(-1, 1, (2, 2))})


class Toy(gymnasium.Env[Any, Any]):
    """Spaces like those of the environments."""

    def __init__(self, space: spaces.Space[Any] = SPACE) -> None:
        self.observation_space, self.action_space = space, spaces.Box(-1, 1, (14,), np.float32)


@pytest.fixture
def address() -> Iterator[str]:
    """Serve a random policy that fails when it is reset to 13."""

    class Unlucky(RandomPolicy):
        def reset(self, seed: int) -> None:
            if seed == 13:
                raise ValueError("bad luck")
            super().reset(seed)

    with make_server(Unlucky, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def test_a_served_policy_acts_as_it_does_here(address: str) -> None:
    remote, here = make_policy(address, Toy()), RandomPolicy()
    for seed in (3, 4):
        remote.reset(seed)
        here.reset(seed)
        for _ in range(3):
            assert (remote.act(OBSERVATION) == here.act(OBSERVATION)).all()
    with pytest.raises(RemoteError, match="ValueError: bad luck"):
        remote.reset(13)
    remote.reset(3)
    row = run_episode(EpisodeSpec("ThreadEyelet", "standard", 0, address, world="fake_world:make")).row
    assert row["success"] and row["policy"] == address
    remote._connection.close()  # type: ignore[attr-defined]


def test_clients_do_not_disturb_each_other(address: str) -> None:
    clients, alone = [RemotePolicy(address), RemotePolicy(address)], RandomPolicy()
    for client in clients:
        client.reset(3)
    alone.reset(3)
    for _ in range(3):
        expected = alone.act(OBSERVATION)
        assert all((client.act(OBSERVATION) == expected).all() for client in clients)
    for client in clients:
        client._connection.close()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--policy", "expert"], "The expert reads the simulator beside it"),
        (["--policy", "noop", "--port", "99999"], "There is no port 99999. Valid: 0 (any free one) to 65535."),
        (
            ["--policy", "noop", "--host", "203.0.113.1", "--world", "fake_world:make"],
            "Cannot listen at 203.0.113.1:8000:",
        ),
        (["--policy", "nop"], "Unknown policy 'nop'. Did you mean 'noop'?"),
    ],
)
def test_what_cannot_be_served(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_nobody_answers() -> None:
    with pytest.raises(RemoteError, match="No policy answers at 'ws://127.0.0.1:9': "):
        RemotePolicy("ws://127.0.0.1:9")


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("algorithm", ["SAC", "PPO"])
def test_archives_of_stable_baselines(algorithm: str, flat: bool, tmp_path: Path) -> None:
    stable_baselines3 = pytest.importorskip("stable_baselines3")
    env = Toy(spaces.flatten_space(SPACE) if flat else SPACE)
    settings: dict[str, Any] = {"policy_kwargs": {"net_arch": [8]}, "device": "cpu"}
    settings |= {"buffer_size": 10} if algorithm == "SAC" else {"n_steps": 4, "batch_size": 4}
    model = getattr(stable_baselines3, algorithm)("MlpPolicy" if flat else "MultiInputPolicy", env, **settings)
    path = tmp_path / "model.zip"
    model.save(path)
    policy = make_policy(str(path), Toy())
    policy.reset(0)
    observation = SPACE.sample()
    given = spaces.flatten(SPACE, observation) if flat else observation
    assert (policy.act(observation)[0] == model.predict(given, deterministic=True)[0]).all()


def test_broken_archives(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with pytest.raises(CheckpointError, match="There is no checkpoint '.*model.zip'"):
        policy_factory(str(path))
    path.write_text("no archive")
    with pytest.raises(CheckpointError, match="is no archive of Stable-Baselines3"):
        make_policy(str(path), Toy())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", json.dumps({"policy_class": {"__module__": "sb3_contrib.tqc.policies"}}))
    with pytest.raises(UnknownNameError, match="Unknown algorithm 'TQC'. .*Valid: A2C"):
        make_policy(str(path), Toy())


class Pretrained:
    """Stands in for a policy of LeRobot."""

    seen: dict[str, Any]

    @classmethod
    def from_pretrained(cls, path: str) -> "Pretrained":
        """Load."""
        if path == "nowhere":
            raise OSError("no config.json")
        return cls()

    type = "act"

    def eval(self) -> "Pretrained":
        """Go into evaluation mode."""
        return self

    def reset(self) -> None:
        """Begin."""

    def select_action(self, batch: dict[str, Any]) -> Any:
        """Return too large an action."""
        import torch

        Pretrained.seen = batch
        return torch.full((1, 14), 2.0)


def test_lerobot(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match="LeRobot is not installed"):
        make_policy("lerobot:folder", Toy())
    modules = {name: types.ModuleType(name) for name in ("lerobot", "lerobot.configs", "lerobot.policies")}
    modules["lerobot.configs.policies"] = types.SimpleNamespace(PreTrainedConfig=Pretrained)  # type: ignore[assignment]
    modules["lerobot.policies.factory"] = types.SimpleNamespace(  # type: ignore[assignment]
        get_policy_class=lambda name: {"act": Pretrained}[name]
    )
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    policy = make_policy("lerobot:folder", Toy())
    policy.reset(0)
    sentence = "thread the left lace through the first hole on the left"
    images = {"head": np.full((4, 5, 3), 255, np.uint8)}
    assert (policy.act(OBSERVATION | images | {"instruction": encode(sentence)}) == np.ones((1, 14))).all()
    size = sum(value.size for name, value in OBSERVATION.items() if name != "instruction")
    assert Pretrained.seen["observation.state"].shape == (1, size)
    assert Pretrained.seen["observation.images.head"].shape == (1, 3, 4, 5)
    assert Pretrained.seen["observation.images.head"].max() == 1 and Pretrained.seen["task"] == [sentence]
    with pytest.raises(CheckpointError, match="LeRobot cannot load 'nowhere': no config.json"):
        make_policy("lerobot:nowhere", Toy())


def test_others_are_found_as_before() -> None:
    assert isinstance(make_policy("noop", Toy()), NoopPolicy)
    assert isinstance(make_policy("fake_world:make_chatty", Toy()), fake_world.ChattyPolicy)
