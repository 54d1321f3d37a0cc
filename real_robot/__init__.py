"""The real robot behind the same interface as the simulator."""
