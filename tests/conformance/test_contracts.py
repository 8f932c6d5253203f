"""CPython's own contracts for finders, loaders and source encodings, over trees read from git.

Finder and loader are judged over each way in which a repository keeps its objects.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit, init, linked_worktree, make_bare, pack

pytestmark = pytest.mark.slow

contract = pytest.importorskip("test.test_importlib.abc", reason="this Python has no test package")
encoding = pytest.importorskip("test.test_importlib.source.test_source_encoding")

TREE: Files = {
    "module.py": "value = 1\n",
    "package": {
        "__init__.py": "value = 2\n",
        "module.py": "value = 3\n",
        "sub": {"__init__.py": "value = 4\n"},
    },
    "both": {"__init__.py": "value = 5\n"},
    "both.py": "value = 6\n",
    "failing.py": "value = 7\n1 / 0\n",
}


def loose(place: Path, files: Files) -> tuple[Repo, str]:
    """Commit files in a repository of their own."""
    repo = init(place / "loose")
    return repo, commit(repo, files)


def packed(place: Path, files: Files) -> tuple[Repo, str]:
    """Then move its objects into a pack, as differences where that is shorter."""
    repo, commit_id = loose(place, files)
    pack(repo, deltas=True)
    return repo, commit_id


def bare(place: Path, files: Files) -> tuple[Repo, str]:
    """Keep a copy without a working tree only."""
    repo, commit_id = loose(place, files)
    copy = make_bare(repo, place / "bare")
    shutil.rmtree(repo.path)
    return copy, commit_id


def linked(place: Path, files: Files) -> tuple[Repo, str]:
    """Give a linked worktree of the repository."""
    repo, commit_id = loose(place, files)
    return linked_worktree(repo, place / "linked"), commit_id


class FromGit(unittest.TestCase):
    """A case whose files are committed; `keep` says how."""

    keep = staticmethod(loose)

    def pin(self, files: Files) -> str:
        """Commit files and return the package of the commit's modules."""
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        repo, commit_id = self.keep(Path(place.name), files)
        attached = zenml_pin.attach(repo.path)
        self.addCleanup(attached.__exit__, None, None, None)
        self.addCleanup(zenml_pin.unload, commit_id)
        return f"zenml_pin.at.g{commit_id}"


class TestFinder(contract.FinderTests, FromGit):  # type: ignore[misc, name-defined]
    def setUp(self) -> None:
        self.root = self.pin(TREE)

    def find(self, name: str) -> Any:
        return importlib.util.find_spec(f"{self.root}.{name}")

    def test_module(self) -> None:
        assert self.find("module").submodule_search_locations is None

    def test_package(self) -> None:
        assert len(self.find("package").submodule_search_locations) == 1

    def test_module_in_package(self) -> None:
        assert self.find("package.module").parent == f"{self.root}.package"

    def test_package_in_package(self) -> None:
        assert self.find("package.sub").submodule_search_locations

    def test_package_over_module(self) -> None:
        assert self.find("both").origin.endswith("both/__init__.py")

    def test_failure(self) -> None:
        assert self.find("absent") is None
        assert self.find("package.absent") is None


class TestFinderOfAPack(TestFinder):
    keep = staticmethod(packed)


class TestFinderOfABareRepository(TestFinder):
    keep = staticmethod(bare)


class TestFinderOfALinkedWorktree(TestFinder):
    keep = staticmethod(linked)


class TestLoader(contract.LoaderTests, FromGit):  # type: ignore[misc, name-defined]
    def setUp(self) -> None:
        self.root = self.pin(TREE)

    def load(self, name: str) -> types.ModuleType:
        return importlib.import_module(f"{self.root}.{name}")

    def check(self, module: types.ModuleType, name: str, package: str) -> None:
        fullname = f"{self.root}.{name}"
        assert module.__spec__ is not None
        assert module.__name__ == module.__spec__.name == fullname
        assert module.__package__ == package
        assert module.__loader__ is module.__spec__.loader
        assert sys.modules[fullname] is module

    def test_module(self) -> None:
        module = self.load("module")
        self.check(module, "module", self.root)
        assert not hasattr(module, "__path__")
        assert module.value == 1

    def test_package(self) -> None:
        module = self.load("package")
        self.check(module, "package", f"{self.root}.package")
        assert len(module.__path__) == 1
        assert module.__file__ == f"{module.__path__[0]}/__init__.py"

    def test_lacking_parent(self) -> None:
        module = self.load("package.module")
        self.check(module, "package.module", f"{self.root}.package")
        assert sys.modules[f"{self.root}.package"].module is module

    def test_state_after_failure(self) -> None:
        name = f"{self.root}.failing"
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        module = types.ModuleType(name)
        module.keep = 1  # type: ignore[attr-defined]
        with pytest.raises(ZeroDivisionError):
            spec.loader.exec_module(module)
        assert (module.keep, module.value) == (1, 7)
        assert name not in sys.modules

    def test_unloadable(self) -> None:
        spec = importlib.util.find_spec(f"{self.root}.module")
        assert spec is not None
        with pytest.raises(ImportError) as caught:
            spec.loader.get_code("another")  # type: ignore[union-attr]
        assert caught.value.name == "another"


class TestLoaderOfAPack(TestLoader):
    keep = staticmethod(packed)


class TestLoaderOfABareRepository(TestLoader):
    keep = staticmethod(bare)


class TestLoaderOfALinkedWorktree(TestLoader):
    keep = staticmethod(linked)


class TestEncoding(encoding.EncodingTest, FromGit):  # type: ignore[misc, name-defined]
    def run_test(self, source: bytes) -> types.ModuleType:
        return importlib.import_module(f"{self.pin({'_temp.py': source})}._temp")


class TestLineEnding(encoding.LineEndingTest, FromGit):  # type: ignore[misc, name-defined]
    def run_test(self, line_ending: bytes) -> types.ModuleType:
        module = importlib.import_module(
            f"{self.pin({'_temp.py': line_ending.join([b'a = 42', b'b = -13', b''])})}._temp"
        )
        assert (module.a, module.b) == (42, -13)
        return module
