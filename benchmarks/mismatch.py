"""Row 3 without what makes up for the deployment mode: how much of that is the mismatch that GR-RL blames (arXiv 2512.01801, section 3.3).

    lacelab eval --policy lacelab.benchmarks.mismatch:neither --deployment --seeds 0:100 --out neither.jsonl

`foresight_alone` sees where its actions under way lead, but closes hands that are still moving; `patience_alone` waits with closing, but takes
what it sees for the present; `neither` does as a policy does that knows nothing of the deployment mode.
"""

import torch

from lacelab.agents.grip import PatientGrip, patience
from lacelab.agents.learned import EXECUTED, LearnedPolicy
from lacelab.agents.policies import SHIPPED, Environment, known_deployment
from lacelab.agents.tracing import FlowNetwork, traced
from lacelab.agents.training.cloning import load_policy

ROW_3 = SHIPPED / "seeds" / "0.safetensors"
"""Of the first training seed."""


def foresight_alone(env: Environment) -> LearnedPolicy:
    """Close hands at once."""
    return LearnedPolicy(_network(), deployment=known_deployment(env), grip=PatientGrip(0))


def patience_alone(env: Environment) -> LearnedPolicy:
    """Take what is seen for the present."""
    return LearnedPolicy(_network(), grip=PatientGrip(patience(known_deployment(env), EXECUTED)))


def neither(env: Environment) -> LearnedPolicy:
    """Do both."""
    return LearnedPolicy(_network())


def _network() -> FlowNetwork:
    torch.set_num_threads(1)  # as for any other policy that acts
    return traced(load_policy(ROW_3))
