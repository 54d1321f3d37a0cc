"""What several tests of agents need."""

from collections.abc import Iterator

import pytest
import tiny_run

from lacelab.agents import rollouts
from lacelab.agents.pipeline import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return a run of all stages; rollouts are synthetic while it is there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollouts, "roll_out", tiny_run.roll_out)
        found = tiny_run.opened(tmp_path_factory.mktemp("pipeline"))
        tiny_run.train(found)
        yield found
