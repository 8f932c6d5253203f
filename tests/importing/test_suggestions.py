"""Tracebacks of code that imports what is not there: Python 3.15 looks for similar names on `sys.path`."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin.at
from tests.support.importing.two_versions import World
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit
from zenml_pin.audit.facts.trial import TrialLimits, try_load
from zenml_pin.backends import ProcessesBackend
from zenml_pin.errors import StepFailedError

lists_modules = pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 suggests modules")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on `sys.path` with a module."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), os.path.dirname(os.__file__)])
    (tmp_path / "quite_a_helper.py").write_text("")
    return tmp_path


def formatted() -> str:
    try:
        import quite_a_helpr  # type: ignore[import-not-found]  # noqa: F401
    except ModuleNotFoundError:
        return traceback.format_exc()
    raise AssertionError


@lists_modules
def test_python_still_suggests_modules(folder: Path) -> None:
    """Our finder does not stand in the way."""
    assert zenml_pin.at.__name__
    assert "Did you mean: 'quite_a_helper'?" in formatted()


@lists_modules
def test_name_that_is_not_utf_8_breaks_no_traceback(folder: Path) -> None:
    """Where Python alone fails to format it, which ends the worker process of a pool."""
    with open(os.fsencode(folder) + b"/caf\xe9.py", "w"):
        pass

    assert formatted().endswith("ModuleNotFoundError: No module named 'quite_a_helpr'\n")


def test_worker_and_trial_beside_such_a_name_give_their_result(project: Project) -> None:
    """Of code that a module is missing for: it fails with Python's own message, and the process goes on."""
    with open(os.fsencode(project.repo.path) + b"/caf\xe9.py", "w"):
        pass
    code = trainer(1.0, **{"        return": "        import quite_a_helpr\n        return"})
    head = commit(
        project.repo, {"trainers": {"step.py": code, "gone.py": f"import quite_a_helpr\n{trainer()}"}}
    )

    report = try_load(f"trainers.gone.MyTrainer@{head}", project.repo.path, TrialLimits(seconds=60))
    pipeline = project.pipeline(step=zenml_pin.load(f"trainers.step.MyTrainer@{head}")())
    with pytest.raises(StepFailedError) as caught:
        pipeline.run(backend=ProcessesBackend())

    assert report.outcome == "failed"
    for message in (report.message, str(caught.value)):
        assert "quite_a_helpr" in message


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 suggests names of modules")
@pytest.mark.parametrize(("name", "suggested"), [("valeu", "value"), ("lod", None), ("pinn", None)])
def test_names_of_a_pinned_module_are_suggested(
    build: Callable[..., World], name: str, suggested: str | None
) -> None:
    """And none of this package, in which Python would look for them."""
    world = build(
        {
            "pkg": {"__init__.py": "", "helper.py": "value = 1\n"},
            "made.py": f"from pkg.helper import {name}\n",
        }
    )

    with pytest.raises(ImportError) as caught:
        world.module("made")
    last = "".join(traceback.format_exception(caught.value)).splitlines()[-1]

    assert last.partition("Did you mean: ")[2] == (f"'{suggested}'?" if suggested else "")
    assert "load" in dir(zenml_pin)
