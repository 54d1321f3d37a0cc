"""The twin: our simulator in another process, behind a wire, with the delays and faults of a robot."""
