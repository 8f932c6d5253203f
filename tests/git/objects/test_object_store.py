"""P1: every byte that is read hashes back to its id, or an error names the object."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.support.repositories import (
    Files,
    Repo,
    commit,
    init,
    linked_worktree,
    loose_ids,
    make_bare,
    pack,
    put,
)
from tests.support.thorough import usually
from zenml_pin.base.limits import Limits
from zenml_pin.errors import (
    CommitNotFoundError,
    LimitError,
    NotACommitError,
    ObjectCorruptError,
    ObjectNotFoundError,
    PinError,
)
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects, object_id
from zenml_pin.git.repository import GitRepository

FILES: Files = {
    "trainers": {"__init__.py": "", "step.py": "class A: epochs = 1\n"},
    "README": "read me\n" * 50,
}


class FalseSource:
    """A source that returns the same bytes for every id."""

    label = "a liar"
    object_format = "sha1"
    remedy = ""

    def __init__(self, *copies: tuple[str, bytes]) -> None:
        self._copies = copies

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        yield from self._copies

    def close(self) -> None:
        pass


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_ids_equal_gits(tmp_path: Path, object_format: str) -> None:
    """The hash covers kind, size and content."""
    repo = init(tmp_path / "repo", object_format=object_format)

    assert object_id("blob", b"hello", object_format) == put(repo, "blob", b"hello")


def test_the_known_id_of_the_empty_tree() -> None:
    """It is a constant of git."""
    assert object_id("tree", b"") == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_false_object_is_refused_and_a_later_copy_is_used() -> None:
    """A source need not be trusted: only content that hashes to the id is returned."""
    name = object_id("blob", b"good")
    with pytest.raises(ObjectCorruptError, match="its content has another id") as caught:
        Objects(FalseSource(("blob", b"evil"))).blob(name)
    assert caught.value.object_id == name
    assert caught.value.place == "a liar"

    assert Objects(FalseSource(("blob", b"evil"), ("blob", b"good"))).blob(name) == b"good"


def test_an_object_of_another_kind_is_refused() -> None:
    """A pin with a blob's id does not name a commit."""
    source = MemorySource()
    objects = Objects(source)
    blob, tree = source.add("blob", b"x"), source.add("tree", b"")

    for name, word in ((blob, "blob"), (tree, "tree")):
        with pytest.raises(NotACommitError, match=f"is a {word}, not a commit"):
            objects.get_commit(name)
    with pytest.raises(ObjectCorruptError, match="it is a tree, not a blob"):
        objects.blob(tree)
    assert objects.kind(blob) == "blob"
    assert objects.kind("0" * 40) is None


def test_an_absent_object_is_named() -> None:
    """As in a shallow or a partial clone; the hint says what to do."""
    source = MemorySource(label="/srv/repo")
    objects = Objects(source)

    with pytest.raises(ObjectNotFoundError, match="'/srv/repo'") as missing:
        objects.blob("a" * 40)
    assert "git fetch" in missing.value.hint
    source.remedy = "ask Ada for it"
    with pytest.raises(CommitNotFoundError) as commit_missing:
        objects.get_commit("a" * 40)
    assert (commit_missing.value.searched, commit_missing.value.hint) == (("/srv/repo",), "ask Ada for it")
    assert objects.find_commit("a" * 40) is None


def test_limits_are_the_callers(repo: Repo) -> None:
    """Nothing in the repository can raise them."""
    head = commit(repo, {"big.py": "#" * 5000})
    with GitRepository.open(repo.path, Limits(source=4999)) as repository:
        tree = repository.objects.entries(repository.objects.get_commit(head).tree)
        with pytest.raises(LimitError) as caught:
            repository.objects.blob(tree["big.py"].id)
        assert (caught.value.size, caught.value.limit) == (5000, 4999)
    with (
        GitRepository.open(repo.path, Limits(tree=10)) as repository,
        pytest.raises(LimitError),
    ):
        repository.objects.get_commit(head)


