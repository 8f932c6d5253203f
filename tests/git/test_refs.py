"""Refs: HEAD, branches and tags, wherever they are stored."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.interleaving import at_every_moment
from tests.support.repositories import (
    Repo,
    branch,
    commit,
    configure,
    detach,
    git,
    init,
    linked_worktree,
    make_bare,
    set_ref,
    snapshot,
    tag,
)
from tests.support.time_limit import time_limit
from zenml_pin.errors import PinError, UnsupportedError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs
from zenml_pin.git.repository import GitRepository

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"
OTHER = "2ef0a431a232eb8f52a9c4953c8636872327fe5f"


def _refs(repo: Repo) -> Refs:
    return Refs(get_layout(repo.path))


def _put(repo: Repo, name: str, data: str | bytes) -> None:
    path = Path(repo.gitdir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def test_an_unborn_branch_has_a_name_and_no_commit(repo: Repo) -> None:
    """Before the first commit there is no error."""
    refs = _refs(repo)

    assert refs.head() is None
    assert refs.branch() == "refs/heads/main"
    assert refs.all() == {}
    with GitRepository.open(repo.path) as repository:
        assert repository.head_commit() is None


def test_head_is_the_branchs_commit(repo: Repo) -> None:
    """Through one symbolic ref."""
    head = commit(repo, {"a": "1"})

    assert _refs(repo).head() == head
    assert _refs(repo).find("refs/heads/main") == head


def test_a_detached_head_is_on_no_branch(repo: Repo) -> None:
    """P8: it is read like any other."""
    first = commit(repo, {"a": "1"})
    commit(repo, {"a": "2"})
    detach(repo, first)

    assert _refs(repo).head() == first
    assert _refs(repo).branch() is None


def test_packed_refs_are_read_and_files_win(repo: Repo) -> None:
    """With the lines that say where a tag leads, with comments, and with refs that are only files."""
    _put(
        repo,
        "packed-refs",
        f"# pack-refs with: peeled fully-peeled sorted\n{ID} refs/heads/main\n{ID} refs/tags/v1\n^{OTHER}\n",
    )
    assert _refs(repo).all() == {"refs/heads/main": ID, "refs/tags/v1": ID}
    assert _refs(repo).head() == ID

    set_ref(repo, "refs/heads/main", OTHER)
    set_ref(repo, "refs/heads/new/one", ID)
    assert _refs(repo).all() == {"refs/heads/main": OTHER, "refs/heads/new/one": ID, "refs/tags/v1": ID}


def test_symbolic_refs_are_followed(repo: Repo) -> None:
    """As `refs/remotes/origin/HEAD`; but not endlessly."""
    set_ref(repo, "refs/remotes/origin/main", ID)
    set_ref(repo, "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main")
    assert _refs(repo).find("refs/remotes/origin/HEAD") == ID

    set_ref(repo, "refs/heads/one", "ref: refs/heads/two")
    set_ref(repo, "refs/heads/two", "ref: refs/heads/one")
    with pytest.raises(UnsupportedError, match="goes in a circle"):
        _refs(repo).find("refs/heads/one")


def test_a_symbolic_ref_to_nothing_gives_none(repo: Repo) -> None:
    """As the HEAD of a deleted branch."""
    set_ref(repo, "refs/heads/one", "ref: refs/heads/gone")

    assert _refs(repo).find("refs/heads/one") is None
    assert _refs(repo).all() == {}


def test_a_linked_worktree_has_its_own_head(repo: Repo, tmp_path: Path) -> None:
    """Branches and tags are shared; the refs that git keeps for each worktree are not."""
    first = commit(repo, {"a": "1"})
    second = commit(repo, {"a": "2"})
    tag(repo, "v1", first)
    linked = linked_worktree(repo, tmp_path / "linked", first)
    _put(linked, "refs/worktree/mine", second + "\n")
    refs = _refs(linked)

    assert refs.head() == first
    assert refs.branch() is None
    assert refs.find("refs/heads/main") == second
    assert refs.find("refs/worktree/mine") == second
    assert _refs(repo).find("refs/worktree/mine") is None
    assert refs.all() == {
        "refs/heads/main": second,
        "refs/tags/v1": first,
        "refs/worktree/mine": second,
    }


def test_a_bare_repository_has_refs_too(repo: Repo, tmp_path: Path) -> None:
    """HEAD included."""
    head = commit(repo, {"a": "1"})

    assert _refs(make_bare(repo, tmp_path / "bare.git")).head() == head


@pytest.mark.parametrize(
    "name",
    [
        "../config",
        "refs/../config",
        "refs/heads/../../config",
        "/etc/passwd",
        "refs//heads/main",
        "refs/heads/main\0",
        "config",
        "refs/heads/./main",
        "",
    ],
)
def test_a_name_cannot_lead_out_of_the_refs(repo: Repo, name: str) -> None:
    """Neither as typed by a user, nor in a symbolic ref that somebody wrote."""
    commit(repo, {"a": "1"})
    set_ref(repo, "refs/heads/evil", f"ref: {name}")

    assert _refs(repo).find(name) is None
    assert _refs(repo).find("refs/heads/evil") is None


DAMAGED = {
    "empty": b"",
    "text": b"hello\n",
    "short id": b"e9448e0\n",
    "upper case": ID.upper().encode(),
    "nul": b"\0" * 40,
    "not text": b"\xff" * 40,
    "empty symref": b"ref: \n",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_ref_is_nothing_or_an_error_of_ours(repo: Repo, content: bytes) -> None:
    """As after a crash; for HEAD and branches."""
    commit(repo, {"a": "1"})
    for name in ("HEAD", "refs/heads/main"):
        _put(repo, "refs/heads/main", ID)
        _put(repo, "HEAD", "ref: refs/heads/main\n")
        _put(repo, name, content)
        try:
            assert _refs(repo).head() is None
        except UnsupportedError as error:
            message = str(error)
            assert "contains no commit id" in message
        assert _refs(repo).branch() in ("refs/heads/main", "", None)


@pytest.mark.git
def test_damaged_refs_do_not_hide_the_others(repo: Repo) -> None:
    """A list of all refs leaves them out, as git's does."""
    commit(repo, {"a": "1"})
    for number, content in enumerate(DAMAGED.values()):
        _put(repo, f"refs/heads/bad{number}", content)
    set_ref(repo, "refs/heads/circle", "ref: refs/heads/circle")
    _put(repo, "refs/tags/long", b"x" * (2**20 + 1))
    link = os.path.join(repo.gitdir, "refs/tags/link")
    os.symlink(link, link)

    listed = git("for-each-ref", "--format=%(refname) %(objectname)", cwd=repo.path)

    # git takes an id in capitals.
    assert _refs(repo).all() == {
        name: value
        for name, value in (line.split() for line in listed.splitlines())
        if name != "refs/heads/bad3"
    }
    assert "refs/heads/main" in listed


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b"hello", b"\n\n", b"x" * 100_000, b"^" + ID.encode()])
def test_a_damaged_packed_refs_file_does_not_hide_a_detached_head(repo: Repo, content: bytes) -> None:
    """HEAD alone is enough for most of our work."""
    first = commit(repo, {"a": "1"})
    detach(repo, first)
    _put(repo, "packed-refs", content)

    assert _refs(repo).head() == first
    assert _refs(repo).find("refs/heads/none") is None


