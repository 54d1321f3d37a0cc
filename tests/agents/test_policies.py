"""Policies by name, and the errors of wrong names."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gymnasium
import numpy as np
import pytest

from lacelab.agents import policies
from lacelab.agents.exceptions import CheckpointError, LoadingError
from lacelab.benchmarks.evaluate import provenance
from lacelab.envs.exceptions import LaceLabError, UnknownNameError
from lacelab.envs.tasks import find_task

ENV = cast(gymnasium.Env[Any, Any], None)  # The policies below do not look at it.


def test_random_actions_follow_the_seed() -> None:
    policy = policies.make_policy("random", ENV)
    draws = []
    for seed in (7, 8, 7):
        policy.reset(seed)
        draws.append(np.concatenate([policy.act({}) for _ in range(50)]))
    assert np.array_equal(draws[0], draws[2]) and not np.array_equal(draws[0], draws[1])
    assert draws[0].shape == (50, 14) and draws[0].dtype == np.float32
    assert -1 <= draws[0].min() < -0.9 and 0.9 < draws[0].max() <= 1


def test_random_actions_differ_from_an_env_with_the_same_seed() -> None:
    policy = policies.make_policy("random", ENV)
    policy.reset(7)
    env_draw = np.random.default_rng(7).uniform(-1, 1, 14).astype(np.float32)
    assert not np.array_equal(policy.act({})[0], env_draw)


def test_noop_does_nothing() -> None:
    policy = policies.make_policy("noop", ENV)
    policy.reset(0)
    assert np.array_equal(policy.act({}), np.zeros((1, 14), np.float32))


def test_unknown_policy_lists_the_valid_ones() -> None:
    with pytest.raises(UnknownNameError, match="Unknown policy 'expret'. Did you mean 'expert'?") as error:
        policies.make_policy("expret", ENV)
    assert "Valid: expert, noop, random, shipped, a checkpoint's path, module:factory." in str(error.value)


def test_missing_checkpoint() -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint 'runs/best.safetensors'."):
        policies.policy_factory("runs/best.safetensors")


def test_checkpoint_of_unknown_kind(tmp_path: Path) -> None:
    path = tmp_path / "policy.abc"
    path.touch()
    with pytest.raises(CheckpointError, match="unknown suffix '.abc'. Valid: .json, .safetensors."):
        policies.policy_factory(str(path))


def test_checkpoint_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policy.abc"
    path.touch()
    loaded = []
    monkeypatch.setitem(policies.CHECKPOINT_LOADERS, ".abc", lambda *found: loaded.append(found) or "policy")
    assert policies.make_policy(str(path), ENV) == "policy" and loaded == [(path, ENV)]


def test_shipped_falls_back_to_the_expert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(policies, "SHIPPED", tmp_path)
    assert policies.resolve_policy("shipped") == "expert"
    assert "No learned policy is shipped yet" in capsys.readouterr().err
    assert policies.resolve_policy("random") == "random"


def test_shipped_is_the_checkpoint_once_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gr_rl.safetensors").write_text("weights")
    loaded = []
    monkeypatch.setattr(policies, "SHIPPED", tmp_path)
    monkeypatch.setitem(policies.CHECKPOINT_LOADERS, ".safetensors", lambda *found: loaded.append(found) or "policy")
    name = policies.resolve_policy("shipped")
    assert name == "shipped:gr_rl.safetensors"  # the same on every machine
    assert policies.checkpoint_path(name) == tmp_path / "gr_rl.safetensors"
    assert policies.make_policy(name, ENV) == "policy" and loaded == [(tmp_path / "gr_rl.safetensors", ENV)]
    assert provenance(name)["checkpoint_sha256"] == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize(
    "files, task, name",
    [
        (["gr_rl.json", "whole_shoe.json"], "LaceShoe", "shipped:whole_shoe.json"),
        (["gr_rl.json", "whole_shoe.json"], "ThreadEyelet", "shipped:gr_rl.json"),
        (["gr_rl.json"], "LaceShoe", "shipped:gr_rl.json"),
        (["whole_shoe.json"], "ThreadEyelet", "expert"),
        (["whole_shoe.txt"], "LaceShoe", "expert"),
    ],
)
def test_a_task_may_have_a_shipped_policy_of_its_own(
    files: list[str], task: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in files:
        (tmp_path / file).touch()
    monkeypatch.setattr(policies, "SHIPPED", tmp_path)
    assert policies.resolve_policy("shipped", task) == name


@pytest.mark.parametrize(
    "files, name, weights",
    [({"gr_rl.json": "one", "whole_shoe.json": "two"}, "shipped", b"onetwo"), ({"README.md": "none"}, "expert", None)],
)
def test_where_tasks_differ_shipped_stays_and_its_manifest_names_all_of_them(
    files: dict[str, str], name: str, weights: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    monkeypatch.setattr(policies, "SHIPPED", tmp_path)
    assert policies.resolve_for_all_tasks("shipped") == name
    assert policies.resolve_for_all_tasks("noop") == "noop"
    assert provenance(name)["checkpoint_sha256"] == (weights and hashlib.sha256(weights).hexdigest())


def test_an_environment_tells_which_shipped_policy_acts_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("gr_rl.abc", "whole_shoe.abc"):
        (tmp_path / file).touch()
    monkeypatch.setattr(policies, "SHIPPED", tmp_path)
    monkeypatch.setitem(policies.CHECKPOINT_LOADERS, ".abc", lambda path, env: path.stem)
    for task, name in (("LaceShoe", "whole_shoe"), ("ThreadEyelet", "gr_rl")):
        world = SimpleNamespace(task=find_task(task))
        env = cast(gymnasium.Env[Any, Any], SimpleNamespace(unwrapped=world))
        assert policies.make_policy("shipped", env) == name


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_checkpoint_without_torch_says_what_to_install(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"policy{suffix}"
    path.touch()
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("acting", "learned", "committee"):
        monkeypatch.delitem(sys.modules, f"lacelab.agents.{name}", raising=False)
    with pytest.raises(CheckpointError, match=r"needs torch and safetensors: pip install 'lacelab\[policy\]'"):
        policies.make_policy(str(path), ENV)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a module of somebody else importable."""
    (tmp_path / "their_policies.py").write_text("def make(env): return ('policy', env)\nnumber = 3\n")
    (tmp_path / "their_broken.py").write_text("import no_such_dependency\n")
    (tmp_path / "their_failing.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)


def test_factory_of_a_module(module: None) -> None:
    assert policies.make_policy("their_policies:make", ENV) == ("policy", ENV)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("their_policies:mkae", "holds no 'mkae' for 'their_policies:mkae'. Did you mean 'make'?"),
        ("their_policies:number", "'their_policies:number' is not a callable factory but of type int."),
        ("no_such_module:make", "No module 'no_such_module'"),
        ("their_policies.deeper:make", "No module 'their_policies.deeper'"),
        ("their_broken:make", "failed: No module named 'no_such_dependency'."),
        ("their_failing:make", "failed: ZeroDivisionError: division by zero"),
        ("their_policies:", "is not of the form 'module:factory'"),
    ],
)
def test_wrong_factories(module: None, name: str, text: str) -> None:
    with pytest.raises(LoadingError) as error:
        policies.make_policy(name, ENV)
    assert text in str(error.value) and isinstance(error.value, LaceLabError)
