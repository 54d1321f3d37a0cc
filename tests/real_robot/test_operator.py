"""An operator is told the layout, not the policy, and says how a trial ended."""

from lacelab.real_robot.clock import ManualClock
from lacelab.real_robot.operator import Labelling, OperatorStage


def _stage(answers: list[str]) -> tuple[OperatorStage, list[str]]:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return answers.pop(0)

    return OperatorStage(ManualClock(), ask), asked


def test_asks_for_the_layout_of_the_seed() -> None:
    stage, asked = _stage(["", ""])
    info = stage.reset("ThreadEyelet", "standard", 3, {})
    stage.reset("ThreadEyelet", "standard", 4, {})
    assert "Put the shoe's middle at x" in asked[0] and "press Enter" in asked[0]
    assert asked[0] != asked[1]
    assert info["instruction"] in asked[0] and stage.look().info["instruction"]


def test_asks_until_it_is_told_yes_or_no() -> None:
    stage, asked = _stage(["perhaps", "Y"])
    assert isinstance(stage, Labelling)
    assert stage.label() is True and len(asked) == 2
