"""Named, versioned lists of episodes. A change of what a suite holds raises its version; results name both.

The public seeds begin at 1,000,000: whoever trains or tunes stays below, and the numbers mean something. Whoever wants
to be sure keeps private seeds in a file: each part takes as many from its beginning as it has public ones.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lacelab.envs.exceptions import UnknownNameError

from .episode import EpisodeSpec
from .evaluate import FORMAT, provenance
from .exceptions import SeedsError
from .perturbations import SENSOR_NOISE, Settings
from .policies import policy_factory
from .seeds import parse_seeds
from .worlds import world_factory

PUBLIC_SEEDS = 1_000_000  # the first one
_ONE_FACTOR = {
    "lace_friction": (0.6, 0.8, 1.25, 1.5),
    "lace_stiffness": (0.4, 0.7, 1.5, 2.5),
    "latency": (0, 2, 4, 6),
    "camera_shift_x": (-0.03, 0.03),
    "camera_turn_z": (-0.05, 0.05),
    "light": (0.4, 1.6),
    SENSOR_NOISE: (0.0005, 0.001, 0.002, 0.004),
}


@dataclass(frozen=True)
class Part:
    """Episodes of one kind."""

    name: str
    task: str
    difficulty: str
    episodes: int
    settings: Settings = ()
    deployment: bool = False

    def specs(self, policy: str, seeds: tuple[int, ...], world: str) -> list[EpisodeSpec]:
        """List the episodes."""
        return [
            EpisodeSpec(self.task, self.difficulty, seed, policy, False, self.deployment, world, self.settings)
            for seed in seeds[: self.episodes]
        ]


@dataclass(frozen=True)
class Suite:
    """A named list of parts."""

    name: str
    version: int
    summary: str
    parts: tuple[Part, ...]

    @property
    def episodes(self) -> int:
        """Number of episodes of all parts."""
        return sum(part.episodes for part in self.parts)


@dataclass(frozen=True)
class SuiteRun:
    """A suite with a policy and seeds; with the versions it fixes every row."""

    suite: Suite
    policy: str
    seeds: tuple[int, ...] | None = None  # private ones, by default the public ones
    world: str = "sim"

    def __post_init__(self) -> None:
        """Refuse names that are not valid and seeds that are too few, before anything runs."""
        world_factory(self.world)
        policy_factory(self.policy)
        needed = max(part.episodes for part in self.suite.parts)
        if self.seeds is not None and len(self.seeds) < needed:
            raise SeedsError(f"Suite '{self.suite.name}' needs {needed} private seeds, the file has {len(self.seeds)}.")

    def specs(self) -> list[EpisodeSpec]:
        """List the episodes, part after part."""
        return [spec for part in self.suite.parts for spec in self.part_specs(part)]

    def part_specs(self, part: Part) -> list[EpisodeSpec]:
        """List the episodes of a part."""
        seeds = self.seeds or tuple(range(PUBLIC_SEEDS, PUBLIC_SEEDS + part.episodes))
        return part.specs(self.policy, seeds, self.world)

    def manifest(self) -> dict[str, Any]:
        """Return everything that the rows depend on; of private seeds only a digest."""
        digest = hashlib.sha256(repr(self.seeds).encode()).hexdigest() if self.seeds else None
        return {
            "format": FORMAT,
            "suite": self.suite.name,
            "suite_version": self.suite.version,
            "policy": self.policy,
            "world": self.world,
            "private_seeds_sha256": digest,
            **provenance(self.policy),
        }

    def split(self, rows: list[dict[str, Any]]) -> Iterator[tuple[Part, list[dict[str, Any]]]]:
        """Yield each part with its rows."""
        start = 0
        for part in self.suite.parts:
            yield part, rows[start : start + part.episodes]
            start += part.episodes


def read_private_seeds(path: Path) -> tuple[int, ...]:
    """Read seeds, in the grammar of `--seeds`, over as many lines as wanted.

    Raises:
        SeedsError: the file cannot be read or does not follow the grammar.
    """
    try:
        text = path.read_text()
    except OSError as error:
        raise SeedsError(f"Cannot read the seeds in '{path}': {error.strerror}.") from error
    return parse_seeds(",".join(text.split()))


def find_suite(name: str) -> Suite:
    """Find a suite by its name.

    Raises:
        UnknownNameError: no suite is called so.
    """
    if name not in SUITES:
        raise UnknownNameError("suite", name, SUITES)
    return SUITES[name]


def _tasks(episodes: int, shoes: int) -> tuple[Part, ...]:
    parts = [
        Part(f"{task} {difficulty}", task, difficulty, episodes)
        for task in ("PickLace", "InsertAglet", "ThreadEyelet")
        for difficulty in ("easy", "standard", "hard")
    ]
    return (*parts, Part("LaceShoe standard", "LaceShoe", "standard", shoes))


def _variants(base: Part, settings: dict[str, tuple[float, ...]]) -> tuple[Part, ...]:
    """Return a part and what becomes of it when one setting after the other takes its values."""
    return (
        base,
        *(
            replace(base, name=f"{name} = {value:g}", settings=((name, value),), deployment=name == "latency")
            for name, values in settings.items()
            for value in values
        ),
    )


_REFERENCE = Part("reference", "ThreadEyelet", "standard", 50)
_UNSEEN = (
    Part("small shoe", "ThreadEyelet", "standard", 50, (("shoe_size", 0.94),)),
    Part("large shoe", "ThreadEyelet", "standard", 50, (("shoe_size", 1.06),)),
    Part("narrow eyelets", "ThreadEyelet", "standard", 50, (("eyelet_pitch", 0.0235),)),
    Part("wide eyelets", "ThreadEyelet", "standard", 50, (("eyelet_pitch", 0.0265),)),
    Part("heavy soft lace", "ThreadEyelet", "standard", 50, (("lace_mass", 1.25), ("lace_stiffness", 0.5))),
    Part("light stiff lace", "ThreadEyelet", "standard", 50, (("lace_mass", 0.8), ("lace_stiffness", 2.0))),
    Part("unseen paraphrases", "ThreadEyelet", "standard", 50, (("held_out_words", 1.0),)),
)

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("smoke", 1, "does it run: about a minute", _tasks(2, 1)),
        Suite("ci", 1, "every commit: about five minutes", (replace(_REFERENCE, name="ThreadEyelet standard"),)),
        Suite("standard", 1, "what papers report", _tasks(100, 25)),
        Suite("full", 1, "tight intervals", _tasks(400, 100)),
        Suite("robustness", 1, "one factor at a time", _variants(_REFERENCE, _ONE_FACTOR)),
        Suite("generalization", 1, "unseen shoes, sizes, laces and words", (_REFERENCE, *_UNSEEN)),
    )
}
