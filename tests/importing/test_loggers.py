"""Loggers of pinned code behave as in a plain run: they hang below the root logger."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.pipeline_project import Project
from tests.support.repositories import Repo, commit, get_head

STEP = """\
import logging

log = logging.getLogger(__name__)


class Noisy:
    def warn(self):
        log.info("told")
        log.warning("NaN in %d rows!", 3)
"""
TRAINER = """\
import logging

from zenml_pin.steps import BaseTrainerStep

log = logging.getLogger(__name__)


class MyTrainer(BaseTrainerStep):
    def __init__(self, epochs):
        super().__init__(epochs=epochs)

    def run_fn(self, data):
        log.error("NaN in %d rows!", 3)
        return 1
"""


def python(repo: Repo, *lines: str) -> str:
    """Run a script in a new interpreter that has not imported logging; return its stderr."""
    pin = f"zenml_pin.at.g{get_head(repo)}.trainers.step"
    script = "\n".join(lines).replace("PIN", pin)
    path = str(Path(zenml_pin.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


@pytest.fixture
def noisy(repo: Repo) -> Repo:
    """A repository with a class that logs a warning."""
    commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP}})
    return repo


QUIET = "import logging; logging.getLogger('zenml_pin').setLevel('CRITICAL')"
LOAD = "import importlib; step = importlib.import_module('PIN')"
CONFIG = (
    "import logging.config; logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True, "
    "'handlers': {'all': {'class': 'logging.StreamHandler', 'formatter': 'plain'}}, "
    "'formatters': {'plain': {'format': 'root %(name)s %(message)s'}}, "
    "'loggers': {'zenml_pin': {'level': 'CRITICAL', 'propagate': False}}, 'root': {'handlers': ['all']}})"
)
WAYS = {
    "as it is": (["import sys; assert 'logging' not in sys.modules", LOAD], ""),
    "quieted before": ([QUIET, LOAD], ""),
    "quieted after": ([LOAD, QUIET], ""),
    "with a null handler": (
        [LOAD, "import logging; logging.getLogger('zenml_pin').addHandler(logging.NullHandler())"],
        "",
    ),
    "configured before": ([CONFIG, LOAD], "root zenml_pin.at.g"),
    "configured while it is running": ([LOAD, CONFIG, "step.log.disabled = False"], "root zenml_pin.at.g"),
    "loaded by name": (["import zenml_pin; cls = zenml_pin.load('SOURCE')", LOAD, QUIET], ""),
}


@pytest.mark.quick(every=7)
@pytest.mark.parametrize(("lines", "start"), WAYS.values(), ids=WAYS)
def test_records_reach_the_root(noisy: Repo, lines: list[str], start: str) -> None:
    """Whoever configures the logger "zenml_pin", and whenever; without handlers Python's last resort prints them."""
    source = f"trainers.step.Noisy@{get_head(noisy)}"

    shown = python(noisy, *(line.replace("SOURCE", source) for line in lines), "step.Noisy().warn()")

    assert shown.startswith(start)
    assert shown.splitlines()[-1].endswith("NaN in 3 rows!")
    assert "told" not in shown


def test_the_level_of_the_root_counts(noisy: Repo, caplog: pytest.LogCaptureFixture) -> None:
    """As for any logger without a level; the name of a record tells the pin."""
    cls = zenml_pin.load(f"trainers.step.Noisy@{get_head(noisy)}", repo=noisy.path)

    with caplog.at_level(logging.INFO):
        cls().warn()

    assert [record.message for record in caplog.records] == ["told", "NaN in 3 rows!"]
    assert {record.name for record in caplog.records} == {f"zenml_pin.at.g{get_head(noisy)}.trainers.step"}


def test_logging_is_the_module_that_it_always_is(noisy: Repo) -> None:
    """Its loader and its spec are Python's own, also after a reload, and tools can ask for its text."""
    shown = python(
        noisy,
        "import sys, zenml_pin.at",
        "from importlib import reload, util",
        "assert 'def getLogger' in util.find_spec('logging').loader.get_source('logging')",
        "import logging",
        "plain = type(sys.modules['string' if 'string' in sys.modules else 're'].__loader__)",
        "assert type(logging.__loader__) is type(logging.__spec__.loader) is plain",
        "reload(logging)",
        "assert type(logging.__loader__) is plain",
        "assert logging.getLogger('zenml_pin.at').parent is logging.getLogger()",
    )

    assert shown == ""


@pytest.mark.slow
def test_run_shows_what_steps_log(project: Project) -> None:
    """The command line shows it as a script does, and so does a run on other processes."""
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": TRAINER}})
    project.pipeline(enable_cache=False).save()
    in_processes = (
        "from zenml_pin import Repository; from zenml_pin.backends import ProcessesBackend\n"
        "if __name__ == '__main__': Repository().get_pipeline_by_name('mine').run(ProcessesBackend())"
    )
    Path("go.py").write_text(in_processes)

    for command in (["-m", "zenml_pin", "run", "mine"], ["go.py"]):
        path = str(Path(zenml_pin.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )

        assert "NaN in 3 rows!" in done.stderr.splitlines(), done.stderr
