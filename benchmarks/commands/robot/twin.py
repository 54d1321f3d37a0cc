"""`lacelab robot twin`: a simulated robot for others to command."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Twin:
    """Serve the simulator as a robot, until interrupted."""

    task: str = "ThreadEyelet"
    """Task, until a commander resets to another one."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    host: str = "127.0.0.1"
    """Address to listen on; others than this computer need the three files below."""
    port: int = 8100
    """Port to listen on; 0: any free one."""
    lockstep: bool = False
    """Advance only when told to, instead of in real time."""
    latency: float = 0.0
    """Latency of commands and of states, each [s]."""
    jitter: float = 0.0
    """Random addition to both [s]."""
    loss: float = 0.0
    """Share of messages that are lost."""
    encoder_noise: float = 0.0
    """Standard deviation of measured joints [rad]."""
    certificate: Path | None = None
    """Our certificate, PEM."""
    key: Path | None = None
    """Its private key, PEM."""
    authority: Path | None = None
    """Whose certificates commanders must show, PEM."""

    def run(self) -> int:
        """Serve."""
        from lacelab.real_robot.twin.__main__ import Arguments, serve
        from lacelab.real_robot.twin.settings import TwinSettings

        settings = TwinSettings(self.latency, self.latency, self.jitter, self.loss, encoder_noise=self.encoder_noise)
        shared = {name: getattr(self, name) for name in ("task", "difficulty", "lockstep", "host", "port")}
        files = {name: getattr(self, name) for name in ("certificate", "key", "authority")}
        serve(Arguments(**shared, **files, settings=settings))
        return 0
