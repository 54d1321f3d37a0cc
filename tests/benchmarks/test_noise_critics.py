"""Critics of noise."""

from pathlib import Path

import pytest

from lacelab.agents.data.files import write_json
from lacelab.agents.exceptions import RunError
from lacelab.agents.stage import CONFIG
from lacelab.benchmarks.noise_critics import NoiseCritics


def test_what_selects_has_no_critics_of_noise(tmp_path: Path) -> None:
    write_json(tmp_path / "selected" / CONFIG, {"config": {"learner": "Selection", "rates": {}}})
    with pytest.raises(RunError, match="selected' has no critics of noise: it is not made by `lacelab train steer`"):
        NoiseCritics(tmp_path, tmp_path / "out.json", "selected").run()
