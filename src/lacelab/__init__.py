"""An open testbed for robot shoe lacing; see `lacelab.envs`, `lacelab.agents` and `lacelab.benchmarks`."""

__version__ = "0.1.0"
