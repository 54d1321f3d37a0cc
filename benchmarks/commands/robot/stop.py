"""`lacelab robot stop`: brings a twin to a standstill, whoever commands it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """Stop a running twin as its operator; on hardware, use the button."""

    address: str = "ws://127.0.0.1:8100"
    """Of the twin."""

    def run(self) -> int:
        """Stop it."""
        from lacelab.real_robot.twin.link import TwinLink

        link = TwinLink(self.address, role="operator")
        link.connect()
        link.ask("stop")
        link.close()
        print(f"stopped {self.address}; its commander has to reset the fault")
        return 0