def test_trees_are_kept_within_bounds() -> None:
    """A long audit does not keep every tree of a history in memory."""
    source = MemorySource()
    blob = bytes.fromhex(source.add("blob", b""))
    objects = Objects(source)
    for number in range(2100):
        objects.entries(source.add("tree", b"100644 %d\0" % number + blob))

    assert len(objects._trees) <= 2048


@pytest.mark.parametrize("first_kind", ["blob", "tree", "commit"])
@pytest.mark.parametrize("second_kind", ["blob", "tree", "commit"])
def test_swapped_files_are_found(repo: Repo, first_kind: str, second_kind: str) -> None:
    """Two loose objects are swapped: git does not notice, we do."""
    old = commit(repo, {"step.py": "class A: epochs = 1\n"})
    new = commit(repo, {"step.py": "class A: epochs = 2\n"})
    with GitRepository.open(repo.path) as repository:
        ids = {}
        for head in (old, new):
            tree = repository.objects.get_commit(head).tree
            blob = repository.objects.entries(tree)["step.py"].id
            ids[head] = {"commit": head, "tree": tree, "blob": blob}
    one, two = ids[old][first_kind], ids[new][second_kind]
    os.rename(repo.loose(one), repo.path + ".one")
    os.rename(repo.loose(two), repo.loose(one))
    os.rename(repo.path + ".one", repo.loose(two))

    with GitRepository.open(repo.path) as repository:
        for name in (one, two):
            with pytest.raises(ObjectCorruptError) as caught:
                repository.objects.find_any(name, 10**6)
            assert caught.value.object_id == name


def _flips(data: bytes, step: int) -> Iterator[bytes]:
    for position in range(0, len(data), step):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            yield bytes(flipped)


def _read_all(repo: Repo, expected: dict[str, tuple[str, bytes] | None]) -> int:
    """Read every object; return the number of failures. A wrong byte or a foreign error fails the test."""
    refused = 0
    with GitRepository.open(repo.path) as repository:
        for name, content in expected.items():
            try:
                content_read = repository.objects.find_any(name, 10**6)
            except (ObjectCorruptError, LimitError):
                # A limit is exceeded if the damage is in a size.
                refused += 1
            else:
                # If the ids in an index are damaged, the object is lost.
                assert content_read in (content, None)
                refused += content_read is None
    return refused


def _expected(repo: Repo) -> dict[str, tuple[str, bytes] | None]:
    with GitRepository.open(repo.path) as repository:
        return {name: repository.objects.find_any(name, 10**6) for name in loose_ids(repo)}


@pytest.mark.slow
def test_every_flipped_bit_of_a_loose_object_is_found(repo: Repo) -> None:
    """The bytes are never wrong."""
    head = commit(repo, {"step.py": "class A: epochs = 1\n"})
    path = Path(repo.loose(head))
    good = path.read_bytes()
    os.chmod(path, 0o644)
    expected = {head: _expected(repo)[head]}

    refused = []
    for damaged in _flips(good, 1):
        path.write_bytes(damaged)
        refused.append(_read_all(repo, expected))

    # Some bits of a zlib stream have no meaning.
    assert sum(refused) > 0.9 * len(refused)


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("deltas", [False, True], ids=["whole", "deltas"])
@pytest.mark.parametrize(("suffix", "step"), [(".pack", 11), (".idx", 37)])
def test_flipped_bits_of_a_pack_are_found(repo: Repo, suffix: str, step: int, deltas: bool) -> None:
    """A sample of all bits of pack and index; the slow suite takes more of them."""
    _check_flips(repo, suffix, step, deltas)


@pytest.mark.slow
@pytest.mark.parametrize("deltas", [False, True], ids=["whole", "deltas"])
@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_many_flipped_bits_of_a_pack_are_found(repo: Repo, suffix: str, deltas: bool) -> None:
    """The bits of every seventh byte, or of each."""
    _check_flips(repo, suffix, usually(7, 1), deltas)


