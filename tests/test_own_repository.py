"""The project's own repository, read with the project's own means."""

from __future__ import annotations

from pathlib import Path

import pytest

import zenml_pin
from zenml_pin.cli import main
from zenml_pin.git.layout import find_layout
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree

ROOT = Path(zenml_pin.__file__).parents[1]


@pytest.fixture(scope="module")
def first() -> str:
    """The first commit that has `zenml_pin/source.py`."""
    if find_layout(str(ROOT)) is None:
        pytest.skip("the package is not imported from its own repository")
    with GitRepository.open(str(ROOT)) as repository:
        found, commit = "", repository.head_commit()
        while commit is not None:
            if CommitTree(repository.objects, commit.id).find("zenml_pin/source.py") is not None:
                found = commit.id
            parents = commit.parents
            commit = repository.objects.find_commit(parents[0]) if parents else None
    return found


def test_cat_shows_the_first_version(
    first: str, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`zenml-pin cat zenml_pin.source.Source@<the first commit that has it>`."""
    monkeypatch.chdir(ROOT)

    assert main(["cat", f"zenml_pin.source.Source@{first}"]) == 0

    assert b"class Source" in capsysbinary.readouterr().out


def test_load_gives_the_first_version(first: str) -> None:
    """This package's own old class, beside the one that loads it."""
    old = zenml_pin.load(f"zenml_pin.source.Source@{first}", repo=str(ROOT), allow_dirty=True)

    assert old is not zenml_pin.Source
    assert str(old.parse("a.b.C")) == "a.b.C"  # type: ignore[attr-defined]
    assert old.__module__ == f"zenml_pin.at.g{first}.zenml_pin.source"
