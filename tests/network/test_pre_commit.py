"""The hooks, as pre-commit installs and runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import zenml_pin
from tests.readme import read_blocks
from tests.support.repositories import Repo, commit, get_head, git, write

pytestmark = [pytest.mark.network, pytest.mark.git, pytest.mark.slow]

PROJECT = Path(zenml_pin.__file__).parents[1]
STEP = "from zenml_pin.steps import BaseTrainerStep\n\n\nclass Mine(BaseTrainerStep):\n    def run_fn(self): ...\n"
DOCUMENT = """version: '1'
pipeline: {{name: mine, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}
steps:
  training: {{source: {}, args: {{}}}}  # mine
"""


def config_of_readme() -> str:
    """Return the configuration that the README shows, for this project as it is committed."""
    (text,) = [
        block.text for block in read_blocks() if block.marker == "tested: tests/network/test_pre_commit.py"
    ]
    config = yaml.safe_load(text)
    head = git("rev-parse", "HEAD", cwd=PROJECT).strip()
    config["repos"][0].update(repo=str(PROJECT), rev=head)
    return yaml.safe_dump(config)


def run_hook(repo: Repo, hook: str, tmp_path: Path) -> tuple[int, str]:
    """Run a hook on all that is staged; return exit code and output."""
    write(repo, {".pre-commit-config.yaml": config_of_readme()})
    git("add", "-A", cwd=repo.path)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook],
        cwd=repo.path,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout + done.stderr


def test_hooks_check_what_is_staged_and_pin_it(repo: Repo, tmp_path: Path) -> None:
    """An unpinned source stops the commit; `pin` writes its pin and nothing else; then the commit may be made."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP}})
    write(repo, {"pipelines": {"mine.yaml": DOCUMENT.format("trainers.step.Mine")}})

    code, output = run_hook(repo, "zenml-pin-check", tmp_path)
    assert (code, "pipelines/mine.yaml:4:22: error ZP001" in output) == (1, True), output

    code, output = run_hook(repo, "zenml-pin-pin", tmp_path)
    assert (code, "files were modified by this hook" in output) == (1, True), output
    pinned = DOCUMENT.format(f"trainers.step.Mine@{get_head(repo)}")
    assert (Path(repo.path) / "pipelines" / "mine.yaml").read_text() == pinned

    for hook in ("zenml-pin-check", "zenml-pin-pin"):
        code, output = run_hook(repo, hook, tmp_path)
        assert (code, "Passed" in output) == (0, True), output


def test_pin_hook_moves_no_pin(repo: Repo, tmp_path: Path) -> None:
    """P7: the code of HEAD is another one, and the pin of last year stays."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    first = commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP}})
    pinned = DOCUMENT.format(f"trainers.step.Mine@{first}")
    commit(repo, {"trainers": {"__init__.py": "", "step.py": f"{STEP}    rate = 2\n"}}, base=first)
    write(repo, {"pipelines": {"mine.yaml": pinned}})

    code, output = run_hook(repo, "zenml-pin-pin", tmp_path)

    assert (code, "Passed" in output) == (0, True), output
    assert (Path(repo.path) / "pipelines" / "mine.yaml").read_text() == pinned
