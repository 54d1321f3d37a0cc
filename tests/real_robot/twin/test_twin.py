"""The twin in another process: who may command it, and that an episode there is one of the simulator's."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from websockets.protocol import State

from lacelab.agents.policies import make_policy
from lacelab.envs.exceptions import ParameterError, UnknownNameError
from lacelab.real_robot.exceptions import ConnectionLostError, ConnectionRefusedError, RobotError
from lacelab.real_robot.lacing_env import RobotLacingEnv
from lacelab.real_robot.twin.link import TwinLink
from lacelab.real_robot.twin.process import TwinProcess
from lacelab.real_robot.twin.server import TwinServer
from lacelab.real_robot.twin.settings import TwinSettings
from lacelab.real_robot.twin.tls import Credentials, check_exposure


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    """A twin in lock-step."""
    with TwinProcess() as process:
        yield process


@pytest.fixture
def link(twin: TwinProcess) -> Iterator[TwinLink]:
    """Its commander."""
    link = TwinLink(twin.address)
    link.connect()
    yield link
    link.close()


def test_a_second_commander_is_refused(link: TwinLink) -> None:
    with pytest.raises(ConnectionRefusedError, match="Somebody else commands this twin"):
        TwinLink(link.address).connect()
    link.ask("state")


@pytest.mark.parametrize(("state", "refused"), [(State.OPEN, True), (State.CLOSING, False), (State.CLOSED, False)])
def test_who_has_hung_up_is_in_nobodys_way(state: State, refused: bool) -> None:
    """Even if the server still waits for the lock in which it would forget them."""
    world = SimpleNamespace(now=0.0, settings=TwinSettings(), reset=lambda *given: None, release=lambda: None)
    server = TwinServer(world, lockstep=True)  # type: ignore[arg-type]
    first, second = SimpleNamespace(state=state), SimpleNamespace(state=State.OPEN)
    server._greet(first, "commander")  # type: ignore[arg-type]
    if refused:
        with pytest.raises(ConnectionRefusedError, match="Somebody else commands this twin"):
            server._greet(second, "commander")  # type: ignore[arg-type]
    else:
        assert server._greet(second, "commander")["lockstep"]  # type: ignore[arg-type]


def test_an_operator_may_stop_but_not_command(link: TwinLink) -> None:
    operator = TwinLink(link.address, role="operator")
    operator.connect()
    with pytest.raises(ConnectionRefusedError, match="for the commander only"):
        operator.ask("advance", until=1.0)
    operator.ask("stop")
    link.advance(link.now + 0.05)
    assert link.capture()["held"] == "stopped by the operator"
    operator.close()


def test_nobody_there() -> None:
    with pytest.raises(ConnectionLostError, match="No twin answers at ws://127.0.0.1:9"):
        TwinLink("ws://127.0.0.1:9").connect()


def test_other_computers_need_certificates() -> None:
    check_exposure("127.0.0.1", None)
    with pytest.raises(RobotError, match=r"'0\.0\.0\.0' needs mutual TLS"):
        check_exposure("0.0.0.0", None)
    with pytest.raises(ConnectionLostError, match="The twin does not start"):
        TwinProcess(host="0.0.0.0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two authorities, each with a certificate for this computer."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    for name in ("ours", "theirs"):
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        _openssl(
            folder, "req", "-x509", *new, "-subj", f"/CN={name}", "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem"
        )
        _openssl(folder, "req", *new, "-subj", "/CN=127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signing = ["-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-CAcreateserial", "-extfile", "names"]
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)
    return folder


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _credentials(folder: Path, name: str) -> Credentials:
    return Credentials(folder / f"{name}.pem", folder / f"{name}.key", folder / "ours-ca.pem")


def test_only_trusted_certificates_may_command(folder: Path) -> None:
    ours = _credentials(folder, "ours")
    with TwinProcess(credentials=ours) as process:
        assert process.address.startswith("wss://")
        trusted = TwinLink(process.address, credentials=ours)
        trusted.connect()
        assert trusted.capture()["position"].shape == (2, 8)
        trusted.close()
        with pytest.raises(ConnectionLostError):
            TwinLink(process.address, credentials=_credentials(folder, "theirs")).connect()
        with pytest.raises(ConnectionLostError):
            TwinLink(process.address.replace("wss", "ws")).connect()


@pytest.fixture(scope="module")
def env() -> Iterator[gymnasium.Env]:  # type: ignore[type-arg]
    """The environment over a twin."""
    env = gymnasium.make("lacelab/ThreadEyelet-v0", world="twin")
    yield env
    env.close()


def test_has_the_spaces_and_the_info_of_the_simulator(env: gymnasium.Env) -> None:  # type: ignore[type-arg]
    simulator = gymnasium.make("lacelab/ThreadEyelet-v0")
    assert env.observation_space == simulator.observation_space and env.action_space == simulator.action_space
    there, info_there = env.reset(seed=5)
    here, info_here = simulator.reset(seed=5)
    assert set(info_here) <= set(info_there)
    for name, value in here.items():
        np.testing.assert_allclose(there[name], value, atol=2e-3, err_msg=name)
    action = env.action_space.sample() * 0.0
    observation, reward, terminated, truncated, info = env.step(action)
    for _ in range(4):
        observation, reward, terminated, truncated, info = env.step(action)
        assert env.observation_space.contains(observation)
    expected = simulator.step(action)
    assert set(expected[4]) <= set(info) and (reward, terminated, truncated) == (0.0, False, False)
    assert info["safety"]["faults"] == [] and info["timing"]["state_age"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.slow
def test_the_expert_threads_in_the_twin(env: gymnasium.Env) -> None:  # type: ignore[type-arg]
    policy = make_policy("expert", env)
    observation, info = env.reset(seed=0)
    policy.reset(0)
    over = False
    while not over:
        observation, _, terminated, truncated, info = env.step(policy.act(observation)[0])
        over = terminated or truncated
    assert info["is_success"], info["safety"]


def test_a_fault_ends_the_episode_and_must_be_reset(env: gymnasium.Env) -> None:  # type: ignore[type-arg]
    robot_env = env.unwrapped
    assert isinstance(robot_env, RobotLacingEnv)
    env.reset(seed=1)
    robot_env.robot.stop()
    *_, truncated, info = env.step(np.zeros(14, np.float32))
    assert truncated and info["safety"]["faults"] == ["operator"]
    with pytest.raises(RobotError, match="A fault is latched"):
        env.reset(seed=1)
    robot_env.robot.clock.sleep_until(robot_env.robot.clock.now() + 0.2)
    robot_env.robot.reset_faults()
    env.reset(seed=1)


def test_refuses_what_a_twin_cannot_do() -> None:
    with pytest.raises(UnknownNameError, match="Unknown world 'mars'. Valid: sim, twin, openarm, ros2"):
        gymnasium.make("lacelab/ThreadEyelet-v0", world="mars")
    with pytest.raises(UnknownNameError, match="reward"):
        gymnasium.make("lacelab/ThreadEyelet-v0", world="twin", reward="dense")
    with pytest.raises(ParameterError, match="deployment"):
        gymnasium.make("lacelab/ThreadEyelet-v0", world="twin", deployment=1)
