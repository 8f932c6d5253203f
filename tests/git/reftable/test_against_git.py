"""The reader of reftables, compared with git, in repositories that git wrote."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.ended_process import ended
from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.written_by_git import (
    ByGit,
    assert_as_git,
    branch_of_git,
    id_of_git,
    make_by_git,
    needs_reftable,
    refs_of_git,
)
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision

pytestmark = [pytest.mark.git, needs_reftable]

FORMATS = ["sha1", "sha256"]
LONG = "refs/heads/feature/TEAM-1234-a-new-trainer-for-images"


@pytest.fixture(params=FORMATS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> ByGit:
    """A repository of each hash."""
    return make_by_git(str(tmp_path / "repo"), f"--object-format={request.param}")


def _tables(repo: ByGit) -> list[str]:
    return Path(repo.root, ".git", "reftable", "tables.list").read_text().split()


def test_an_unborn_and_a_born_head(tmp_path: Path) -> None:
    """Before the first commit, and after it."""
    repo = make_by_git(str(tmp_path), commits=0)

    assert assert_as_git(repo.root) == {}
    repo.git("commit", "-q", "--allow-empty", "-m", "first")
    assert list(assert_as_git(repo.root)) == ["refs/heads/main"]


@pytest.mark.parametrize("length", [1, 14, 15, 16, 17, 30, 31, 32, 33, 100, 127, 128, 129, 200])
def test_a_long_name_ends_nothing(written: ByGit, length: int) -> None:
    """A name and the one before it differ in some bytes; from 16 bytes on, their number needs more than one byte."""
    written.create("refs/heads/b", f"refs/heads/{'c' * length}", "refs/heads/d", "refs/tags/v1")

    assert len(assert_as_git(written.root)) == 5


@pytest.mark.parametrize("count", [10, 100, 150, 151, 300, 600, 3000])
def test_refs_in_many_blocks(written: ByGit, count: int) -> None:
    """With and without an index, in one table and in two."""
    written.create(*(f"refs/heads/b{number:05}" for number in range(count)), LONG)
    assert len(assert_as_git(written.root, "refs/heads/b", "refs/heads/zzz", "refs/none")) == count + 2

    written.git("pack-refs", "--all")
    assert len(assert_as_git(written.root, "refs/heads/a", "refs/zzz")) == count + 2


@pytest.mark.parametrize(("size", "interval"), [(256, 1), (512, 16), (700, 3), (4096, 128), (65536, 2)])
def test_every_size_of_blocks(written: ByGit, size: int, interval: int) -> None:
    """Small blocks give indexes of several levels."""
    written.git("config", "reftable.blockSize", str(size))
    written.git("config", "reftable.restartInterval", str(interval))
    written.create(*(f"refs/heads/group-{number % 7}/name-{number}" for number in range(1200)))
    written.git("pack-refs", "--all")

    assert_as_git(written.root, "refs/heads/group", "refs/heads/group-3/name-", "refs/heads/group-6/z")


def test_blocks_without_an_object_index(written: ByGit) -> None:
    """Then the logs follow the refs."""
    written.git("config", "reftable.indexObjects", "false")
    written.create(*(f"refs/heads/{number:04}" for number in range(700)))
    written.git("pack-refs", "--all")

    assert_as_git(written.root)


def test_deletions_in_newer_tables(written: ByGit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several tables exist side by side; git does so when it cannot compact them."""
    monkeypatch.setenv("GIT_TEST_REFTABLE_AUTOCOMPACTION", "false")
    names = [f"refs/tags/v{number:03}" for number in range(400)]
    written.create(*names)
    for number in range(30):
        written.update(
            [f"delete {names[number * 11]}", f"update {names[number * 11 + 1]} {written.commits[1]}"]
        )
    written.create(names[0], names[11], at=1)

    assert len(_tables(written)) > 30
    assert len(assert_as_git(written.root, *names[:40])) == 373
    written.git("pack-refs", "--all")
    assert len(_tables(written)) == 1
    assert len(assert_as_git(written.root, *names[:40])) == 373


