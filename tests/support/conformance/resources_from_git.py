"""Runs the tests of importlib.resources, CPython's or the backport's, over packages that are read from git.

    python resources_from_git.py test.test_importlib.resources | importlib_resources.tests

The tests put trees on sys.path and import plain names. Here each tree is committed instead, and the finder answers
a plain name with the module of that commit, under its pinned name. Prints JSON: {test: "ok" or what went wrong}.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import json
import sys
import tempfile
import types
import unittest
import warnings
from importlib.machinery import ModuleSpec
from typing import Any

# Import all of it now: each test forgets the modules that were imported while it ran.
import zenml_pin.resolver
from tests.support.repositories import commit, init

MODULES = ["contents", "files", "functional", "open", "path", "read", "resource"]
_roots: dict[str, str] = {}


class Answers:
    """Answers a plain name with the pinned module, as finder and as loader."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name.partition(".")[0] in _roots else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        self.module = importlib.import_module(f"{_roots[spec.name.partition('.')[0]]}.{spec.name}")
        self.spec = self.module.__spec__
        return self.module

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__ = self.spec  # importlib has put the plain name into these attributes


def tree_on_path(test: Any, spec: dict[str, Any]) -> None:
    """Commit a tree; until the test ends, its names come from that commit."""
    repo = init(tempfile.mkdtemp())
    commit_id = commit(repo, spec, checkout=False)
    zenml_pin.attach(repo.path)
    names = [name.partition(".")[0] for name in spec]
    _roots.update(dict.fromkeys(names, f"zenml_pin.at.g{commit_id}"))
    for name in names:
        test.addCleanup(_roots.pop, name, None)
        test.addCleanup(zenml_pin.unload, commit_id)


class Outcomes(unittest.TestResult):
    """Records the outcome of each test."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.outcomes.setdefault(_title(test), "ok")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.outcomes[_title(test)] = f"skipped: {reason}"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.outcomes[_title(test)] = f"{err[0].__name__}: {err[1]}"

    addError = addFailure

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            self.addFailure(test, err)


def _title(test: unittest.TestCase) -> str:
    return ".".join(test.id().split(".")[-3:])


def main(package: str) -> dict[str, str]:
    """Run a package's tests and return their outcomes."""
    if importlib.util.find_spec(f"{package}.compat"):
        importlib.import_module(f"{package}.compat.py312")
    util = importlib.import_module(f"{package}.util")
    for setup in util.DiskSetup, util.ZipSetup:
        setup.tree_on_path = tree_on_path
    sys.meta_path.insert(0, Answers())
    outcomes = Outcomes()
    for name in MODULES:
        module = importlib.import_module(f"{package}.test_{name}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            unittest.defaultTestLoader.loadTestsFromModule(module).run(outcomes)
    return outcomes.outcomes


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
