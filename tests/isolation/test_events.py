"""Events name the code that caused them, wherever zenml_pin is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")
PACKAGE = Path(zenml_pin.__file__).parent


@pytest.mark.slow
def test_package_in_site_packages_does_not_name_itself(repo: Repo, tmp_path: Path) -> None:
    """The event has the line of the pinned code, not one of this package."""
    site = tmp_path / "site-packages"
    shutil.copytree(PACKAGE, site / "zenml_pin", ignore=shutil.ignore_patterns("__pycache__"))
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    text = f"try:\n    open({str(secret)!r})\nexcept OSError:\n    pass\nclass T: pass\n"
    commit_id = commit(repo, {"trainers": {"step.py": text}})

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "load", "--isolated", f"trainers.step.T@{commit_id}"],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "outcome   loaded" in done.stdout, done.stderr
    assert f"open '{secret}'" in done.stdout
    assert f"(<zenml-pin>/trainers/step.py@{commit_id}:2)" in done.stdout


def test_repository_of_an_editable_install_is_not_an_event(repo: Repo) -> None:
    """An import of zenml_pin makes the guard look at the repository around this package; the code asked for nothing."""
    text = "from zenml_pin.steps import BaseTrainerStep\nclass T(BaseTrainerStep): pass\n"
    commit_id = commit(repo, {"trainers": {"step.py": text}})

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "load", "--isolated", f"trainers.step.T@{commit_id}"],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "outcome   loaded" in done.stdout, done.stderr
    assert "denied" not in done.stdout
