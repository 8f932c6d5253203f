"""The reader of reftables against git, over repositories that git wrote."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

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
def made(request: pytest.FixtureRequest, tmp_path: Path) -> ByGit:
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
def test_a_long_name_ends_nothing(made: ByGit, length: int) -> None:
    """The length of what a name does not share with the one before it takes more than one byte from 16 on."""
    made.create("refs/heads/b", f"refs/heads/{'c' * length}", "refs/heads/d", "refs/tags/v1")

    assert len(assert_as_git(made.root)) == 5


@pytest.mark.parametrize("count", [10, 100, 150, 151, 300, 600, 3000])
def test_refs_in_many_blocks(made: ByGit, count: int) -> None:
    """With and without an index, in one table and in two."""
    made.create(*(f"refs/heads/b{number:05}" for number in range(count)), LONG)
    assert len(assert_as_git(made.root, "refs/heads/b", "refs/heads/zzz", "refs/none")) == count + 2

    made.git("pack-refs", "--all")
    assert len(assert_as_git(made.root, "refs/heads/a", "refs/zzz")) == count + 2


@pytest.mark.parametrize(("size", "interval"), [(256, 1), (512, 16), (700, 3), (4096, 128), (65536, 2)])
def test_every_size_of_blocks(made: ByGit, size: int, interval: int) -> None:
    """Small blocks give indexes of several levels."""
    made.git("config", "reftable.blockSize", str(size))
    made.git("config", "reftable.restartInterval", str(interval))
    made.create(*(f"refs/heads/group-{number % 7}/name-{number}" for number in range(1200)))
    made.git("pack-refs", "--all")

    assert_as_git(made.root, "refs/heads/group", "refs/heads/group-3/name-", "refs/heads/group-6/z")


def test_blocks_without_an_object_index(made: ByGit) -> None:
    """What follows the refs is then the logs."""
    made.git("config", "reftable.indexObjects", "false")
    made.create(*(f"refs/heads/{number:04}" for number in range(700)))
    made.git("pack-refs", "--all")

    assert_as_git(made.root)


def test_deletions_in_newer_tables(made: ByGit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tables side by side, as git leaves them where it may not compact."""
    monkeypatch.setenv("GIT_TEST_REFTABLE_AUTOCOMPACTION", "false")
    names = [f"refs/tags/v{number:03}" for number in range(400)]
    made.create(*names)
    for number in range(30):
        made.update([f"delete {names[number * 11]}", f"update {names[number * 11 + 1]} {made.commits[1]}"])
    made.create(names[0], names[11], at=1)

    assert len(_tables(made)) > 30
    assert len(assert_as_git(made.root, *names[:40])) == 373
    made.git("pack-refs", "--all")
    assert len(_tables(made)) == 1
    assert len(assert_as_git(made.root, *names[:40])) == 373


def test_annotated_tags(made: ByGit) -> None:
    """A table has a tag's id and the id of what it leads to; the ref is the first."""
    made.git("tag", "-a", "-m", "one", "v1")
    made.git("tag", "-a", "-m", "of a tag", "v2", "v1")
    made.create("refs/tags/v0", "refs/tags/v3")

    assert_as_git(made.root)
    with GitRepository.open(made.root) as repository:
        assert resolve_revision(repository, "v2") == made.commits[-1]


def test_symbolic_refs(made: ByGit) -> None:
    """Chains, dangling ones, circles, and a detached HEAD."""
    made.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    made.git("symbolic-ref", "refs/heads/alias2", "refs/heads/alias")
    made.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/" + "x" * 200)
    assert_as_git(made.root, "refs/remotes/origin/HEAD", "refs/heads/alias2")

    made.git("checkout", "-q", "--detach", "HEAD~1")
    assert_as_git(made.root)
    assert Refs(get_layout(made.root)).head() == made.commits[0]
    made.git("symbolic-ref", "HEAD", "refs/heads/none")
    assert_as_git(made.root)


def test_pseudorefs(made: ByGit) -> None:
    """FETCH_HEAD and MERGE_HEAD are files, others are in tables."""
    made.git("fetch", "-q", ".", "main")
    made.git("reset", "-q", "--soft", "HEAD~1")
    Path(made.root, ".git", "MERGE_HEAD").write_text(made.commits[1] + "\n")

    assert_as_git(made.root, "FETCH_HEAD", "MERGE_HEAD", "ORIG_HEAD", "CHERRY_PICK_HEAD")
    assert Refs(get_layout(made.root)).find("FETCH_HEAD") == made.commits[1]
    assert Refs(get_layout(made.root)).find("ORIG_HEAD") == made.commits[1]


