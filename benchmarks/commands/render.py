"""`lacelab render`: a video of one episode."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Render:
    """Film one episode."""

    task: str = "ThreadEyelet"
    """Task; `lacelab tasks` lists them."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    policy: str = "shipped"
    """expert, random, noop, shipped, a checkpoint's path, ws://host:port, lerobot:folder, or module:factory."""
    seed: int = 0
    """Seed of the episode."""
    out: Path = Path("episode.mp4")
    """Video to write."""
    mirror: bool = False
    """Film the mirror image of the seed's episode."""
    deployment: bool = False
    """Add what real systems add: smoothed chunks, latency, observation delay."""
    world: str = "sim"
    """World: sim, pixels (adds camera images), or module:factory."""

    def run(self) -> int:
        """Film the episode and say how it ended."""
        from rich.console import Console

        from lacelab.agents.policies import resolve_policy
        from lacelab.envs.graphics import find_backend

        from ..episode import EpisodeSpec
        from ..policies import policy_factory
        from ..video import film_episode
        from .progress import tick_progress

        policy_factory(self.policy)
        policy = resolve_policy(self.policy, self.task)
        spec = EpisodeSpec(self.task, self.difficulty, self.seed, policy, self.mirror, self.deployment, self.world)
        print(f"Rendering with {find_backend()}.")
        with tick_progress("filming", Console(stderr=True)) as on_frame:
            success = film_episode(spec, self.out, on_frame)
        print(f"{'Success' if success else 'Failure'}; video: {self.out}")
        return 0
