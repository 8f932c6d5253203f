"""Cache keys: a result is taken again only where the same code would make it."""

from __future__ import annotations

import sys

import pytest

from tests.pipelines.conftest import Project
from tests.repos import commit, get_head, write
from zenml_pin.errors import UnpinnedWarning
from zenml_pin.pipelines import versions
from zenml_pin.source import Source


def test_an_unpinned_class_in_an_argument_is_never_cached(project: Project) -> None:
    """Nobody knows whether it is the same as before."""
    commit(project.repo, {"other": {"kind.py": "class Kind: pass\n"}}, base=get_head(project.repo))
    write(project.repo, {"other": {"kind.py": "class Kind: a = 1\n"}})
    kind = project.trainer_class("Kind", "other.kind")

    for _ in range(2):
        with pytest.warns(UnpinnedWarning, match="Kind"):
            run = project.pipeline(step=project.trainer_class()(kinds=[kind])).run()
        assert not run.steps[2].cached


@pytest.mark.filterwarnings("ignore::zenml_pin.errors.UnpinnedWarning")
def test_a_librarys_class_in_an_argument_counts_with_its_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release of the library is other code."""
    from attr import Attribute

    def cached() -> bool:
        return project.pipeline(step=project.trainer_class()(kind=Attribute, plain=int)).run().steps[2].cached

    assert [cached(), cached()] == [False, True]
    monkeypatch.setattr(versions, "_distribution", lambda *_: "attrs 0")
    assert [cached(), cached()] == [False, True]


def test_another_python_makes_its_own_results(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Major and minor version are part of the key."""
    project.pipeline().run()
    monkeypatch.setattr("zenml_pin.pipelines.executor.python_of_cache", lambda: "cpython 2.7")

    assert not any(step.cached for step in project.pipeline().run().steps)


def test_versions_stand_for_code_without_a_commit() -> None:
    """Of a distribution, of Python; what is neither has none."""
    assert versions.version_of(Source("attr._make", "Attribute")) == f"attrs {_version()}"
    assert versions.version_of(Source("builtins", "int")) == "standard library"
    assert versions.version_of(Source(__name__, "Project")) is None
    assert versions.python_of_cache().endswith(f"{sys.version_info[0]}.{sys.version_info[1]}")


def _version() -> str:
    from importlib.metadata import version

    return version("attrs")
