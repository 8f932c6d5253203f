"""A run reads the settings beside its code that the script's class reads: the committed ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, write
from zenml_pin.backends import LocalBackend, ProcessesBackend

READ = """\
import configparser, os
SETTINGS = configparser.ConfigParser()
SETTINGS.read_dict({"train": {"slope": "1"}})
SETTINGS.read(os.path.join(os.path.dirname(__file__), "settings.ini"))
SLOPE = float(SETTINGS["train"]["slope"])
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", [LocalBackend, ProcessesBackend])
def test_run_takes_the_settings_beside_the_code(project: Project, backend: type[Any]) -> None:
    """Not the defaults, which the code has for an installation without the file, and not an edit of today."""
    text = READ + trainer().replace("Line(1.0)", "Line(SLOPE)")
    files = {"__init__.py": "", "step.py": text, "settings.ini": "[train]\nslope = 2\n"}
    commit(project.repo, {"trainers": files})
    pipeline = project.pipeline()
    pipeline.save()
    write(project.repo, {"trainers": {"settings.ini": "[train]\nslope = 7\n"}})

    run = project.repository.get_pipeline_by_name("mine", allow_dirty=True).run(backend(), allow_dirty=True)

    # The data has this slope: y = 2 x + 1.
    assert run.metrics["rmse"] == pytest.approx(0)
