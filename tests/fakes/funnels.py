"""Rows of ThreadEyelet that say no more than what a table reads."""

STAGES = ("pick", "thread", "handover", "pull", "putdown")


def rows(successes: str) -> list[dict[str, object]]:
    """Return rows of which those marked 1 succeeded; the others stopped after the pick."""
    return [
        {
            "task": "ThreadEyelet",
            "success": mark == "1",
            "outcome": "success" if mark == "1" else "failure",
            "stages": {stage: 1.0 if mark == "1" or stage == "pick" else None for stage in STAGES},
        }
        for mark in successes
    ]
