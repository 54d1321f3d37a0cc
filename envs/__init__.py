"""The world: robot, shoe, laces, tasks and their Gymnasium interface. Importing it registers the environments."""

from .registry import environment_id, register

register()

__all__ = ["environment_id", "register"]