def _check_flips(repo: Repo, suffix: str, step: int, deltas: bool) -> None:
    commit(repo, {"step.py": "class A: epochs = 1\n" * 9})
    commit(repo, {"step.py": "class A: epochs = 1\n" * 9 + "class B: pass\n"})
    expected = _expected(repo)
    path = Path(pack(repo, deltas=deltas) + suffix)
    good = path.read_bytes()
    assert _read_all(repo, expected) == 0

    os.chmod(path, 0o644)
    refused = []
    for damaged in _flips(good, step):
        path.write_bytes(damaged)
        refused.append(_read_all(repo, expected))
    assert any(refused)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 60, 200, -21, -20, -1])
@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_a_truncated_pack_is_found(repo: Repo, suffix: str, length: int) -> None:
    """As after a crash or on a full disk."""
    commit(repo, {"step.py": "class A: epochs = 1\n" * 9})
    expected = _expected(repo)
    path = Path(pack(repo) + suffix)
    os.chmod(path, 0o644)
    path.write_bytes(path.read_bytes()[:length])

    assert _read_all(repo, expected) == len(expected)


def test_alternates_are_followed(repo: Repo, tmp_path: Path) -> None:
    """Relative, absolute, chained, in a circle, and to nowhere."""
    head = commit(repo, FILES)
    second = init(tmp_path / "second")
    third = init(tmp_path / "third")
    os.makedirs(os.path.join(second.objects, "info"), exist_ok=True)
    os.makedirs(os.path.join(third.objects, "info"), exist_ok=True)
    Path(second.objects, "info", "alternates").write_text(
        f"# a comment\n\n/nowhere\n{repo.objects}\n{third.objects}\n"
    )
    Path(third.objects, "info", "alternates").write_text("../../../second/.git/objects\n")

    with GitRepository.open(third.path) as repository:
        assert repository.objects.get_commit(head).id == head
        assert repository.source.ids_with_prefix(head[:8]) == {head}
        assert repository.objects.find_commit("f" * 40) is None


@pytest.mark.git
@pytest.mark.parametrize(
    "line", ['"{}"', "{}", '"{}"x', '"{}', '{}"', '"\\057{}"', '"{}\\q"', '# "{}"'], ids=repr
)
def test_alternates_in_quotes_are_followed_as_by_git(repo: Repo, tmp_path: Path, line: str) -> None:
    """git quotes a path with a quote or a line end; incomplete quotes belong to the path."""
    other = init(tmp_path / "other")
    head = commit(other, {"a": "1"})
    Path(repo.objects, "info").mkdir(exist_ok=True)
    Path(repo.objects, "info", "alternates").write_text(line.format(other.objects) + "\n")
    done = subprocess.run(["git", "cat-file", "-e", head], cwd=repo.path, capture_output=True, check=False)

    with GitRepository.open(repo.path) as repository:
        assert (repository.objects.kind(head) == "commit") is (done.returncode == 0)


def test_alternates_that_come_later_are_followed(repo: Repo, tmp_path: Path) -> None:
    """A repository that stays open uses new alternates from then on."""
    other = init(tmp_path / "other")
    first = commit(other, {"a.py": "1\n"})
    pack(other)
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.find_commit(first) is None

        os.makedirs(os.path.join(repo.objects, "info"), exist_ok=True)
        Path(repo.objects, "info", "alternates").write_text(f"{other.objects}\n")

        assert repository.objects.find_commit(first)


def test_an_alternates_file_that_is_hostile_does_no_harm(repo: Repo) -> None:
    """A FIFO, a device, NUL bytes."""
    head = commit(repo, FILES)
    os.makedirs(os.path.join(repo.objects, "info"), exist_ok=True)
    path = Path(repo.objects, "info", "alternates")
    path.write_bytes(b"/tmp\0x\n/dev/zero\n\xff\xfe\n")
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(head).id == head
        assert repository.objects.find_commit("f" * 40) is None
    path.unlink()
    os.mkfifo(path)
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(head).id == head


