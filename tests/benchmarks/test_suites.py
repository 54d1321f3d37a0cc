"""Suites: names, seeds, resuming, and rows that anyone can check."""

import json
from pathlib import Path

import pytest
from fake_world import FakeEnv

from lacelab import cli
from lacelab.agents.policies import CHECKPOINT_LOADERS, NoopPolicy, make_policy
from lacelab.benchmarks.episode import iterate_episode
from lacelab.benchmarks.evaluate import evaluate
from lacelab.benchmarks.exceptions import SeedsError
from lacelab.benchmarks.perturbations import SENSOR_NOISE, reset_overrides
from lacelab.benchmarks.suites import PUBLIC_SEEDS, SUITES, Part, Suite, SuiteRun, find_suite, read_private_seeds
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.lacing_env import LacingEnv

FAKE = ["--world", "fake_world:make", "--policy", "noop"]
SMALL = Suite(
    "small",
    1,
    "two parts",
    (
        Part("reference", "ThreadEyelet", "standard", 7),
        Part("soft", "ThreadEyelet", "standard", 4, (("lace_stiffness", 0.5),)),
    ),
)
SEEDS = (0, 3, 5, 8, 9, 10, 11)


def test_names_and_versions() -> None:
    assert list(SUITES) == ["smoke", "ci", "standard", "full", "robustness", "generalization"]
    for suite in SUITES.values():
        names = [part.name for part in suite.parts]
        assert len(set(names)) == len(names) and suite.version >= 1
        specs = SuiteRun(suite, "noop").specs()
        assert len(set(specs)) == len(specs) == suite.episodes
        assert min(spec.seed for spec in specs) == PUBLIC_SEEDS
    with pytest.raises(UnknownNameError, match="Unknown suite 'standart'. Did you mean 'standard'?"):
        find_suite("standart")


def test_robustness_changes_one_factor_at_a_time() -> None:
    reference, *variants = SUITES["robustness"].parts
    assert reference.settings == ()
    assert all(len(part.settings) == 1 for part in variants)
    factors = {part.settings[0][0] for part in variants}
    assert {"lace_friction", "lace_stiffness", "latency", "light", SENSOR_NOISE} <= factors
    assert all(part.deployment == (part.settings[0][0] == "latency") for part in variants)


def test_rows_of_a_suite_do_not_depend_on_workers_and_resume(tmp_path: Path) -> None:
    run = SuiteRun(SMALL, "noop", SEEDS, "fake_world:make")
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    evaluate(run, out=one)
    lines = one.read_bytes().splitlines(keepends=True)
    two.write_bytes(b"".join(lines[:8]) + lines[8][:30])
    two.with_suffix(".manifest.json").write_bytes(one.with_suffix(".manifest.json").read_bytes())
    evaluate(run, out=two, workers=2)
    assert one.read_bytes() == two.read_bytes()
    rows = [json.loads(line) for line in lines]
    assert [row["seed"] for row in rows] == [*SEEDS, *SEEDS[:4]]
    assert [row["instruction"] for row in rows[:1] + rows[7:8]] == ["plain", "lace_stiffness = 0.5"]
    assert [(part.name, len(found)) for part, found in run.split(rows)] == [("reference", 7), ("soft", 4)]


def test_private_seeds(tmp_path: Path) -> None:
    path = tmp_path / "seeds"
    path.write_text("77\n80:83\n9\n")
    assert read_private_seeds(path) == (77, 80, 81, 82, 9)
    with pytest.raises(SeedsError, match="Cannot read the seeds in '.*nowhere'"):
        read_private_seeds(tmp_path / "nowhere")
    with pytest.raises(SeedsError, match="Suite 'small' needs 7 private seeds, the file has 2."):
        SuiteRun(SMALL, "noop", (1, 2))
    manifest = SuiteRun(SMALL, "noop", SEEDS).manifest()
    assert len(manifest["private_seeds_sha256"]) == 64 and "seeds" not in manifest


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.jsonl"
    assert cli.main(["bench", "ci", *FAKE, "--workers", "2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "ci v1 · noop" in printed and "50/50" in printed


def test_every_task_gets_the_policy_that_is_shipped_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("gr_rl.fake", "whole_shoe.fake"):
        (tmp_path / file).touch()
    monkeypatch.setattr("lacelab.agents.policies.SHIPPED", tmp_path)
    monkeypatch.setitem(CHECKPOINT_LOADERS, ".fake", lambda path, env: path.stem)
    asked: list[SuiteRun] = []

    def stop(run: SuiteRun, **options: object) -> None:
        asked.append(run)
        raise KeyboardInterrupt

    monkeypatch.setattr("lacelab.benchmarks.evaluate.evaluate", stop)
    assert cli.main(["bench", "smoke", "--world", "fake_world:make"]) == 130
    (run,) = asked
    acts = {spec.task: make_policy(spec.policy, FakeEnv(spec.task)) for spec in run.specs()}
    assert acts == dict.fromkeys(("PickLace", "InsertAglet", "ThreadEyelet"), "gr_rl") | {"LaceShoe": "whole_shoe"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["smok"], "Unknown suite 'smok'. Did you mean 'smoke'?"),
        (["smoke", "--share", "0.5", "--draw", "3"], "--share, --draw do not go with smoke."),
        (["verify", "--overwrite"], "--overwrite does not go with verify."),
        (["verify", "--share", "2"], "A share of 2 cannot be run again. Valid: above 0, up to 1."),
        (["verify", "--out", "nowhere.jsonl"], "Cannot read 'nowhere.jsonl': No such file or directory.\n"),
    ],
)
def test_wrong_arguments(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_the_simulator_knows_all_settings() -> None:
    env = LacingEnv("ThreadEyelet")
    for part in (*SUITES["robustness"].parts, *SUITES["generalization"].parts):
        (spec, *_) = SuiteRun(SUITES["robustness"], "noop").part_specs(part)
        info = next(iterate_episode(spec, env, NoopPolicy()))
        for name, value in reset_overrides(spec.settings).items():
            found = info["randomization"] | {"shoe_size": info["shoe"]["size"], "eyelet_pitch": info["shoe"]["pitch"]}
            assert found.get(name, value) == value
