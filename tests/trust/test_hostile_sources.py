"""P9: a text leads only to the class that it names, or to an error with one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.broken_arguments import BROKEN_ARGUMENTS
from tests.support.refused_yaml import REFUSED_YAML
from tests.support.repositories import Repo, commit
from tests.support.time_limit import time_limit
from tests.support.trust.hostile_sources import DUNDER_MODULES, DUNDERS, ID, PATH_NAMES, SOURCES
from zenml_pin.errors import PinError, SourceSyntaxError
from zenml_pin.source import Source


@pytest.mark.parametrize("text", SOURCES.values(), ids=[ascii(name) for name in SOURCES])
def test_hostile_text_is_not_a_source(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For parse, load and pin; the message cannot move a cursor or forge a line."""
    monkeypatch.chdir(tmp_path)
    with time_limit(), pytest.raises(SourceSyntaxError) as caught:
        Source.parse(text)

    assert len(str(caught.value).splitlines()) == 3
    assert all(line.isprintable() for line in str(caught.value).splitlines())
    for verb in (zenml_pin.load, zenml_pin.pin):
        # What follows the "@" may be a revision, but there is no repository that has it.
        with pytest.raises(PinError) as refused:
            verb(text)
        assert all(line.isprintable() for line in str(refused.value).splitlines())


@pytest.mark.parametrize("name", PATH_NAMES, ids=[ascii(name) for name in PATH_NAMES])
def test_part_of_a_module_that_is_not_a_python_name_is_refused(repo: Repo, name: str) -> None:
    """Only a commit that has that path makes it a module."""
    head = commit(repo, {"pkg": {"__init__.py": "", "step.py": "class C: pass\n"}})

    for module in (name, f"pkg.{name}"):
        with pytest.raises(SourceSyntaxError, match="is not a Python name"):
            zenml_pin.load(f"{module}.C@{head}", repo=repo.path)
        with pytest.raises(SourceSyntaxError, match="is not a Python name"):
            zenml_pin.pin(f"{module}.C", repo=repo.path)


@pytest.mark.parametrize("name", DUNDERS)
def test_attribute_of_every_module_is_not_a_class_of_the_commit(repo: Repo, name: str) -> None:
    """`__class__` is a class, but the commit does not define it."""
    head = commit(repo, {"pkg": {"__init__.py": "", "step.py": "class A: pass\n"}})

    for module in ("pkg", "pkg.step"):
        with pytest.raises(PinError):
            zenml_pin.load(f"{module}.{name}@{head}", repo=repo.path)


@pytest.mark.parametrize("name", DUNDER_MODULES)
def test_a_module_that_the_commit_lacks_is_missing(repo: Repo, name: str) -> None:
    """Even if Python has a module with that name."""
    head = commit(repo, {"pkg": {"step.py": "class A: pass\n"}})

    with pytest.raises(PinError):
        zenml_pin.load(f"{name}.A@{head}", repo=repo.path)
    with pytest.raises(PinError):
        zenml_pin.load(f"pkg.{name}.A@{head}", repo=repo.path)


def test_the_tables_are_counted(announce: Callable[[str], None]) -> None:
    """For CI; documents have their own tests beside the pipelines."""
    documents = len(REFUSED_YAML) + len(BROKEN_ARGUMENTS)
    dunders = len(DUNDERS) + len(DUNDER_MODULES)
    announce(
        f"hostile texts refused: {len(SOURCES) + len(PATH_NAMES)} sources, {dunders} dunders, {documents} documents"
    )

    assert len(SOURCES) + len(PATH_NAMES) > 200
    assert ID in SOURCES["keyword class"]
