"""Policies that take turns."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from observations import TINY, awaken, states

from lacelab.agents import checkpoint
from lacelab.agents.by_side import BySide
from lacelab.agents.committee import AT_FIRST, STARTS_OVER, first_member, load_committee, write_committee
from lacelab.agents.committee import KIND as COMMITTEE
from lacelab.agents.data.files import read_json, write_json
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.learned import load_learned
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.policies import Policy, checkpoint_path, make_policy, resolve_policy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.starting_over import StartingOver
from lacelab.agents.training.cloning import HANDING_OVER, KIND, WAITING
from lacelab.envs.deployment import GRIPPERS, Deployment
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.language import encode
from lacelab.envs.spec import ACTION_SIZE

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
NOISE = np.random.default_rng(0).standard_normal((TINY.chunk, ACTION_SIZE)).astype(np.float32)


@pytest.mark.parametrize("last", [KIND, HANDING_OVER])
def test_each_chunk_is_by_one_member_and_all_take_turns(last: str, tmp_path: Path) -> None:
    policy = load_committee(_of_kind(AT_FIRST, _committee(tmp_path, last)))
    policy.reset(0)
    alone = [load_learned(tmp_path / f"{seed}.safetensors").act(SEEN, NOISE) for seed in range(3)]
    chunks = [policy.act(SEEN, NOISE) for _ in range(60)]
    whose = [[np.array_equal(chunk, other) for other in alone] for chunk in chunks]
    assert np.sum(whose, axis=1).tolist() == [1] * 60
    assert np.sum(whose, axis=0).min() >= 8  # of 20 expected: by chance once in 3,000 seeds


def test_the_seed_says_whose_turn_it_is(tmp_path: Path) -> None:
    policy = load_committee(_committee(tmp_path))
    runs = []
    for seed in (3, 4, 3):
        policy.reset(seed)
        runs.append([policy.act(SEEN) for _ in range(6)])
    assert np.array_equal(runs[0], runs[2]) and not np.array_equal(runs[0], runs[1])


def test_hands_of_a_committee_are_interlocked(tmp_path: Path) -> None:
    policy = load_committee(_committee(tmp_path), Deployment(latency=1))
    policy.reset(0)
    left, right = np.flatnonzero(GRIPPERS)
    actions = np.zeros((3, ACTION_SIZE), np.float32)
    actions[:, left], actions[:, right] = [-1.0, -1.0, 0.4], [0.4, -1.0, -1.0]
    assert policy.sent(actions)[2, left] == -1.0  # as the right hand is told to wait before it closes


@pytest.mark.parametrize(("kind", "follows"), [(COMMITTEE, True), (STARTS_OVER, True), (AT_FIRST, False)])
def test_one_of_the_first_kind_neither_follows_nor_starts_over(kind: str, follows: bool, tmp_path: Path) -> None:
    policy = load_committee(_of_kind(kind, _committee(tmp_path)), Deployment(latency=1))
    policy.reset(0)
    sudden = np.full((1, ACTION_SIZE), 0.5, np.float32)
    sent = [policy.sent(sudden)[0, 0] for _ in range(2)]
    assert sent == [0.5, 0.5] if not follows else sent[1] > 0.5  # the hand has begun to move, and is behind
    assert isinstance(policy, StartingOver) == follows


def test_a_committee_moves_with_its_members(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    path = _committee(tmp_path / "there")
    shutil.move(tmp_path / "there", tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere" / path.name
    load_committee(moved).reset(0)
    assert first_member(moved) == tmp_path / "elsewhere" / "0.safetensors"
    assert first_member(tmp_path / "0.safetensors") == tmp_path / "0.safetensors"


@pytest.mark.parametrize("task", ["ThreadEyelet", "LaceShoe"])
def test_the_members_of_the_shipped_ones_are_those_they_were_written_with(task: str) -> None:
    assert load_committee(checkpoint_path(resolve_policy("shipped", task))).chunk == NetworkConfig().chunk


def test_a_member_must_be_the_one_it_was(tmp_path: Path) -> None:
    path = _committee(tmp_path)
    _save(tmp_path / "1.safetensors", seed=9)
    with pytest.raises(CheckpointError, match=r"1\.safetensors' holds other weights \(.*\) than the committee had"):
        load_committee(path)
    (tmp_path / "1.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"There is no checkpoint '.*1\.safetensors'"):
        load_committee(path)


def test_what_is_no_committee_is_refused(tmp_path: Path) -> None:
    members = [_save(tmp_path / f"{seed}.safetensors", seed) for seed in range(2)]
    with pytest.raises(CheckpointError, match=r"ends in \.json, not to '.*policy\.safetensors'"):
        write_committee(tmp_path / "policy.safetensors", members)
    with pytest.raises(CheckpointError, match="two members or more, not 1"):
        write_committee(tmp_path / "c.json", members[:1])
    with pytest.raises(CheckpointError, match=f"holds '{WAITING}', not '{KIND}'"):
        write_committee(tmp_path / "c.json", [*members, _save(tmp_path / "w.safetensors", 0, WAITING)])
    longer = _save(tmp_path / "l.safetensors", 0, config=NetworkConfig(width=16, heads=2, layers=4, chunk=5, bins=11))
    with pytest.raises(CheckpointError, match="chunks of 3, 5 actions, not of one length"):
        write_committee(tmp_path / "c.json", [*members, longer])
    assert not (tmp_path / "c.json").exists()
    write_json(tmp_path / "c.json", {"kind": "something"})
    with pytest.raises(CheckpointError, match=r"c\.json' is no committee of flow policies"):
        load_committee(tmp_path / "c.json")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({}, "is no whole committee of flow policies \\(KeyError: 'members'\\)"),
        ({"members": [{"path": "0.safetensors"}]}, "is no whole committee of flow policies \\(KeyError: 'digest'\\)"),
        ({"members": None}, "is no whole committee of flow policies \\(TypeError"),
        ({"members": []}, "names no member"),
    ],
)
def test_what_is_no_whole_committee_is_refused(content: dict[str, object], text: str, tmp_path: Path) -> None:
    write_json(tmp_path / "c.json", {"kind": COMMITTEE, **content})
    with pytest.raises(CheckpointError, match=text):
        load_committee(tmp_path / "c.json")


def test_another_committee_may_act_on_the_far_side(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    far = _of_kind(AT_FIRST, _committee(tmp_path / "far"))
    path = tmp_path / "both.json"
    write_committee(path, [_save(tmp_path / f"{seed}.safetensors", seed + 5) for seed in range(2)], far)
    policy = load_committee(path)
    assert isinstance(policy, BySide) and first_member(path) == tmp_path / "0.safetensors"
    for lies, other in ((1.0, path), (-1.0, far)):
        seen = SEEN | {
            "instruction": encode("thread the left lace through the second hole on the left"),
            "aglet_position": np.array([[0.3, lies, 0.4]] * 2, np.float32),
        }
        alone = load_committee(far if other is far else _alone(path))
        for each in (policy, alone):
            each.reset(3)
        np.testing.assert_array_equal(policy.act(seen), alone.act(seen))
    write_json(far, read_json(far) | {"kind": COMMITTEE})
    with pytest.raises(CheckpointError, match=r"committee\.json' is another file \(.*\) than the committee had"):
        load_committee(path)
    far.unlink()
    with pytest.raises(CheckpointError, match=r"There is no checkpoint '.*committee\.json'"):
        load_committee(path)
    write_json(path, read_json(path) | {"far_side": {"path": "x"}})
    with pytest.raises(CheckpointError, match="is no whole committee of flow policies \\(KeyError: 'digest'\\)"):
        load_committee(path)


def _alone(path: Path) -> Path:
    """Return a committee of the same members, without who acts on the far side."""
    content = {name: value for name, value in read_json(path).items() if name != "far_side"}
    write_json(path.with_name("alone.json"), content)
    return path.with_name("alone.json")


def _committee(folder: Path, last: str = KIND) -> Path:
    members = [_save(folder / f"{seed}.safetensors", seed, kind) for seed, kind in enumerate((KIND, KIND, last))]
    write_committee(folder / "committee.json", members)
    return folder / "committee.json"


def _of_kind(kind: str, path: Path) -> Path:
    write_json(path, read_json(path) | {"kind": kind})
    return path


def _save(path: Path, seed: int, kind: str = KIND, config: NetworkConfig = TINY) -> Path:
    network = PolicyNetwork(config)
    awaken(network, seed)
    checkpoint.save_weights(path, kind, {"network": vars(config)}, network.state_dict())
    return path


@pytest.mark.slow
def test_the_policy_for_whole_shoes_hands_a_lace_over_in_the_air_and_threads_it() -> None:
    """Three eyelets of a shoe, the last one with a lace from the far side; an unlucky scene may be followed by another one."""
    env = LacingEnv("LaceShoe", deployment=Deployment())
    policy = make_policy("shipped", env)
    assert isinstance(policy, StartingOver)
    assert any(_laces(env, policy, seed, eyelets=3) for seed in (222, 223))


def _laces(env: LacingEnv, policy: Policy, seed: int, eyelets: int) -> bool:
    """Return whether a policy laces some eyelets in 100 s."""
    observation, info = env.reset(seed=seed)
    policy.reset(seed)
    while env.time < 100.0 and not info["invalid"]:
        for action in policy.act(observation):
            observation, _, _, _, info = env.step(action)
        if env.judge.goals_done >= eyelets:
            return True
    return False
