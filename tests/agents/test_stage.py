"""Results that are made once, and by one configuration."""

import contextlib
from pathlib import Path

import pytest

from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import RunError
from lacelab.agents.stage import CONFIG, durations, make_once

CONFIG_OF_IT = {"steps": 3, "network": {"width": 8}, "window": (24, 48)}


class Maker:
    """Makes a result, or fails."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.fails = folder, 0, False

    def __call__(self) -> None:
        """Make it."""
        self.calls += 1
        (self.folder / "state").write_text("so far")
        if self.fails:
            raise KeyboardInterrupt
        (self.folder / "result").write_text("made")

    def once(self, **other: object) -> Path:
        """Make it once."""
        return make_once(self.folder, "result", CONFIG_OF_IT | other, {"commit": "abc"}, self)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """Return one for a folder that is not there yet."""
    return Maker(tmp_path / "stage")


def test_it_is_made_once_and_says_how(maker: Maker) -> None:
    assert maker.once() == maker.once() == maker.folder / "result"
    facts = read_json(maker.folder / CONFIG)
    assert maker.calls == 1 and facts["commit"] == "abc" and facts["config"]["window"] == [24, 48]
    assert durations(maker.folder.parent) == {"stage": facts["seconds"]}


def test_what_failed_at_once_leaves_its_folder_to_others(maker: Maker) -> None:
    with pytest.raises(FileNotFoundError):
        make_once(maker.folder, "result", CONFIG_OF_IT, {}, _fail)
    maker.once(steps=4)
    assert read_json(maker.folder / CONFIG)["config"]["steps"] == 4


def _fail() -> None:
    raise FileNotFoundError


def test_what_was_interrupted_goes_on(maker: Maker) -> None:
    maker.fails = True
    with pytest.raises(KeyboardInterrupt):
        maker.once()
    assert durations(maker.folder.parent) == {}
    maker.fails = False
    maker.once()
    assert maker.calls == 2


@pytest.mark.parametrize("interrupted", [False, True])
def test_another_configuration_is_refused_before_anything_is_made(maker: Maker, interrupted: bool) -> None:
    maker.fails = interrupted
    with pytest.raises(KeyboardInterrupt) if interrupted else contextlib.nullcontext():
        maker.once()
    with pytest.raises(
        RunError, match=r"stage' is of another configuration \(steps is 3, not 4; network.width is 8, not 16\)"
    ):
        maker.once(steps=4, network={"width": 16})
    assert maker.calls == 1


def test_an_option_that_came_later_is_not_compared(maker: Maker) -> None:
    maker.once()
    maker.once(later=True)
    assert maker.calls == 1


def test_a_result_that_was_deleted_is_made_again(maker: Maker) -> None:
    maker.once().unlink()
    maker.once()
    assert maker.calls == 2
