"""A large index, as git writes it: one folder is read without the rest."""

from __future__ import annotations

import os

import pytest

from tests.support.git.compare_with_git import judge
from tests.support.git.scenario_repository import Box
from zenml_pin.git.index import SEARCH_FROM, Index
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Status, get_status

pytestmark = pytest.mark.git

FOLDERS = ["pkg/m000", "pkg/m010", "pkg/m019", "tools/m030", "tools/m039"]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """A repository of 4,000 files in 40 folders."""
    box = Box(str(tmp_path_factory.mktemp("large")), "")
    box.git("init", "-q", "-b", "main")
    for number in range(4000):
        folder = number // 100
        box.write(
            f"{'pkg' if folder < 20 else 'tools'}/m{folder:03}/step{number % 100:02}.py", b"%d\n" % number
        )
    box.commit()
    assert os.path.getsize(box.at(".git/index")) > SEARCH_FROM
    return box


def check_by_search(box: Box, path: str, monkeypatch: pytest.MonkeyPatch) -> Status:
    """Check a path; reading the whole index is an error."""
    with monkeypatch.context() as patch, GitRepository.open(box.root) as repository:
        patch.delattr(Index, "entries")
        return get_status(repository, path)


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_checked_without_reading_the_whole_index(
    folder: str, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the folder is in the index; also for one file, and for a path that does not exist."""
    assert check_by_search(box, folder, monkeypatch).clean
    assert check_by_search(box, f"{folder}/step50.py", monkeypatch).clean
    assert check_by_search(box, f"{folder}x", monkeypatch).clean


def test_dirty_folder_is_reported_without_reading_the_whole_index(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To see what differs on disk, only the folder's entries are needed."""
    box.write("pkg/m010/step07.py", b"1\n")

    status = check_by_search(box, "pkg/m010", monkeypatch)

    assert [change.path for change in status.changes] == ["pkg/m010/step07.py"]
    box.git("checkout", "-q", "--", ".")


@pytest.mark.slow
def test_staging_elsewhere_does_not_need_the_whole_index(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's own cached tree stays valid when another folder is staged."""
    box.write("tools/m030/new.py", b"new = 1\n")
    box.git("add", "tools")

    assert check_by_search(box, "pkg/m010", monkeypatch).clean
    assert not any(judgement.is_false_clean for judgement in judge(box.root, ("tools/m030", "tools", "pkg")))
    box.git("reset", "-q", "--hard")


def test_staging_in_the_folder_needs_all_of_it(box: Box) -> None:
    """If the cached tree is invalid, every entry is read."""
    box.write("pkg/m010/step07.py", b"1\n")
    box.git("add", "pkg")

    with GitRepository.open(box.root) as repository:
        status = get_status(repository, "pkg/m010")

    assert [change.label for change in status.changes] == ["staged"]
    box.git("reset", "-q", "--hard")