def test_annotated_tags(written: ByGit) -> None:
    """A table has a tag's id and the id that the tag leads to; the ref has the first."""
    written.git("tag", "-a", "-m", "one", "v1")
    written.git("tag", "-a", "-m", "of a tag", "v2", "v1")
    written.create("refs/tags/v0", "refs/tags/v3")

    assert_as_git(written.root)
    with GitRepository.open(written.root) as repository:
        assert resolve_revision(repository, "v2") == written.commits[-1]


def test_symbolic_refs(written: ByGit) -> None:
    """Chains, refs to nothing, circles, and a detached HEAD."""
    written.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    written.git("symbolic-ref", "refs/heads/alias2", "refs/heads/alias")
    written.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/" + "x" * 200)
    assert_as_git(written.root, "refs/remotes/origin/HEAD", "refs/heads/alias2")

    written.git("checkout", "-q", "--detach", "HEAD~1")
    assert_as_git(written.root)
    assert Refs(get_layout(written.root)).head() == written.commits[0]
    written.git("symbolic-ref", "HEAD", "refs/heads/none")
    assert_as_git(written.root)


def test_pseudorefs(written: ByGit) -> None:
    """FETCH_HEAD and MERGE_HEAD are files; others are in tables."""
    written.git("fetch", "-q", ".", "main")
    written.git("reset", "-q", "--soft", "HEAD~1")
    Path(written.root, ".git", "MERGE_HEAD").write_text(written.commits[1] + "\n")

    assert_as_git(written.root, "FETCH_HEAD", "MERGE_HEAD", "ORIG_HEAD", "CHERRY_PICK_HEAD")
    assert Refs(get_layout(written.root)).find("FETCH_HEAD") == written.commits[1]
    assert Refs(get_layout(written.root)).find("ORIG_HEAD") == written.commits[1]


def test_each_worktree_has_refs_of_its_own(written: ByGit, tmp_path: Path) -> None:
    """HEAD, ORIG_HEAD, FETCH_HEAD, refs/worktree, refs/bisect and refs/rewritten, in both directions."""
    linked = str(tmp_path / "linked")
    written.git("worktree", "add", "-q", "-b", "other", linked, written.commits[0])
    own = ["refs/worktree/mine", "refs/bisect/bad", "refs/rewritten/x"]
    written.create(*own)
    written.git("reset", "-q", "--soft", "HEAD~1")
    names = [*own, "refs/worktree/theirs", "ORIG_HEAD", "FETCH_HEAD", "refs/heads/other"]
    assert_as_git(written.root, *names)
    assert_as_git(linked, *names)

    run_git("update-ref", "refs/worktree/theirs", written.commits[1], cwd=linked)
    run_git("fetch", "-q", ".", "main", cwd=linked)
    run_git("commit", "-q", "--allow-empty", "-m", "there", cwd=linked)
    assert_as_git(written.root, *names)
    assert_as_git(linked, *names)
    assert branch_of_git(linked) == "refs/heads/other"


def test_refs_that_are_migrated(written: ByGit) -> None:
    """From tables to files and back."""
    written.create(*(f"refs/heads/{number:04}" for number in range(300)), LONG)
    written.git("tag", "-a", "-m", "one", "v1")
    before = assert_as_git(written.root)
    for storage in ("files", "reftable"):
        written.git("refs", "migrate", f"--ref-format={storage}")
        assert get_layout(written.root).ref_storage == storage
        assert assert_as_git(written.root) == before


def test_names_that_are_not_ascii(written: ByGit) -> None:
    """They are bytes, unchanged."""
    written.create("refs/heads/ünïcode", "refs/heads/日本/語", "refs/heads/a+b=c,d@e!f")

    assert_as_git(written.root)


def test_a_new_head_beside_a_long_branch_is_seen(tmp_path: Path) -> None:
    """A folder is never called clean against an older HEAD, however git compacted the tables."""
    repo = make_by_git(str(tmp_path / "repo"))
    Path(repo.root, "pkg").mkdir()
    repo.create(LONG)
    for number in range(12):
        Path(repo.root, "pkg", "step.py").write_text(f"v = {number}\n")
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "next")
        assert_as_git(repo.root)
        if number:
            repo.git("checkout", "-q", "HEAD~1", "--", "pkg")
            (judgement,) = judge(repo.root, ("pkg",))
            assert not judgement.status.clean
            repo.git("checkout", "-q", "HEAD", "--", "pkg")


