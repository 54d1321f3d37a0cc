"""`lacelab serve`: a policy for others to run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Serve:
    """Serve a policy over WebSocket, for `--policy ws://host:port` elsewhere."""

    policy: str = "shipped"
    """Any policy that needs nothing but observations: noop, random, a checkpoint's path, or module:factory."""
    task: str = "ThreadEyelet"
    """Task whose spaces the policy is made for."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """Port to listen on."""
    world: str = "sim"
    """World: sim, pixels, or module:factory."""

    def run(self) -> int:
        """Serve until interrupted."""
        from lacelab.agents.policies import resolve_policy

        from ..episode import EpisodeSpec
        from ..policies import make_policy
        from ..remote import make_server
        from ..worlds import world_factory

        spec = EpisodeSpec(self.task, self.difficulty, 0, resolve_policy(self.policy), world=self.world)
        policy = make_policy(spec.policy, world_factory(spec.world)(spec, None))
        with make_server(policy, self.host, self.port) as server:
            print(f"serving '{spec.policy}' at ws://{self.host}:{self.port}", flush=True)
            server.serve_forever()
        return 0
