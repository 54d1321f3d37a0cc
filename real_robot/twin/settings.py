"""How a twin differs from a perfect robot."""

from dataclasses import dataclass

from lacelab.envs.parameters import check_number

PUBLISHING_PERIOD = 0.01  # s between two states


@dataclass(frozen=True)
class TwinSettings:
    """Delays and flaws of a twin; all of them off by default.

    Attributes:
        command_latency: between sending a command and its start [s].
        state_latency: between a measurement and its arrival [s].
        jitter: added to both latencies, uniform from 0 to this [s].
        loss: share of commands and states that never arrive.
        clock_offset: of the twin's clock [s].
        encoder_noise: standard deviation of measured joint positions [rad].
        camera_latency: between exposure and arrival of a picture [s].
        camera_frozen: 1: the cameras send their last picture again and again.
        torn: 1: what the twin publishes arrives incomplete.
        seed: of everything random above.
    """

    command_latency: float = 0.0
    state_latency: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    clock_offset: float = 0.0
    encoder_noise: float = 0.0
    camera_latency: float = 0.0
    camera_frozen: int = 0
    torn: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("command_latency", "state_latency", "jitter", "camera_latency"):
            check_number(name, getattr(self, name), 0.0, 10.0)
        check_number("loss", self.loss, 0.0, 1.0)
        check_number("encoder_noise", self.encoder_noise, 0.0, 1.0)
        check_number("clock_offset", self.clock_offset, -1e9, 1e9)
