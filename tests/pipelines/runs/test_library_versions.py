"""The step cache and libraries: another version of a library that the code imports is another result."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from zenml_pin import pin
from zenml_pin.base import distributions
from zenml_pin.pins.imported_libraries import imported_libraries
from zenml_pin.pipelines.runs.library_versions import versions_for
from zenml_pin.source import Source

STEP = """\
from zenml_pin.steps import BaseTrainerStep
from common.values import value


class Constant(BaseTrainerStep):
    def run_fn(self, data):
        return value()
"""
VALUES = """\
import json
import os.path
from typing import TYPE_CHECKING

from mylib.numbers import VALUE

if TYPE_CHECKING:
    import not_needed_at_run_time


def value():
    return VALUE
"""
RUN = """\
import json, os, sys
sys.path[:0] = [os.getcwd(), sys.argv[1]]
from trainers.constant import Constant
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
training = TrainingPipeline(name="constant").add_datasource(MemoryDatasource([1])).add_trainer(Constant())
run = training.run(use_cache="--no-cache" not in sys.argv)
print(json.dumps([run.output("model"), run.steps[-1].cached]))
"""


@pytest.fixture
def step(project: Project) -> Source:
    """A pinned step that imports a library by way of another module."""
    files = {
        "trainers": {"__init__.py": "", "constant.py": STEP},
        "common": {"__init__.py": "", "values.py": VALUES},
    }
    return Source("trainers.constant", "Constant", commit(project.repo, files, base=get_head(project.repo)))


def install(site: Path, version: str, value: int) -> None:
    """Put a version of the library where pip would."""
    shutil.rmtree(site, ignore_errors=True)
    (site / "mylib").mkdir(parents=True)
    (site / "mylib" / "__init__.py").write_text("")
    (site / "mylib" / "numbers.py").write_text(f"VALUE = {value}\n")
    info = site / f"mylib-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mylib\nVersion: {version}\n")
    (info / "RECORD").write_text(f"mylib/__init__.py,,\nmylib/numbers.py,,\n{info.name}/RECORD,,\n")


def run(site: Path, *options: str) -> list[object]:
    """Run the pipeline in a process of its own; return the result, and whether it is from the cache."""
    command = [sys.executable, "-B", "-W", "error", "-c", RUN, str(site), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    answer: list[object] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
def test_an_upgraded_library_is_not_answered_from_the_cache(step: Source, tmp_path: Path) -> None:
    """The same step with the same input, and another version of what it imports; with the older version again, too."""
    site = tmp_path / "site"
    answers = []
    for version, value in (("1.0", 1), ("1.0", 1), ("2.0", 2), ("2.0", 2), ("1.0", 1)):
        install(site, version, value)
        answers.append(run(site))

    assert answers == [[1, False], [1, True], [2, False], [2, True], [1, True]]


@pytest.mark.slow
def test_a_run_without_the_cache_runs_every_step(step: Source, tmp_path: Path) -> None:
    """The document stays the same, and later runs use the cache."""
    install(tmp_path / "site", "1.0", 1)

    answers = [run(tmp_path / "site", *options) for options in ((), ("--no-cache",), ())]

    assert answers == [[1, False], [1, False], [1, True]]
    assert os.listdir("pipelines") == ["constant.yaml"]


@pytest.mark.slow
def test_a_library_without_a_version_is_not_cached(step: Source, tmp_path: Path) -> None:
    """A folder on the path that no distribution installed may change at any time."""
    site = tmp_path / "site"
    install(site, "1.0", 1)
    shutil.rmtree(site / "mylib-1.0.dist-info")

    assert [run(site), run(site)] == [[1, False], [1, False]]


def test_the_libraries_are_those_of_all_code_that_runs(step: Source) -> None:
    """Modules of Python do not count, and neither do imports for type checkers; nothing is imported to know it."""
    assert imported_libraries(step) == ("mylib", "zenml_pin")
    assert "mylib is not installed" in (versions_for(step) or ())


DYNAMIC = """\
import importlib
from zenml_pin.steps import BaseTrainerStep


class Loader(BaseTrainerStep):
    def run_fn(self, data):
        return importlib.import_module("common.values").value()
"""


def test_code_that_imports_by_a_text_may_import_what_any_file_imports(step: Source, project: Project) -> None:
    """As for the code id."""
    commit(project.repo, {"trainers": {"dynamic.py": DYNAMIC}}, base=get_head(project.repo))

    source = pin("trainers.dynamic.Loader")

    assert "mylib" in imported_libraries(source)


OTHERS = {
    "another name": ("yaml", "PyYAML"),
    "its own name": ("attrs", "attrs"),
    "a guess that is wrong": ("_pytest", "pytest"),
    "no distribution": ("this_is_nowhere", None),
}


@pytest.mark.parametrize(("root", "expected"), OTHERS.values(), ids=OTHERS)
def test_the_distributions_of_a_module(root: str, expected: str | None) -> None:
    """The one with the module's own file, whatever its name."""
    labels = distributions.distributions_with(root, expected if expected == "PyYAML" else root)

    assert labels == (() if expected is None else (f"{expected} {distributions.version_of(expected)}",))


def test_a_module_of_several_distributions_has_all_their_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A namespace package: any of them may be what the code uses."""
    for name in ("shared", "shared-more"):
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "RECORD").write_text(f"shared/{name.replace('-', '_')}/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    distributions._by_top_name.cache_clear()
    try:
        assert distributions.distributions_with("shared", "shared") == ("shared 1", "shared-more 1")
    finally:
        distributions._by_top_name.cache_clear()
        distributions.distributions_with.cache_clear()


@pytest.mark.slow
def test_the_libraries_of_the_makers_of_inputs_count(step: Source, project: Project, tmp_path: Path) -> None:
    """A model of a library's class is used by a step that does not import the library."""
    judge = (
        "from zenml_pin.steps import BaseEvaluatorStep\n\n\nclass Judge(BaseEvaluatorStep):\n"
        "    def run_fn(self, model):\n        return {'value': model.value()}\n"
    )
    model = (
        "import mylib.model\nfrom zenml_pin.steps import BaseTrainerStep\n\n\nclass Make(BaseTrainerStep):\n"
        "    def run_fn(self, data):\n        return mylib.model.Model()\n"
    )
    files = {"trainers": {"constant.py": model.replace("Make", "Constant"), "judge.py": judge}}
    commit(project.repo, files, base=get_head(project.repo))
    script = RUN.replace("from zenml_pin.d", "from trainers.judge import Judge\nfrom zenml_pin.d").replace(
        ".add_trainer(Constant())", ".add_trainer(Constant()).add_evaluator(Judge())"
    )
    script = script.replace('run.output("model")', "run.metrics['value']")
    site, answers = tmp_path / "site", []
    for version, value in (("1.0", 1), ("1.0", 1), ("2.0", 2)):
        install(site, version, value)
        text = f"class Model:\n    def value(self):\n        return {value}\n"
        (site / "mylib" / "model.py").write_text(text)
        command = [sys.executable, "-B", "-c", script, str(site)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))

    assert answers == [[1, False], [1, True], [2, False]]