def test_each_worktree_has_refs_of_its_own(made: ByGit, tmp_path: Path) -> None:
    """HEAD, ORIG_HEAD, FETCH_HEAD, refs/worktree, refs/bisect and refs/rewritten, in both directions."""
    linked = str(tmp_path / "linked")
    made.git("worktree", "add", "-q", "-b", "other", linked, made.commits[0])
    own = ["refs/worktree/mine", "refs/bisect/bad", "refs/rewritten/x"]
    made.create(*own)
    made.git("reset", "-q", "--soft", "HEAD~1")
    names = [*own, "refs/worktree/theirs", "ORIG_HEAD", "FETCH_HEAD", "refs/heads/other"]
    assert_as_git(made.root, *names)
    assert_as_git(linked, *names)

    run_git("update-ref", "refs/worktree/theirs", made.commits[1], cwd=linked)
    run_git("fetch", "-q", ".", "main", cwd=linked)
    run_git("commit", "-q", "--allow-empty", "-m", "there", cwd=linked)
    assert_as_git(made.root, *names)
    assert_as_git(linked, *names)
    assert branch_of_git(linked) == "refs/heads/other"


def test_refs_that_are_migrated(made: ByGit) -> None:
    """To files and back."""
    made.create(*(f"refs/heads/{number:04}" for number in range(300)), LONG)
    made.git("tag", "-a", "-m", "one", "v1")
    before = assert_as_git(made.root)
    for storage in ("files", "reftable"):
        made.git("refs", "migrate", f"--ref-format={storage}")
        assert get_layout(made.root).ref_storage == storage
        assert assert_as_git(made.root) == before


def test_names_that_are_not_ascii(made: ByGit) -> None:
    """Bytes as they are."""
    made.create("refs/heads/ünïcode", "refs/heads/日本/語", "refs/heads/a+b=c,d@e!f")

    assert_as_git(made.root)


def test_a_new_head_beside_a_long_branch_is_seen(tmp_path: Path) -> None:
    """The folder is never called clean against an older HEAD, whatever git compacted."""
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
    """A replacement of HEAD is not committed content."""
    repo = make_by_git(str(tmp_path))
    repo.create(*(f"refs/remotes/origin/{number:03}" for number in range(300)))
    repo.git("replace", "HEAD", "HEAD~1")

    (judgement,) = judge(repo.root, ("",))
    assert not judgement.status.clean
    assert "replaced" in judgement.status.changes[0].reason


def test_thousands_of_random_refs_in_random_tables(made: ByGit) -> None:
    """Whatever git makes of them, step by step."""
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
        made.update(
            [*(f"create {name} {made.commits[0]}" for name in fresh), *(f"delete {name}" for name in gone)]
        )
        names = [*(name for name in names if name not in gone), *sorted(fresh)]
        if chance.random() < 0.1:
            made.git("pack-refs")
        assert len(assert_as_git(made.root, *gone[:5])) == len(names) + 1


COMMITTING = """
import subprocess, sys
for number in range(80):
    subprocess.run(["git", "-c", "maintenance.auto=false", "update-ref", "refs/heads/main", sys.argv[1 + number % 2]])
"""


def test_tables_that_are_replaced_meanwhile(tmp_path: Path) -> None:
    """Every answer is one of the two that were true."""
    repo = make_by_git(str(tmp_path))
    repo.create(*(f"refs/heads/{number:04}" for number in range(200)))
    writer = subprocess.Popen([sys.executable, "-c", COMMITTING, *repo.commits], cwd=repo.root)
    reads = 0
    while writer.poll() is None:
        assert Refs(get_layout(repo.root)).head() in repo.commits
        assert len(Refs(get_layout(repo.root)).all()) == 201
        reads += 1
    assert writer.wait() == 0
    assert reads > 10
    assert_as_git(repo.root)


def test_a_missing_table_is_named(made: ByGit) -> None:
    """The refs that are left are not all; git refuses too."""
    made.create(*(f"refs/heads/{number:04}" for number in range(200)))
    os.remove(Path(made.root, ".git", "reftable", _tables(made)[0]))

    with pytest.raises(UnsupportedError, match=r"reftable '.*\.ref' is missing"):
        Refs(get_layout(made.root)).head()


def test_a_damaged_table_gives_no_wrong_ref(made: ByGit) -> None:
    """A bit changed anywhere: an error of ours, the true value, or git's own; blocks have no checksum."""
    made.create(*(f"refs/heads/b{number:02}" for number in range(12)), LONG)
    made.git("tag", "-a", "-m", "one", "v1")
    made.git("pack-refs", "--all")
    (name,) = _tables(made)
    path = Path(made.root, ".git", "reftable", name)
    sound = path.read_bytes()
    true = {**refs_of_git(made.root), "HEAD": made.commits[-1]}
    os.chmod(path, 0o644)
    chance = random.Random(2)
    came: Counter[str] = Counter()
    for position in chance.sample(range(len(sound)), 60):
        data = bytearray(sound)
        data[position] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        refs = made.refs
        for ref, value in true.items():
            try:
                answer = refs.find(ref)
            except UnsupportedError:
                came["refused"] += 1
                continue
            if answer == value:
                came["true"] += 1
                continue
            assert answer == id_of_git(made.root, ref), (position, ref)
            came["as git"] += 1
    assert came["refused"] > came["as git"]
    assert came["true"]
