"""The project's own repository, read with the project itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import zenml_pin
from tests.support.documents_by_line import document
from tests.support.thorough import usually
from zenml_pin.audit import audit, check
from zenml_pin.cli import main
from zenml_pin.git.layout import find_layout
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository

ROOT = Path(zenml_pin.__file__).parents[1]


@pytest.fixture(scope="module")
def first() -> str:
    """The first commit that has `zenml_pin/source.py`."""
    if find_layout(str(ROOT)) is None:
        pytest.skip("the package is not imported from its own repository")
    with GitRepository.open(str(ROOT)) as repository:
        first_with_file, commit = "", repository.head_commit()
        while commit is not None:
            if CommitTree(repository.objects, commit.id).find("zenml_pin/source.py") is not None:
                first_with_file = commit.id
            parents = commit.parents
            commit = repository.objects.find_commit(parents[0]) if parents else None
    return first_with_file


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
    assert str(old.parse("a.b.C")) == "a.b.C"
    assert old.__module__ == f"zenml_pin.at.g{first}.zenml_pin.source"


@pytest.mark.slow
def test_pins_of_its_own_history_are_there(first: str, tmp_path: Path) -> None:
    """Each of these commits has the class, or did not have its module yet (ZP004), and a branch contains it."""
    with GitRepository.open(str(ROOT)) as repository:
        ids = list(_first_parents(repository))[:: usually(100, 20)]
    text = document(*(f"zenml_pin.errors.PinError@{name}" for name in ids))
    (tmp_path / "own.yaml").write_text(text)

    report = check([tmp_path / "own.yaml"], repo=ROOT)

    assert len(report.pins) == len(ids)
    assert all(pin.exists or pin.path is None for pin in report.pins)
    assert report.pins
    assert {finding.rule.id for finding in report.findings} <= {"ZP002", "ZP004"}


def _first_parents(repository: GitRepository) -> Iterator[str]:
    commit = repository.head_commit()
    while commit is not None:
        yield commit.id
        commit = repository.objects.find_commit(commit.parents[0]) if commit.parents else None


def test_history_of_its_own_documents_is_read(first: str) -> None:
    """The whole history is read; nothing in the working tree changes."""
    report = audit(repo=ROOT, all_history=True)

    assert (report.is_complete, report.scope) == (True, "history")
    assert not any(note.startswith("the history ends") for note in report.notes)