def test_a_ref_that_cannot_be_read_is_not_an_older_one(repo: Repo) -> None:
    """Its value in packed-refs is out of date."""
    first = commit(repo, {"a": "1"})
    _put(repo, "packed-refs", f"{first} refs/heads/main\n")
    path = os.path.join(repo.gitdir, "refs/heads/main")
    os.remove(path)
    os.symlink(path, path)

    with pytest.raises(UnsupportedError, match="cannot be read"):
        _refs(repo).head()


FIFOS = {"refs/heads/main": (False, False), "packed-refs": (True, True), "HEAD": (False, True)}


@pytest.mark.parametrize(("name", "has_head", "has_branch"), [(name, *has) for name, has in FIFOS.items()])
def test_a_fifo_in_the_place_of_a_ref_does_not_hang(
    repo: Repo, name: str, has_head: bool, has_branch: bool
) -> None:
    """Nothing waits for a writer: the ref does not exist, and the others do not change."""
    commit_id = commit(repo, {"a": "1"})
    path = os.path.join(repo.gitdir, name)
    if os.path.exists(path):
        os.remove(path)
    os.mkfifo(path)

    with time_limit():
        head, refs = _refs(repo).head(), _refs(repo).all()

    assert head == (commit_id if has_head else None)
    assert refs == ({"refs/heads/main": commit_id} if has_branch else {})


def test_lock_files_are_not_refs(repo: Repo) -> None:
    """They exist while another process moves a branch."""
    head = commit(repo, {"a": "1"})
    _put(repo, "refs/heads/main.lock", "")

    assert _refs(repo).all() == {"refs/heads/main": head}


