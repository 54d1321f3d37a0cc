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
        from ..exceptions import OptionsError
        from ..policies import make_policy
        from ..remote import make_server
        from ..worlds import world_factory

        if not 0 <= self.port < 2**16:
            raise OptionsError(f"There is no port {self.port}. Valid: 0 (any free one) to 65535.")
        spec = EpisodeSpec(self.task, self.difficulty, 0, resolve_policy(self.policy, self.task), world=self.world)
        if spec.policy == "expert":
            raise OptionsError("The expert reads the simulator beside it: it cannot be served to another one.")
        env = world_factory(spec.world)(spec, None)
        make_policy(spec.policy, env)  # What is wrong with it is said now, not to the first client.
        with make_server(lambda: make_policy(spec.policy, env), self.host, self.port) as server:
            port = server.socket.getsockname()[1]
            print(f"serving '{spec.policy}' at ws://{self.host}:{port}", flush=True)
            server.serve_forever()
        return 0
