"""What a repository remembers between checks: never more than the stats of its files allow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from tests.support.git.editing_machine import Editing
from tests.support.repositories import Repo, commit, configure, set_ref, write
from zenml_pin.base import stat_memo
from zenml_pin.git import index
from zenml_pin.git.index import Answers, IndexMemo
from zenml_pin.git.layout import find_layout
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import get_status

# The clocks of the file systems that the tests use tick at least as often.
TICK = 10**7
FILES = {"pkg": {"__init__.py": "", "step.py": "a = 1\n"}, "other": {"step.py": "b = 1\n"}}


def wait() -> None:
    """Wait until everything that was written is older than a tick."""
    time.sleep(3 * TICK / 10**9)


@pytest.fixture
def fine_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a shorter tick than the coarsest file system needs."""
    monkeypatch.setattr(stat_memo, "_TICK", TICK)


@pytest.fixture
def kept(repo: Repo, fine_clock: None) -> Iterator[GitRepository]:
    """A repository that was checked, and remembers as much as it may."""
    commit(repo, FILES)
    wait()
    with GitRepository.open(repo.path) as repository:
        assert get_status(repository, "pkg").clean
        assert get_status(repository, "pkg").clean
        yield repository


def stage(repo: Repo, path: str) -> None:
    """Write an index that has HEAD's files and one more."""
    # The index is built like that of a commit; then HEAD is restored.
    head = Path(repo.gitdir, "refs/heads/main").read_bytes()
    name = path.rpartition("/")[2]
    commit(repo, {"pkg": {name: "new = 1\n"}}, base=head.decode().strip())
    Path(repo.gitdir, "refs/heads/main").write_bytes(head)


def touch_nothing_but_content(path: Path, text: str) -> None:
    """Give a file other content of the same size, and keep its modification time."""
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


CHANGES: dict[str, tuple[Callable[[Repo], object], str]] = {
    "a file, its size and time as before": (
        lambda repo: touch_nothing_but_content(Path(repo.join("pkg/step.py")), "a = 2\n"),
        "modified",
    ),
    "a new file": (lambda repo: write(repo, {"pkg": {"new.py": ""}}), "untracked"),
    "the index": (lambda repo: stage(repo, "pkg/new.py"), "staged"),
    "HEAD's branch": (
        lambda repo: set_ref(
            repo, "refs/heads/main", commit(repo, FILES | {"pkg": {"step.py": ""}}, checkout=False)
        ),
        "modified",
    ),
    "a setting": (lambda repo: configure(repo, "core", "filemode", "maybe"), "unsupported"),
    "attributes": (
        lambda repo: write(repo, {".gitattributes": "*.py ident working-tree-encoding=UTF-16\n"}),
        "unsupported",
    ),
    "the repository's own attributes": (
        lambda repo: _put(Path(repo.gitdir, "info/attributes"), "*.py working-tree-encoding=UTF-16\n"),
        "unsupported",
    ),
}


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(("change", "kind"), CHANGES.values(), ids=CHANGES)
def test_change_is_seen_by_a_repository_that_remembers(
    repo: Repo, kept: GitRepository, change: Callable[[Repo], object], kind: str
) -> None:
    """P6: whatever was checked before, the answer equals that of a newly opened repository."""
    change(repo)

    status = get_status(kept, "pkg")

    assert kind in {item.kind.value for item in status.changes}
    with GitRepository.open(repo.path) as fresh:
        assert status == get_status(fresh, "pkg")


def test_replaced_object_is_seen_by_a_repository_that_remembers(repo: Repo, kept: GitRepository) -> None:
    """`refs/replace`, as a file and packed: HEAD's tree is another one for git."""
    head = kept.head_commit()
    assert head is not None
    Path(repo.gitdir, "packed-refs").write_text(f"{head.id} refs/replace/{head.tree}\n")

    assert "replaced by another" in get_status(kept, "pkg").changes[0].reason


def test_layout_is_read_again_when_it_changes(repo: Repo, fine_clock: None) -> None:
    """A repository that becomes bare, gets another worktree or disappears is not the same any more."""
    commit(repo, FILES)
    wait()
    for _ in range(2):
        with GitRepository.open(repo.path) as repository:
            assert repository.layout.worktree == os.path.realpath(repo.path)

    configure(repo, "core", "worktree", "/")
    with GitRepository.open(repo.path) as repository:
        assert repository.layout.worktree == "/"
    configure(repo, "core", "worktree", "")
    os.rename(repo.gitdir, repo.join("gone"))
    assert find_layout(repo.path) is None


def test_worktree_behind_a_link_is_read_again(repo: Repo, tmp_path: Path, fine_clock: None) -> None:
    """P6: `core.worktree` may name a link, which can change at any time."""
    commit(repo, FILES)
    link, elsewhere = tmp_path / "link", tmp_path / "elsewhere"
    elsewhere.mkdir()
    link.symlink_to(repo.path)
    configure(repo, "core", "worktree", str(link))
    wait()
    for target in (repo.path, str(elsewhere)):
        link.unlink()
        link.symlink_to(target)
        with GitRepository.open(repo.path) as repository:
            assert repository.layout.worktree == target
            assert get_status(repository, "pkg").clean == (target == repo.path)