@pytest.mark.git
def test_refs_are_what_git_says(repo: Repo) -> None:
    """`git for-each-ref` is the judge, with packed refs and without."""
    first = commit(repo, {"a": "1"})
    second = commit(repo, {"a": "2"})
    branch(repo, "feature/one", first)
    branch(repo, "ünïcode", first)
    tag(repo, "v1", first)
    tag(repo, "v2", second, annotated=True)
    for _ in range(2):
        lines = git("for-each-ref", "--format=%(refname) %(objectname)", cwd=repo.path).splitlines()
        assert _refs(repo).all() == dict(line.rsplit(" ", 1) for line in lines)
        git("pack-refs", "--all", cwd=repo.path)
        branch(repo, "later", second)


@pytest.mark.git
def test_ref_that_git_packs_between_two_looks_is_found(repo: Repo) -> None:
    """The first look, which is for another ref, has read `packed-refs` before git wrote it."""
    head = commit(repo, {"a": "1"})
    refs = _refs(repo)
    assert refs.find("refs/tags/main") is None

    git("pack-refs", "--all", cwd=repo.path)

    assert not os.path.exists(os.path.join(repo.gitdir, "refs/heads/main"))
    assert refs.find("refs/heads/main") == head


def test_ref_is_found_at_every_moment_of_its_packing(repo: Repo) -> None:
    """git writes `packed-refs`, then deletes the file of each ref."""
    head = commit(repo, {"a": "1"})

    def unpack() -> Refs:
        set_ref(repo, "refs/heads/main", head)
        _put(repo, "packed-refs", "")
        return _refs(repo)

    def pack() -> None:
        _put(repo, "packed-refs", f"{head} refs/heads/main\n")
        os.remove(os.path.join(repo.gitdir, "refs/heads/main"))

    all_refs = list(at_every_moment(lambda: unpack().all(), Refs._names, pack, every=3))
    single = set(at_every_moment(lambda: unpack().head(), Refs._read_one, pack, every=3))

    assert all_refs == [{"refs/heads/main": head}] * len(all_refs)
    assert single == {head}


def _reftable(tmp_path: Path) -> tuple[Repo, str, str]:
    """Return a repository whose refs are in reftables, as dulwich writes them, and two commits."""
    from dulwich.objects import ObjectID
    from dulwich.refs import Ref
    from dulwich.reftable import ReftableRefsContainer

    repo = init(tmp_path / "tables")
    first = commit(repo, {"a": "1"})
    second = commit(repo, {"a": "2"})
    os.remove(os.path.join(repo.gitdir, "refs", "heads", "main"))
    configure(repo, "core", "repositoryformatversion", "1")
    configure(repo, "extensions", "refStorage", "reftable")
    tables = ReftableRefsContainer(repo.gitdir)
    tables.set_if_equals(Ref(b"refs/heads/main"), None, ObjectID(first.encode()))
    tables.set_symbolic_ref(Ref(b"HEAD"), Ref(b"refs/heads/main"))
    tables.set_if_equals(Ref(b"refs/heads/main"), ObjectID(first.encode()), ObjectID(second.encode()))
    tables.set_if_equals(Ref(b"refs/tags/v1"), None, ObjectID(first.encode()))
    tables.set_if_equals(Ref(b"refs/tags/gone"), None, ObjectID(first.encode()))
    tables.remove_if_equals(Ref(b"refs/tags/gone"), ObjectID(first.encode()))
    return repo, first, second


def test_reftables_are_read_and_left_alone(tmp_path: Path) -> None:
    """Later tables go before earlier ones, also for deletions; nothing is written."""
    repo, first, second = _reftable(tmp_path)
    before = snapshot(repo.path)
    refs = _refs(repo)

    assert refs.head() == second
    assert refs.branch() == "refs/heads/main"
    assert {name: at for name, at in refs.all().items() if name != "refs/heads/.invalid"} == {
        "refs/heads/main": second,
        "refs/tags/v1": first,
    }
    assert snapshot(repo.path) == before


@pytest.mark.parametrize("content", [b"", b"REFT", b"hello" * 50, b"REFT\1" + bytes(100), b"\xff" * 200])
def test_a_damaged_reftable_is_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    """Never one of dulwich's exceptions."""
    repo, _, _ = _reftable(tmp_path)
    folder = Path(repo.gitdir, "reftable")
    for path in folder.glob("*.ref"):
        path.write_bytes(content)

    try:
        assert _refs(repo).head() is None
    except PinError as error:
        assert "reftable" in error.message  # noqa: PT017


def test_a_list_of_tables_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    """Only names in its own folder count."""
    repo, _, _ = _reftable(tmp_path)
    Path(repo.gitdir, "reftable", "tables.list").write_text("../../../../etc/passwd\n/etc/passwd\n..\n")

    assert _refs(repo).all() == {}
