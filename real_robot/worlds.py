"""Makes the environment over each robot, for `gymnasium.make(..., world=...)`."""

from pathlib import Path
from typing import Any

from lacelab.envs.checks import check_name
from lacelab.envs.exceptions import ParameterError

from .lacing_env import RobotLacingEnv
from .limits import Limits
from .operator import OperatorStage
from .robot import Stage
from .safe_robot import SafeRobot
from .twin.client import TwinCameras, TwinRobot, TwinStage
from .twin.link import TwinLink
from .twin.local import LocalLink
from .twin.process import TwinProcess
from .twin.settings import TwinSettings
from .twin.tls import Credentials
from .twin.world import TwinWorld


class TwinLacingEnv(RobotLacingEnv):
    """The environment over a twin; ends the twin that was started for it."""

    process: TwinProcess | None = None

    def close(self) -> None:
        """Close the wire and end the process."""
        super().close()
        if self.process is not None:
            self.process.close()


def make_twin(
    task: str = "ThreadEyelet",
    obs: str = "state",
    difficulty: str = "standard",
    reward: str = "sparse",
    deployment: Any = None,
    render_mode: str | None = None,
    address: str | None = None,
    lockstep: bool = True,
    settings: TwinSettings | None = None,
    credentials: Credentials | None = None,
    limits: Limits | None = None,
) -> RobotLacingEnv:
    """Make the environment over a twin.

    Args:
        task: name of the task.
        obs: kind of observation.
        difficulty: of the task.
        reward: "sparse".
        deployment: None; a twin's delays are those of its wire.
        render_mode: None.
        address: of a running twin, `ws://host:port`; without one a twin is started that ends with the environment.
        lockstep: for a twin that is started here: simulated time, as fast as possible; else real time.
        settings: for a twin that is started here: delays and flaws.
        credentials: for a twin on another computer.
        limits: of the safety layer.

    Raises:
        UnknownNameError: if a name is not in its registry.
        ParameterError: if `deployment` is asked for.
        ConnectionLostError: the twin does not start.
    """
    _check(reward, deployment, render_mode)
    process = None
    if address is None:
        process = TwinProcess(task, difficulty, settings, lockstep)
        address = process.address
    link = TwinLink(address, credentials=credentials)
    robot = SafeRobot(TwinRobot(link), limits)
    env = TwinLacingEnv(robot, TwinStage(link), TwinCameras(link), task, obs, difficulty, drives_home=False)
    env.process = process
    return env


def make_local_twin(task: str, difficulty: str, settings: TwinSettings) -> RobotLacingEnv:
    """Make the environment over a twin in this process, in lock-step: for studies of its delays and flaws."""
    link = LocalLink(TwinWorld(task, difficulty, settings))
    robot = SafeRobot(TwinRobot(link))
    return RobotLacingEnv(robot, TwinStage(link), None, task, "state", difficulty, drives_home=False)


def make_openarm(
    task: str = "ThreadEyelet",
    obs: str = "state",
    difficulty: str = "standard",
    reward: str = "sparse",
    deployment: Any = None,
    render_mode: str | None = None,
    dataflow: str = "shoe",
    limits: Limits | None = None,
) -> RobotLacingEnv:
    """Make the environment over OpenArm's dora nodes.

    Args:
        task: name of the task.
        obs: kind of observation; with the hardware, "pixels", as nobody tells where the laces are.
        difficulty: of the task.
        reward: "sparse".
        deployment: None.
        render_mode: None.
        dataflow: "shoe" (the maker's simulated follower with our scene), or "hardware" (an operator sets the scene).
        limits: of the safety layer.
    """
    _check(reward, deployment, render_mode)
    check_name("dataflow", dataflow, ("shoe", "hardware"))
    from .drivers.dataflow import Dataflow
    from .drivers.dora import DoraCameras, DoraRobot
    from .drivers.dora_stage import DoraStage

    name = {"shoe": "openarm-shoe.yaml", "hardware": "openarm.yaml"}[dataflow]
    driver = DoraRobot(Dataflow(Path(__file__).resolve().parent / "dataflows" / name))
    simulated = dataflow == "shoe"
    stage: Stage = DoraStage(driver) if simulated else OperatorStage(driver.clock)
    cameras = DoraCameras(driver.link)
    return RobotLacingEnv(SafeRobot(driver, limits), stage, cameras, task, obs, difficulty, drives_home=not simulated)


def make_ros2(
    task: str = "ThreadEyelet",
    obs: str = "pixels",
    difficulty: str = "standard",
    reward: str = "sparse",
    deployment: Any = None,
    render_mode: str | None = None,
    domain: int | None = None,
    limits: Limits | None = None,
) -> RobotLacingEnv:
    """Make the environment over a ros2_control robot; an operator sets the scene and says how it ended.

    Args:
        task: name of the task.
        obs: "pixels", as nobody tells where the laces are.
        difficulty: of the task.
        reward: "sparse".
        deployment: None.
        render_mode: None.
        domain: ROS domain; None takes ROS_DOMAIN_ID.
        limits: of the safety layer.
    """
    _check(reward, deployment, render_mode)
    from .drivers.ros2 import Ros2Cameras, Ros2Robot

    driver = Ros2Robot(domain=domain)
    stage = OperatorStage(driver.clock)
    return RobotLacingEnv(SafeRobot(driver, limits), stage, Ros2Cameras(driver), task, obs, difficulty)


def _check(reward: str, deployment: Any, render_mode: str | None) -> None:
    check_name("reward", reward, ("sparse",))
    check_name("render mode", render_mode, (None,))
    if deployment is not None:
        raise ParameterError("deployment", deployment, "None: a robot's delays are real")