@pytest.mark.parametrize("name", ["objects", "refs"])
def test_repository_whose_folders_are_gone_is_not_found(
    repo: Repo, tmp_path: Path, fine_clock: None, name: str
) -> None:
    """The folders may be links to another disk."""
    commit(repo, FILES)
    os.rename(Path(repo.gitdir, name), tmp_path / name)
    os.symlink(tmp_path / name, Path(repo.gitdir, name))
    wait()
    assert find_layout(repo.path) == find_layout(repo.path) is not None

    os.rename(tmp_path / name, tmp_path / "gone")

    assert find_layout(repo.path) is None


def test_young_file_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second change within a tick may not change the stat, so a younger file is never trusted."""
    monkeypatch.setattr(stat_memo, "_TICK", 3600 * 10**9)
    path = tmp_path / "file"
    path.write_text("1")
    memo: stat_memo.Memo[str] = {}

    assert stat_memo.remember(memo, (str(path),), path.read_text) == "1"
    assert not memo


def test_old_file_is_read_once(tmp_path: Path, fine_clock: None) -> None:
    """Until its stat changes, and then once again; absence is remembered too."""
    path, absent = tmp_path / "file", tmp_path / "absent"
    path.write_text("1")
    wait()
    memo: stat_memo.Memo[str] = {}
    reads: list[str] = []

    def read() -> str:
        reads.append(path.read_text())
        return reads[-1]

    for _ in range(3):
        assert stat_memo.remember(memo, (str(path), str(absent)), read) == "1"
    assert len(reads) == 1
    absent.touch()
    stat_memo.remember(memo, (str(path), str(absent)), read)
    assert len(reads) == 2


def test_file_that_changes_while_it_is_read_is_not_remembered(tmp_path: Path, fine_clock: None) -> None:
    """It is unknown which of the two states was read."""
    path = tmp_path / "file"
    path.write_text("1")
    wait()
    memo: stat_memo.Memo[str] = {}

    def read() -> str:
        path.write_text("22")
        return "1"

    stat_memo.remember(memo, (str(path),), read)

    assert not memo


def test_file_that_is_young_when_it_is_read_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the reading takes: a change within the tick may come after the first byte was read."""
    monkeypatch.setattr(stat_memo, "_TICK", 3600 * 10**9)
    path = tmp_path / "file"
    path.write_text("1")
    memo: stat_memo.Memo[str] = {}

    def read() -> str:
        # As if the tick had passed.
        monkeypatch.setattr(stat_memo, "_TICK", 0)
        return "1"

    stat_memo.remember(memo, (str(path),), read)

    assert not memo


def test_answers_of_one_index_are_never_given_for_another(
    tmp_path: Path, fine_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: whenever another thread, which already sees the next index, runs in between."""
    states = []
    for name in ("old", "new"):
        (tmp_path / name).touch()
        states.append((tmp_path / name).stat())
    wait()
    memo = IndexMemo()
    pending = [states[1]]

    class Interrupted(Answers):
        def __init__(self) -> None:
            super().__init__()
            if pending:
                memo.of(pending.pop())

    monkeypatch.setattr(index, "Answers", Interrupted)
    old = memo.of(states[0])

    assert memo.of(states[1]) is not old


def test_trees_of_two_folders_are_not_mixed_up(repo: Repo, kept: GitRepository) -> None:
    """The memo of HEAD's side has keys of tree and path."""
    folders = ["pkg", "other", "pkg", "other"]
    assert all(get_status(kept, folder).clean for folder in folders)
    write(repo, {"other": {"step.py": "b = 2\n"}})

    assert get_status(kept, "pkg").clean
    assert not get_status(kept, "other").clean
    assert [item.path for item in get_status(kept, "").changes] == ["other/step.py"]


def test_only_the_latest_head_is_remembered(repo: Repo, kept: GitRepository) -> None:
    """All files of a hundred commits would need a hundred times as much memory."""
    trees = set()
    for number in range(3):
        commit(repo, FILES | {"pkg": {"step.py": f"a = {number}\n"}})
        assert get_status(kept, "pkg").clean
        assert get_status(kept, "").clean
        root, listings = kept.objects.listings
        assert listings.keys() == {b"pkg", b""}
        trees.add(root)

    assert len(trees) == 3


class Remembering(Editing):
    """The machine of the clean check; beside it, one repository is checked after every step."""

    kept: GitRepository | None = None

    @invariant()
    def compare_with_what_is_remembered(self) -> None:
        if not hasattr(self, "box"):
            return
        self.kept = self.kept or GitRepository.open(self.box.root)
        with pytest.MonkeyPatch.context() as patch, GitRepository.open(self.box.root) as fresh:
            patch.setattr(stat_memo, "_TICK", TICK)
            wait()
            for folder in ("pkg", "", "other/thing.py"):
                # Twice, so that a possible wrong answer would be remembered.
                assert get_status(self.kept, folder) == get_status(self.kept, folder)
                assert get_status(self.kept, folder) == get_status(fresh, folder)


Remembering.TestCase.settings = settings(max_examples=3, stateful_step_count=10, deadline=None)
TestRemembering = pytest.mark.git(pytest.mark.slow(Remembering.TestCase))
# pytest would collect the imported class, too.
del Editing
