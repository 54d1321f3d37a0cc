"""Flaws are found from what was done again."""

from lacelab.agents.demonstrator.flaws import Flaw, label_frames
from lacelab.agents.demonstrator.progress import true_progress

CLEAN = ["approach", "descend", "grasp", "lift", "carry", "align", "insert", "reach", "take", "release", "pull"]


def _labels(phases: list[str], lapses: dict[int, Flaw] | None = None, held: set[int] | None = None) -> list[Flaw]:
    found = label_frames(
        phases,
        [(lapses or {}).get(i, Flaw.NONE) for i in range(len(phases))],
        [held is None or i in held for i in range(len(phases))],
    )
    return [Flaw(flaw) for flaw in found]


def test_clean_episodes_have_no_flaws() -> None:
    assert set(_labels(CLEAN)) == {Flaw.NONE}


def test_a_miss_is_the_whole_attempt() -> None:
    phases = ["carry", "align", "align", "insert", "back off", "carry", "align", "insert", "reach"]
    assert _labels(phases) == [Flaw.NONE, *[Flaw.MISS] * 4, *[Flaw.NONE] * 4]


def test_only_the_last_attempt_before_backing_off_is_a_miss() -> None:
    phases = ["align", "insert", "carry", "align", "insert", "back off"]
    assert _labels(phases) == [Flaw.NONE] * 3 + [Flaw.MISS] * 3


def test_a_failed_handover() -> None:
    phases = ["insert", "reach", "take", "let go", "reach", "take", "release"]
    assert _labels(phases) == [Flaw.NONE, *[Flaw.FAILED_HANDOVER] * 3, *[Flaw.NONE] * 3]


def test_a_missed_grasp_and_a_bad_one() -> None:
    phases = ["approach", "descend", "grasp", "lift", "recover"]
    assert _labels(phases)[1:4] == [Flaw.MISSED_GRASP] * 3
    phases = ["approach", "descend", "grasp", "lift", "carry", "carry", "recover"]
    found = _labels(phases, {5: Flaw.BAD_GRASP})
    assert found == [Flaw.NONE, *[Flaw.BAD_GRASP] * 5, Flaw.NONE]


def test_a_drop_begins_where_nothing_is_held() -> None:
    phases = ["carry"] * 4 + ["recover"]
    assert _labels(phases, held={0, 1}) == [Flaw.NONE, Flaw.NONE, Flaw.DROP, Flaw.DROP, Flaw.NONE]


def test_what_was_known_stays() -> None:
    phases = ["align", "insert", "back off"]
    assert _labels(phases, {0: Flaw.HESITATION}) == [Flaw.HESITATION, Flaw.MISS, Flaw.MISS]


def test_only_mistakes_are_mistakes() -> None:
    assert [flaw for flaw in Flaw if not flaw.is_mistake] == [Flaw.NONE, Flaw.HESITATION, Flaw.PUSH]


def test_progress_rises_and_falls_with_the_work() -> None:
    phases = [*CLEAN[:5], "carry", "recover", *CLEAN, "put down", "release"]
    threaded = [False] * 14 + [True] * 6
    stages = [0] * 18 + [4, 4]
    lapses = [Flaw.NONE] * len(phases)
    progress = true_progress(phases, stages, threaded, lapses)
    assert (progress[1:6] > progress[:5]).all() and progress[6] == 0
    assert (progress[8:] > progress[7:-1]).all() and abs(progress[-1] - 1) < 1e-6


def test_resting_is_no_progress() -> None:
    progress = true_progress(["carry"] * 3, [1] * 3, [False] * 3, [Flaw.NONE, Flaw.HESITATION, Flaw.NONE])
    assert progress[0] == progress[1] < progress[2]
