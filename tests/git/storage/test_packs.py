"""Packs: deltas, many packs, damaged packs, and packs that are made to do harm."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import shutil
import subprocess
import sys
import weakref
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.support.call_limit import at_most
from tests.support.git.malformed_packs import JUNK_PACKS, MALFORMED_PACKS
from tests.support.git.pack_bytes import (
    BLOB,
    ID_DELTA,
    OFFSET_DELTA,
    Record,
    blob_id,
    copy,
    delta,
    insert,
    write_pack,
)
from tests.support.repositories import Repo, commit, git, init, listing, loose_ids, pack, put
from zenml_pin.base.limits import Limits
from zenml_pin.errors import LimitError, ObjectCorruptError, ObjectNotFoundError, PinError
from zenml_pin.git.any_repository import CombinedSource
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects, object_id
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.storage import DiskSource
from zenml_pin.git.storage.pack_file import PackFile
from zenml_pin.git.storage.packs import PackFolder

BASE = b"".join(b"line %d\n" % number for number in range(1000))


def _objects(repo: Repo, limits: Limits | None = None) -> Objects:
    source = DiskSource(repo.objects, repo.object_format, repo.path)
    return Objects(source, limits or Limits())


def _blob(repo: Repo, name: str, limits: Limits | None = None) -> bytes:
    objects = _objects(repo, limits)
    try:
        return objects.blob(name)
    finally:
        objects.source.close()


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("deltas", [False, True], ids=["whole", "deltas"])
def test_a_packed_repository_reads_as_the_loose_one(tmp_path: Path, object_format: str, deltas: bool) -> None:
    """Every object, whatever its kind and position."""
    repo = init(tmp_path / "repo", object_format=object_format)
    contents = [BASE + b"%d" % number for number in range(20)]
    for number, content in enumerate(contents):
        commit(repo, {"big.txt": content, f"{number}.py": "x = 1\n"})
    ids = loose_ids(repo)
    objects = _objects(repo)
    before = {name: objects.find_any(name, 10**6) for name in ids}
    pack(repo, deltas=deltas)
    objects = _objects(repo)

    assert {name: objects.find_any(name, 10**6) for name in ids} == before
    assert None not in before.values()
    objects.source.close()


@pytest.mark.parametrize("version", [1, 2])
def test_deltas_of_both_kinds_resolve(repo: Repo, version: int) -> None:
    """By offset and by id, and a chain of them; under both versions of the index."""
    second = BASE + b"second"
    third = BASE[:100] + b"third"
    records = [
        Record(blob_id(BASE), BLOB, BASE),
        Record(
            blob_id(second),
            OFFSET_DELTA,
            delta(len(BASE), len(second), copy(0, len(BASE)), insert(b"second")),
            0,
        ),
        Record(
            blob_id(third),
            ID_DELTA,
            delta(len(second), len(third), copy(0, 100), insert(b"third")),
            blob_id(second),
        ),
    ]
    write_pack(repo.objects, records, version=version)

    assert _blob(repo, blob_id(second)) == second
    assert _blob(repo, blob_id(third)) == third
    assert _blob(repo, blob_id(BASE)) == BASE


def test_a_long_chain_of_deltas_resolves(repo: Repo) -> None:
    """Four hundred links, more than git ever writes."""
    contents = [BASE + b"%03d" % number for number in range(400)]
    records = [Record(blob_id(contents[0]), BLOB, contents[0])]
    records += [
        Record(
            blob_id(content),
            OFFSET_DELTA,
            delta(len(content), len(content), copy(0, len(BASE)), insert(content[-3:])),
            number,
        )
        for number, content in enumerate(contents[1:])
    ]
    write_pack(repo.objects, records)

    assert _blob(repo, blob_id(contents[-1])) == contents[-1]


def test_a_delta_bomb_is_refused_before_it_is_inflated(repo: Repo) -> None:
    """A few hundred bytes ask for 10 GiB: the delta's own header says so."""
    huge = 10 * 2**30
    records = [
        Record(blob_id(BASE), BLOB, BASE),
        Record("b" * 40, OFFSET_DELTA, delta(len(BASE), huge, copy(0, 100)), 0),
    ]
    write_pack(repo.objects, records)

    with pytest.raises(LimitError) as caught:
        _blob(repo, "b" * 40)
    assert caught.value.size == huge