def test_replacement_refs_and_grafts_are_ignored(repo: Repo) -> None:
    """A pin names its real content."""
    old = commit(repo, {"step.py": "class A: epochs = 1\n"})
    new = commit(repo, {"step.py": "class A: epochs = 2\n"})
    replace = Path(repo.gitdir, "refs", "replace")
    replace.mkdir()
    (replace / old).write_text(new + "\n")
    Path(repo.gitdir, "info").mkdir(exist_ok=True)
    Path(repo.gitdir, "info", "grafts").write_text(f"{new}\n")

    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(old).id == old
        tree = repository.objects.entries(repository.objects.get_commit(old).tree)
        assert repository.objects.blob(tree["step.py"].id) == b"class A: epochs = 1\n"
        assert repository.objects.get_commit(new).parents == (old,)


STORAGES = ["loose", "packed", "bare", "linked worktree", "sha256"]


@pytest.mark.parametrize("storage", STORAGES)
def test_a_commit_reads_the_same_in_every_storage(tmp_path: Path, storage: str) -> None:
    """Loose, packed, bare, in a linked worktree, in a sha256 repository."""
    repo = init(tmp_path / "repo", object_format="sha256" if storage == "sha256" else "sha1")
    head = commit(repo, FILES)
    if storage == "packed":
        pack(repo)
    elif storage == "bare":
        repo = make_bare(repo, tmp_path / "bare.git")
    elif storage == "linked worktree":
        repo = linked_worktree(repo, tmp_path / "linked")

    with GitRepository.open(repo.path) as repository:
        head_commit = repository.head_commit()
        assert head_commit is not None
        assert head_commit.id == head
        tree = repository.objects.entries(head_commit.tree)
        inner = repository.objects.entries(tree["trainers"].id)
        assert repository.objects.blob(inner["step.py"].id) == b"class A: epochs = 1\n"


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_sixteen_threads_read_one_repository(repo: Repo, packed: bool) -> None:
    """P4: each thread gets the right bytes, while packs come and go."""
    for number in range(30):
        commit(repo, {f"{number}.py": f"x = {number}\n" * 50})
    expected = _expected(repo)
    names = sorted(expected)
    if packed:
        for start in range(0, len(names), 5):
            pack(repo, names[start : start + 5])
    failures: list[BaseException] = []
    barrier = Barrier(16)

    def read(repository: GitRepository, shift: int) -> None:
        barrier.wait()
        try:
            for name in names[shift:] + names[:shift]:
                assert repository.objects.find_any(name, 10**6) == expected[name]
        except BaseException as error:
            failures.append(error)

    with GitRepository.open(repo.path) as repository:
        threads = [Thread(target=read, args=(repository, shift)) for shift in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert failures == []


def test_reading_changes_nothing_on_disk(repo: Repo) -> None:
    """P2, for everything in git/: no byte and no time changes."""
    from tests.support.repositories import snapshot

    head = commit(repo, FILES)
    pack(repo)
    commit(repo, {"other.py": ""})
    before = snapshot(repo.path)
    with GitRepository.open(repo.path) as repository:
        repository.objects.get_commit(head)
        repository.refs.all()
        repository.source.ids_with_prefix(head[:4])

    assert snapshot(repo.path) == before


def test_a_read_only_repository_is_read(repo: Repo) -> None:
    """P8: from a read-only disk."""
    head = commit(repo, FILES)
    pack(repo)
    for folder, _, names in os.walk(repo.path):
        for name in names:
            os.chmod(os.path.join(folder, name), 0o444)
        os.chmod(folder, 0o555)
    try:
        with GitRepository.open(repo.path) as repository:
            assert repository.objects.get_commit(head).id == head
    finally:
        for folder, _, _ in os.walk(repo.path):
            os.chmod(folder, 0o755)


def test_ids_of_another_length_are_not_found(repo: Repo) -> None:
    """A sha256 id in a sha1 repository, packed or not."""
    commit(repo, FILES)
    for _ in range(2):
        with GitRepository.open(repo.path) as repository:
            assert repository.objects.find_commit("a" * 64) is None
        if loose_ids(repo):
            pack(repo)


def test_a_vanished_repository_is_an_error_of_ours(repo: Repo) -> None:
    """Deleted while it was open."""
    head = commit(repo, FILES)
    with GitRepository.open(repo.path) as repository:
        shutil.rmtree(repo.path)
        with pytest.raises(PinError):
            repository.objects.get_commit(head)
