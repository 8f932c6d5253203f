"""Runs with files in a real folder: `run(materialize=DIR)`, `--materialize`, and ZENML_PIN_MATERIALIZE."""

from __future__ import annotations

import importlib.machinery
import os
import pickle
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import Executable, commit, get_head
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.errors import UnpinnedError

SOURCE = """\
#include <Python.h>
static int fill(PyObject *module) { return PyModule_AddIntConstant(module, "SLOPE", 3); }
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fast", NULL, 0, NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModuleDef_Init(&definition); }
"""
NATIVE = f"fast{importlib.machinery.EXTENSION_SUFFIXES[0]}"


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A compiled extension module `fast`."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    include = sysconfig.get_path("include")
    if compiler is None or not os.path.exists(os.path.join(include, "Python.h")):
        pytest.skip("there is no C compiler, or Python's headers are not installed")
    source = tmp_path_factory.mktemp("native") / "fast.c"
    source.write_text(SOURCE)
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O0", "-I", include, str(source), "-o", f"{source}.so"],
        check=True,
        capture_output=True,
    )
    return Path(f"{source}.so").read_bytes()


@pytest.fixture
def native_project(project: Project, native: bytes) -> Iterator[Project]:
    """A project whose trainer takes its slope from a native module, and a file name from its place."""
    text = "from trainers.fast import SLOPE\n" + trainer().replace("Line(1.0)", "Line(SLOPE)")
    head = commit(
        project.repo, {"trainers": {"__init__.py": "", "step.py": text, NATIVE: Executable(native)}}
    )
    yield project
    zenml_pin.unload(head)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", [LocalBackend, ProcessesBackend])
def test_native_modules_run_from_their_pin(
    native_project: Project, tmp_path: Path, backend: type[Any]
) -> None:
    """In this process, and in worker processes; without the directory the run says what is missing."""
    with pytest.raises(UnpinnedError, match="native code") as caught:
        native_project.pipeline().run(require_pins=True)
    assert "materialize=DIR" in caught.value.hint

    run = native_project.pipeline().run(backend(), materialize=tmp_path / "files")

    assert run.outcome == "succeeded"
    assert all("@" in step.source for step in run.steps if "trainers" in step.source)
    assert len(os.listdir(tmp_path / "files")) == 1


@pytest.mark.slow
def test_command_line_and_variable(
    native_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run --materialize DIR` sets it for a document; ZENML_PIN_MATERIALIZE for every load of a process."""
    native_project.pipeline().run(materialize=tmp_path / "one")
    command = [sys.executable, "-m", "zenml_pin", "run", "mine"]

    by_option = subprocess.run(
        [*command, "--materialize", str(tmp_path / "one")], capture_output=True, text=True
    )
    environment = {**os.environ, "ZENML_PIN_MATERIALIZE": str(tmp_path / "two")}
    by_variable = subprocess.run(command, capture_output=True, text=True, env=environment)
    without = subprocess.run(command, capture_output=True, text=True)

    assert (by_option.returncode, by_variable.returncode) == (0, 0), by_option.stderr + by_variable.stderr
    assert os.listdir(tmp_path / "one") == os.listdir(tmp_path / "two") != []
    assert without.returncode == 1
    assert "materialize=DIR" in without.stderr


def test_variable_holds_for_every_way_of_loading(
    native_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load, a dotted import, and a checkout; a commit that is loaded already stays as it is."""
    pin = get_head(native_project.repo)
    root = f"zenml_pin.at.g{pin}"
    monkeypatch.setenv("ZENML_PIN_MATERIALIZE", str(tmp_path / "files"))

    with zenml_pin.checkout(str(pin)) as tree:
        inside = tree.import_module("trainers.fast").__file__
    loaded = sys.modules[zenml_pin.load(f"trainers.step.MyTrainer@{pin}").__module__]
    imported = importlib.import_module(f"{root}.trainers.fast")
    monkeypatch.delenv("ZENML_PIN_MATERIALIZE")

    assert str(inside).startswith(str(tmp_path / "files"))
    assert str(loaded.__file__).startswith(str(tmp_path / "files"))
    assert importlib.import_module(f"{root}.trainers.fast") is imported


@pytest.mark.slow
def test_shipped_class_is_materialized_where_it_is_opened(
    native_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that has only this package gets all files of the commit with it."""
    monkeypatch.setenv("ZENML_PIN_MATERIALIZE", str(tmp_path / "files"))
    cls = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer"))
    payload = pickle.dumps(zenml_pin.ship(cls))
    monkeypatch.delenv("ZENML_PIN_MATERIALIZE")
    shutil.rmtree(tmp_path / "files")
    empty = tmp_path / "empty"
    empty.mkdir()
    code = f"import pickle, sys\ncls = pickle.loads({payload!r}).open()\nprint(sys.modules[cls.__module__].SLOPE)"

    done = subprocess.run([sys.executable, "-c", code], cwd=empty, capture_output=True, text=True)

    assert done.stdout == "3\n", done.stderr
    assert len(os.listdir(tmp_path / "files")) == 1