def test_a_bomb_in_the_middle_of_a_chain_is_refused(repo: Repo) -> None:
    """The sizes of intermediate objects count too."""
    huge = 10 * 2**30
    small = b"small"
    records = [
        Record(blob_id(BASE), BLOB, BASE),
        Record("b" * 40, OFFSET_DELTA, delta(len(BASE), huge, copy(0, 100)), 0),
        Record(blob_id(small), OFFSET_DELTA, delta(huge, len(small), insert(small)), 1),
    ]
    write_pack(repo.objects, records)

    with pytest.raises(LimitError):
        _blob(repo, blob_id(small))


def test_a_chain_that_inflates_to_too_much_is_refused(repo: Repo) -> None:
    """A few KB with small links, but so many that building each from the last takes hours; also on a second read."""
    size, links = 2**22, 300
    content, small = bytes(size), b"small"
    same = delta(size, size, *[copy(0, 2**15)] * (size // 2**15))
    records = [Record(blob_id(content), BLOB, content)]
    records += [Record(f"{number:040x}", OFFSET_DELTA, same, number) for number in range(links)]
    records += [Record(blob_id(small), OFFSET_DELTA, delta(size, len(small), insert(small)), links)]
    write_pack(repo.objects, records)

    with GitRepository.open(repo.path) as repository:
        for _ in range(2):
            with pytest.raises(LimitError, match=r"^the delta chain of object") as caught:
                repository.objects.blob(blob_id(small))
            assert caught.value.size > links * size > caught.value.limit == 2**30


def test_small_deltas_of_an_object_that_was_just_built_are_read_and_limited(repo: Repo) -> None:
    """A neighbour in the history is one; a bomb is refused there too, and so is a result over the limit."""
    one, two, huge = b"x" * 300, b"y" + b"x" * 299, 10 * 2**30
    records = [
        Record(blob_id(BASE), BLOB, BASE),
        Record(blob_id(one), OFFSET_DELTA, delta(len(BASE), 300, *[insert(b"x" * 100)] * 3), 0),
        Record(blob_id(two), OFFSET_DELTA, delta(300, 300, insert(b"y"), copy(0, 255), copy(0, 44)), 1),
        Record("b" * 40, OFFSET_DELTA, delta(300, huge, copy(0, 100)), 1),
        Record("c" * 40, OFFSET_DELTA, delta(300, 300, copy(0, 100)), 1),
    ]
    write_pack(repo.objects, records)

    with GitRepository.open(repo.path) as repository:
        assert repository.objects.blob(blob_id(one)) == one
        with pytest.raises(LimitError):
            repository.objects.get(blob_id(two), "blob", 299)
        assert repository.objects.blob(blob_id(two)) == two
        with pytest.raises(LimitError) as caught:
            repository.objects.blob("b" * 40)
        assert caught.value.size == huge
        with pytest.raises(ObjectCorruptError):
            repository.objects.blob("c" * 40)


def test_a_limit_holds_for_what_was_a_link_of_another_chain(repo: Repo) -> None:
    """A link may be larger than its result, and is still refused when it is read itself."""
    content, small = bytes(5000), b"small"
    records = [
        Record(blob_id(content), BLOB, content),
        Record(blob_id(small), OFFSET_DELTA, delta(5000, len(small), insert(small)), 0),
    ]
    write_pack(repo.objects, records)
    with GitRepository.open(repo.path, Limits(source=4999)) as repository:
        assert repository.objects.blob(blob_id(small)) == small
        with pytest.raises(LimitError):
            repository.objects.blob(blob_id(content))


def test_a_blob_over_the_limit_is_refused_by_its_header(repo: Repo) -> None:
    """It is read if the caller allows it."""
    content = bytes(5000)
    write_pack(repo.objects, [Record(blob_id(content), BLOB, content)])

    with pytest.raises(LimitError) as caught:
        _blob(repo, blob_id(content), Limits(source=4999))
    assert (caught.value.size, caught.value.limit) == (5000, 4999)
    assert _blob(repo, blob_id(content), Limits(source=5000)) == content


def test_a_limit_holds_for_what_was_read_before_under_a_larger_one(repo: Repo) -> None:
    """Checked sizes are remembered, but each read has its own limit."""
    content = bytes(5000)
    write_pack(repo.objects, [Record(blob_id(content), BLOB, content)])
    objects = _objects(repo)
    assert objects.find_any(blob_id(content), 5000) == ("blob", content)

    with pytest.raises(LimitError):
        objects.find_any(blob_id(content), 4999)
    objects.source.close()


@pytest.mark.parametrize("records", MALFORMED_PACKS.values(), ids=MALFORMED_PACKS)
def test_a_malformed_pack_is_an_error_at_once(repo: Repo, records: list[Record]) -> None:
    """Deltas in a circle, without a base, or with wrong sizes: one error, with the id."""
    write_pack(repo.objects, records)

    with at_most(calls=100_000), pytest.raises(ObjectCorruptError) as caught:
        _blob(repo, "b" * 40)
    assert caught.value.object_id == "b" * 40


def test_an_index_with_a_wrong_offset_gives_no_false_object(repo: Repo) -> None:
    """It gives one object's offset for another's id: the hash shows it."""
    good, evil = b"x = 'good'\n", b"x = 'evil'\n"
    write_pack(repo.objects, [Record(blob_id(good), BLOB, evil)])

    with pytest.raises(ObjectCorruptError, match="its content has another id"):
        _blob(repo, blob_id(good))


def test_a_damaged_copy_does_not_hide_a_good_one(repo: Repo) -> None:
    """A damaged loose copy and a good packed one, or the other way round, or both in packs."""
    good, evil = b"x = 'good'\n", b"x = 'evil'\n"
    write_pack(repo.objects, [Record(blob_id(good), BLOB, evil)], name="evil")
    write_pack(repo.objects, [Record(blob_id(good), BLOB, good)], name="good")
    assert _blob(repo, blob_id(good)) == good

    put(repo, "blob", good)
    os.chmod(repo.loose(blob_id(good)), 0o644)
    Path(repo.loose(blob_id(good))).write_bytes(b"damaged")
    assert _blob(repo, blob_id(good)) == good


@pytest.mark.parametrize(("data", "index"), JUNK_PACKS.values(), ids=JUNK_PACKS)
def test_a_junk_pack_beside_a_good_one_does_no_harm(repo: Repo, data: bytes, index: bytes) -> None:
    """The objects of the good pack are read."""
    head = commit(repo, {"step.py": "x = 1\n"})
    pack(repo)
    junk = os.path.join(repo.objects, "pack", "pack-" + "0" * 40)
    Path(junk + ".pack").write_bytes(data)
    Path(junk + ".idx").write_bytes(index)

    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(head).id == head
        assert repository.source.ids_with_prefix(head[:8]) == {head}
        with pytest.raises(PinError):
            repository.objects.get_commit("f" * 40)


def test_ids_in_a_pack_are_known_even_if_its_index_is_wrong(repo: Repo) -> None:
    """As for git: a short id must not look unique if it is not."""
    stem = write_pack(repo.objects, [Record(blob_id(BASE), BLOB, BASE)])
    data = Path(stem + ".pack").read_bytes()
    Path(stem + ".pack").write_bytes(data[:-20] + bytes(20))

    with GitRepository.open(repo.path) as repository:
        assert repository.source.ids_with_prefix(blob_id(BASE)[:8]) == {blob_id(BASE)}
        with pytest.raises(ObjectCorruptError):
            repository.objects.blob(blob_id(BASE))


def test_a_fifo_in_the_place_of_a_pack_does_not_hang(repo: Repo) -> None:
    """Nor does one in the place of its index."""
    head = commit(repo, {"step.py": "x = 1\n"})
    stem = pack(repo)
    other = os.path.join(repo.objects, "pack", "pack-" + "0" * 40)
    for suffix in (".pack", ".idx"):
        os.mkfifo(other + suffix)

    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(head).id == head
        os.remove(other + ".idx")
        shutil.copy(stem + ".idx", other + ".idx")
        assert repository.objects.find_commit(head) is not None


@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_a_pack_that_is_cut_while_it_is_open_is_an_error(repo: Repo, suffix: str) -> None:
    """Were it mapped into memory, reading beyond its new end would kill the process. (What was read before counts.)"""
    head = commit(repo, {"step.py": "x = 1\n" * 5000, "data.txt": os.urandom(90000)})
    stem = pack(repo)
    objects = _objects(repo)
    tree = objects.entries(objects.get_commit(head).tree)
    os.chmod(stem + suffix, 0o644)
    os.truncate(stem + suffix, 20)

    with pytest.raises((ObjectCorruptError, ObjectNotFoundError)):
        objects.blob(tree["data.txt"].id)
    objects.source.close()


def test_a_pack_whose_files_others_have_closed_is_opened_again(repo: Repo) -> None:
    """Loaded code may close all open files of its process."""
    head = commit(repo, {"step.py": "x = 1\n"})
    pack(repo)
    objects = _objects(repo)
    tree = objects.entries(objects.get_commit(head).tree)
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{entry}").endswith((".pack", ".idx")):
                os.close(int(entry))

    assert objects.blob(tree["step.py"].id) == b"x = 1\n"
    objects.source.close()


def test_a_pack_without_an_index_is_ignored(repo: Repo) -> None:
    """This happens while a fetch is running."""
    head = commit(repo, {"step.py": "x = 1\n"})
    stem = pack(repo)
    os.remove(stem + ".idx")

    assert _objects(repo).find_commit(head) is None


def test_a_damaged_object_does_not_affect_others(repo: Repo) -> None:
    """After a failed read, an absent object is absent, not damaged, and a good one is read."""
    good = b"good"
    write_pack(repo.objects, [Record("b" * 40, 5, b"x"), Record(blob_id(good), BLOB, good)])
    objects = _objects(repo)
    with pytest.raises(ObjectCorruptError):
        objects.blob("b" * 40)

    with pytest.raises(ObjectNotFoundError):
        objects.blob("c" * 40)
    assert objects.blob(blob_id(good)) == good
    objects.source.close()


@pytest.mark.slow
def test_sixty_packs_are_read_with_few_file_descriptors(repo: Repo) -> None:
    """macOS has a limit of 256, and this is far below."""
    ids = []
    for number in range(60):
        content = b"x = %d\n" % number
        write_pack(repo.objects, [Record(blob_id(content), BLOB, content)], name=str(number))
        ids.append(blob_id(content))
    script = (
        "import resource, sys\n"
        "from zenml_pin.git.repository import GitRepository\n"
        "for limit in (256, 40):\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, 4096 if limit == 256 else limit))\n"
        "    with GitRepository.open(sys.argv[1]) as repository:\n"
        "        for name in sys.argv[2:] * 2:\n"
        "            assert repository.objects.blob(name).startswith(b'x = ')\n"
        "        assert repository.objects.find_commit('f' * 40) is None\n"
        "        assert len(repository.source.ids_with_prefix(sys.argv[2][:8])) == 1\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, repo.path, *ids], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_two_hundred_packed_repositories_share_few_file_descriptors(tmp_path: Path) -> None:
    """All are attached in one process, as in an audit: open packs are counted for the process."""
    ids = []
    for number in range(200):
        repo = init(tmp_path / str(number), bare=True)
        ids.append(commit(repo, {"step.py": f"VALUE = {number}\n"}))
        pack(repo)
    script = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
        "import zenml_pin\n"
        "for number, name in enumerate(sys.argv[2:]):\n"
        "    zenml_pin.attach(os.path.join(sys.argv[1], str(number)))\n"
        "for number, name in enumerate(sys.argv[2:]):\n"
        "    repo = os.path.join(sys.argv[1], str(number))\n"
        "    assert zenml_pin.import_module('step', name, repo=repo).VALUE == number\n"
        "assert len(os.listdir('/proc/self/fd')) < 100\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path), *ids],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_threads_read_many_repositories_at_once(tmp_path: Path) -> None:
    """A pack that is closed in favour of another repository's pack is not closed during a read."""
    sources = []
    for number in range(24):
        repo = init(tmp_path / str(number), bare=True)
        content = BASE + b"%d" % number
        write_pack(repo.objects, [Record(blob_id(content), BLOB, content)])
        sources.append((_objects(repo), content))
    failures: list[BaseException] = []

    def read(start: int) -> None:
        try:
            for step in range(200):
                objects, content = sources[(start + step * (2 * start + 1)) % 24]
                assert objects.blob(blob_id(content)) == content
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=read, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    # Of 24 packs not all are open.
    assert len(open_below(tmp_path)) < 24
    for objects, _ in sources:
        objects.source.close()


def open_below(folder: Path) -> list[str]:
    """Return the files below a folder that this process has open."""
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except FileNotFoundError:
            # The descriptor of the listing itself.
            continue
    return [link for link in links if link.startswith(f"{folder}/")]


@pytest.mark.slow
def test_fork_while_another_thread_reads_leaves_the_child_able_to(repo: Repo) -> None:
    """The child never inherits a lock whose owner does not exist there."""
    head = commit(repo, {"step.py": "x = 1\n"})
    pack(repo)
    script = (
        "import os, sys, threading\n"
        "from zenml_pin.git.repository import GitRepository\n"
        "repository = GitRepository.open(sys.argv[1])\n"
        # Everything needed is imported now: an import that a fork interrupts is Python's own problem.
        "repository.objects.get_commit(sys.argv[2])\n"
        "def read():\n"
        "    while not done.is_set():\n"
        "        repository.objects.get_commit(sys.argv[2])\n"
        "done = threading.Event()\n"
        "threading.Thread(target=read).start()\n"
        "for _ in range(50):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        GitRepository.open(sys.argv[1]).objects.get_commit(sys.argv[2])\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "done.set()\n"
        "repository.close()\n"
    )

    done = subprocess.run([sys.executable, "-c", script, repo.path, head], capture_output=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_closing_frees_the_memory(repo: Repo) -> None:
    """At once, without garbage collection: an audit opens hundreds of packs, and each takes megabytes."""
    write_pack(repo.objects, [Record(blob_id(BASE), BLOB, BASE)])
    folder = PackFolder(repo.objects, "sha1")
    gc.disable()
    try:
        assert next(folder.copies(blob_id(BASE), len(BASE), [])) == ("blob", BASE)
        (opened,) = map(weakref.ref, folder.open_packs())

        folder.close()

        assert opened() is None
    finally:
        gc.enable()


def test_closing_releases_every_file(repo: Repo) -> None:
    """A later read opens them again."""
    head = commit(repo, {"step.py": "x = 1\n"})
    pack(repo)
    before = set(os.listdir("/proc/self/fd"))
    repository = GitRepository.open(repo.path)
    assert repository.objects.get_commit(head).id == head
    repository.close()
    repository.close()

    assert set(os.listdir("/proc/self/fd")) == before
    assert repository.objects.kind(head) == "commit"
    repository.close()


@pytest.mark.git
def test_packs_that_git_made_are_read(repo: Repo) -> None:
    """Aggressive deltas, bitmaps, a multi-pack index, a commit graph, a reverse index."""
    for number in range(15):
        commit(repo, {"big.txt": BASE + b"%d" % number, "d": {f"{number}.py": "x = 1\n"}})
    ids = loose_ids(repo)
    expected = {name: _objects(repo).find_any(name, 10**6) for name in ids}
    git("repack", "-a", "-d", "-q", "-f", "--depth=50", "--window=50", "--write-bitmap-index", cwd=repo.path)
    git("multi-pack-index", "write", cwd=repo.path)
    git("commit-graph", "write", "--reachable", cwd=repo.path)
    assert loose_ids(repo) == []
    objects = _objects(repo)

    assert {name: objects.find_any(name, 10**6) for name in ids} == expected
    objects.source.close()


@pytest.mark.quick(every=2)
@pytest.mark.git
@pytest.mark.parametrize("index_version", [1, 2])
def test_every_object_is_the_one_that_git_shows(repo: Repo, index_version: int) -> None:
    """Deltas of deltas, by offset and by id, in any order of reading; git's own reader is the judge."""
    chance = random.Random(index_version)
    lines = [b"line %d of a module that changes often\n" % number for number in range(400)]
    for number in range(60):
        lines[chance.randrange(len(lines))] = b"%d\n" % number
        del lines[chance.randrange(len(lines))]
        commit(repo, {"big.py": b"".join(lines), "d": {f"{number % 7}.py": f"x = {number}\n"}})
    offsets = "false" if index_version == 1 else "true"
    git(
        "-c",
        f"repack.useDeltaBaseOffset={offsets}",
        "-c",
        f"pack.indexVersion={index_version}",
        *("repack", "-a", "-d", "-q", "-F", "--depth=40", "--window=40"),
        cwd=repo.path,
    )
    listed = git("cat-file", "--batch-all-objects", "--batch-check", cwd=repo.path).split("\n")
    kinds = dict(line.split(" ")[:2] for line in listed if line)
    ids = list(kinds) * 2
    chance.shuffle(ids)

    objects = _objects(repo)

    assert len(kinds) > 200
    for name in ids:
        # The ids are hashes, so equal ids mean equal content.
        kind, content = objects.find_any(name, 10**6) or ("", b"")
        assert (kind, object_id(kind, content)) == (kinds[name], name)
    objects.source.close()


@pytest.mark.git
def test_reads_go_on_while_git_repacks(repo: Repo) -> None:
    """Between two reads of an open repository every object moves, twice."""
    heads = [commit(repo, {"big.txt": BASE + b"%d" % number}) for number in range(5)]
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(heads[0]).id == heads[0]
        git("gc", "-q", "--prune=now", cwd=repo.path)
        assert loose_ids(repo) == []
        assert repository.objects.get_commit(heads[1]).id == heads[1]
        git("repack", "-a", "-d", "-q", "-F", "--window=2", cwd=repo.path)
        commit(repo, {"other.txt": "x"})
        git("repack", "-a", "-d", "-q", cwd=repo.path)
        for head in heads:
            _, name = listing(repo, head)["big.txt"]
            assert repository.objects.get_commit(head).id == head
            assert repository.objects.blob(name).startswith(BASE)


def test_reads_go_on_while_dulwich_repacks(repo: Repo) -> None:
    """The same without git."""
    heads = [commit(repo, {"big.txt": BASE + b"%d" % number}) for number in range(5)]
    first = pack(repo)
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.get_commit(heads[0]).id == heads[0]
        head = commit(repo, {"other.txt": "x"})
        pack(repo)
        os.rename(first + ".pack", os.path.join(repo.objects, "pack", "pack-" + "1" * 40 + ".pack"))
        os.rename(first + ".idx", os.path.join(repo.objects, "pack", "pack-" + "1" * 40 + ".idx"))
        for each in [head, *heads]:
            assert repository.objects.get_commit(each).id == each


def test_a_read_goes_on_where_another_thread_has_listed_the_new_packs(repo: Repo, tmp_path: Path) -> None:
    """It compares the packs with those that it tried, not with those that were listed last."""
    blob = put(repo, "blob", b"moved\n")
    other = init(tmp_path / "other")
    put(other, "blob", b"moved\n")
    pack(other)
    Path(repo.objects, "info", "alternates").write_text(f"{other.objects}\n")
    stem = pack(repo)
    source = DiskSource(repo.objects, repo.object_format, repo.path)
    source.packs_stamp()
    for suffix in (".pack", ".idx"):
        os.rename(stem + suffix, os.path.join(repo.objects, "pack", "pack-" + "1" * 40 + suffix))

    copies = source.copies(blob, 100)
    from_alternate = next(copies)
    source.packs_stamp()

    assert from_alternate == ("blob", b"moved\n")
    assert list(copies) == [("blob", b"moved\n")] * 2
    source.close()


def test_a_short_id_is_found_after_a_repack(repo: Repo) -> None:
    """Of an object that was loose before, in a repository that stays open; a new one is found too."""
    first = put(repo, "blob", b"first\n")
    pack(repo)
    with GitRepository.open(repo.path) as repository:
        assert repository.ids_with_prefix(first[:8]) == {first}
        second = put(repo, "blob", b"second\n")
        pack(repo)

        assert loose_ids(repo) == []
        assert repository.ids_with_prefix(first[:8]) == {first}
        assert repository.ids_with_prefix(second[:8]) == {second}


@pytest.mark.git
@pytest.mark.slow
def test_threads_read_on_while_git_repacks_without_end(repo: Repo) -> None:
    """Twenty repacks under eight threads: no read fails, and no read is wrong."""
    heads = [commit(repo, {"big.txt": BASE + b"%d" % number}) for number in range(10)]
    expected = {name: _objects(repo).find_any(name, 10**6) for name in loose_ids(repo)}
    done = Event()
    failures: list[BaseException] = []

    def read(repository: GitRepository) -> None:
        try:
            while not done.is_set():
                for name, content in expected.items():
                    assert repository.objects.find_any(name, 10**6) == content
        except BaseException as error:
            failures.append(error)

    with GitRepository.open(repo.path) as repository:
        threads = [Thread(target=read, args=(repository,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for number in range(20):
            commit(repo, {"other.txt": str(number)}, parent=heads[-1], checkout=False)
            git("repack", "-a", "-d", "-q", "-F", f"--window={number % 3}", cwd=repo.path)
        done.set()
        for thread in threads:
            thread.join()

    assert failures == []


def test_the_next_object_of_a_pack_is_read_without_a_look_elsewhere(repo: Repo) -> None:
    """Also where other repositories may have what this one lacks, as in a load."""
    first, second, third = (put(repo, "blob", b"line %d\n" % number) for number in range(3))
    pack(repo)
    lacking = put(repo, "blob", b"loose\n")
    source = DiskSource(repo.objects, repo.object_format, repo.path)
    together: Any = CombinedSource(source, lambda: [MemorySource()])
    objects = Objects(together)

    before = together.first_copy(second, 100)
    content = objects.blob(first)

    assert (before, content) == (None, b"line 0\n")
    assert together.first_copy(second, 100) == ("blob", b"line 1\n")
    assert together.first_copy(lacking, 100) is None
    assert [objects.blob(name) for name in (lacking, third)] == [b"loose\n", b"line 2\n"]
    source.close()


@pytest.mark.git
def test_long_delta_that_begins_at_the_end_of_a_page_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may end before the first byte of a delta can be inflated."""
    monkeypatch.setattr("zenml_pin.git.storage.pack_file._PAGE", 80)
    chance = random.Random(1)
    # Many letters of different frequencies have long tables.
    weights = [1 / (1 + letter) for letter in range(200)]
    text = bytes(chance.choices(range(200), weights, k=40_000))
    repo = init(tmp_path / "repo")
    texts = []
    for _ in range(6):
        at = chance.randrange(20_000)
        text = text[:at] + bytes(chance.choices(range(200), weights, k=9000)) + text[at + 9000 :]
        texts.append(text)
        commit(repo, {"words.txt": texts[-1]})
    git("repack", "-adq", "--window=10", cwd=repo.path)

    with GitRepository.open(repo.path) as repository:
        read = [repository.objects.blob(object_id("blob", text)) for text in texts]

    assert loose_ids(repo) == []
    assert read == texts


@pytest.mark.git
def test_size_of_a_long_delta_at_the_end_of_a_page_is_checked_before_it_is_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows its first bytes is inflated only if the limits allow it."""
    text = random.Random(1).randbytes(200_000)
    repo = init(tmp_path / "repo")
    for content in (text, text[:1000] + random.Random(2).randbytes(60_000) + text):
        commit(repo, {"words.bin": content})
    git("repack", "-adq", "--window=10", cwd=repo.path)
    monkeypatch.setattr("zenml_pin.git.storage.pack_file._PAGE", 80)
    inflated: list[int] = []
    whole = PackFile._inflate

    def note(pack: PackFile, stream: Any) -> bytes:
        inflated.append(stream[2])
        return whole(pack, stream)

    monkeypatch.setattr(PackFile, "_inflate", note)
    with GitRepository.open(repo.path, Limits(source=150_000)) as repository:
        for content in (text, text[:1000] + random.Random(2).randbytes(60_000) + text):
            with pytest.raises(LimitError):
                repository.objects.blob(object_id("blob", content))

    assert max(inflated, default=0) < 5000
