"""`lacelab robot swing`: swing a held lace so that its stiffness shows, and record it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Swing:
    """Begin with the lace in a hand, swing it gently behind the safety layer, and record where its points are."""

    out: Path
    """File for the recording (.npz)."""
    world: str = "twin"
    """twin or openarm: a world that sees the lace."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    seed: int = 0
    """Layout."""
    seconds: float = 2.0
    """Duration."""

    def run(self) -> int:
        """Record."""
        from lacelab.envs.spec import CONTROL_PERIOD
        from lacelab.real_robot.lace_identification import TASK, record_swing

        from ...episode import EpisodeSpec
        from ...files import replacing
        from ...worlds import world_factory

        env = world_factory(self.world)(EpisodeSpec(TASK, self.difficulty, self.seed, "", world=self.world), None)
        try:
            swing = record_swing(env, self.seed, round(self.seconds / CONTROL_PERIOD))
        finally:
            env.close()
        with replacing(self.out) as temporary:
            swing.save(temporary)
        print(f"{len(swing.actions)} ticks of a swinging lace: {self.out}")
        return 0