def test_a_replaced_head_behind_many_refs_is_seen(tmp_path: Path) -> None:
    """A replaced HEAD does not count as committed content."""
    repo = make_by_git(str(tmp_path))
    repo.create(*(f"refs/remotes/origin/{number:03}" for number in range(300)))
    repo.git("replace", "HEAD", "HEAD~1")

    (judgement,) = judge(repo.root, ("",))
    assert not judgement.status.clean
    assert "replaced" in judgement.status.changes[0].reason


def test_thousands_of_random_refs_in_random_tables(written: ByGit) -> None:
    """The reading equals git's after each step."""
    chance = random.Random(1)
    words = ["a", "b" * 40, "feature", "TEAM-1", "x/y", "ü", "release-2026.11"]
    names: list[str] = []
    for _ in range(25):
        fresh = {
            "refs/{}/{}-{}".format(
                chance.choice(["heads", "tags", "remotes/origin"]),
                chance.choice(words),
                chance.getrandbits(40),
            )
            for _ in range(chance.choice([1, 1, 3, 40, 400]))
        }
        gone = chance.sample(names, min(len(names) // 3, chance.choice([0, 1, 50])))
        written.update(
            [*(f"create {name} {written.commits[0]}" for name in fresh), *(f"delete {name}" for name in gone)]
        )
        names = [*(name for name in names if name not in gone), *sorted(fresh)]
        if chance.random() < 0.1:
            written.git("pack-refs")
        assert len(assert_as_git(written.root, *gone[:5])) == len(names) + 1


COMMITTING = """
import subprocess, sys
for number in range(80):
    subprocess.run(["git", "-c", "maintenance.auto=false", "update-ref", "refs/heads/main", sys.argv[1 + number % 2]])
"""


def test_tables_that_are_replaced_during_a_read(tmp_path: Path) -> None:
    """Each answer is one of the two true ones."""
    repo = make_by_git(str(tmp_path))
    repo.create(*(f"refs/heads/{number:04}" for number in range(200)))
    writer = subprocess.Popen([sys.executable, "-c", COMMITTING, *repo.commits], cwd=repo.root)
    reads = 0
    with ended(writer):
        while writer.poll() is None:
            assert Refs(get_layout(repo.root)).head() in repo.commits
            assert len(Refs(get_layout(repo.root)).all()) == 201
            reads += 1
    assert writer.returncode == 0
    assert reads > 10
    assert_as_git(repo.root)


def test_a_missing_table_is_named(written: ByGit) -> None:
    """The remaining refs are not all refs; git refuses too."""
    written.create(*(f"refs/heads/{number:04}" for number in range(200)))
    os.remove(Path(written.root, ".git", "reftable", _tables(written)[0]))

    with pytest.raises(UnsupportedError, match=r"reftable '.*\.ref' is missing"):
        Refs(get_layout(written.root)).head()


def test_a_damaged_table_gives_no_wrong_ref(written: ByGit) -> None:
    """A flipped bit gives our error, the true value, or the value that git gives; blocks have no checksum."""
    written.create(*(f"refs/heads/b{number:02}" for number in range(12)), LONG)
    written.git("tag", "-a", "-m", "one", "v1")
    written.git("pack-refs", "--all")
    (name,) = _tables(written)
    path = Path(written.root, ".git", "reftable", name)
    sound = path.read_bytes()
    true = {**refs_of_git(written.root), "HEAD": written.commits[-1]}
    os.chmod(path, 0o644)
    chance = random.Random(2)
    came: Counter[str] = Counter()
    for position in chance.sample(range(len(sound)), 60):
        data = bytearray(sound)
        data[position] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        refs = written.refs
        for ref, value in true.items():
            try:
                answer = refs.find(ref)
            except UnsupportedError:
                came["refused"] += 1
                continue
            if answer == value:
                came["true"] += 1
                continue
            assert answer == id_of_git(written.root, ref), (position, ref)
            came["as git"] += 1
    assert came["refused"] > came["as git"]
    assert came["true"]
