"""Bundles, read: objects are identified by their content, and damaged or hostile bundles are refused."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.git.bundle_bytes import (
    BLOB,
    COMMIT,
    ID_DELTA,
    OFFSET_DELTA,
    TREE,
    V2,
    V3,
    blob_id,
    bundle,
    copy,
    delta,
    entry,
    insert,
    pack,
)
from tests.support.git.small_bundle import COMMIT_OF_HELLO, HELLO, ID_OF_COMMIT, TREE_OF_HELLO, small_bundle
from zenml_pin.base.limits import Limits
from zenml_pin.errors import (
    BundleError,
    LimitError,
    NotARepositoryError,
    ObjectNotFoundError,
    PinError,
    UnsupportedError,
)
from zenml_pin.git.any_repository import (
    CombinedSource,
    comparable,
    find_address,
    get_address,
    open_repository,
)
from zenml_pin.git.bundle import BundleRepository, is_bundle, open_bundle, open_bundle_file, write_bundle
from zenml_pin.git.layout import Layout
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.revision import resolve_revision

LONGER = HELLO + b"and more"


def contents(data: bytes) -> dict[str, tuple[str, bytes] | None]:
    """Return every object of a bundle, by id."""
    repository = open_bundle(data)
    return {name: repository.objects.find_any(name, 2**20) for name in repository.source.pack.objects}


SOUND = contents(small_bundle())


# The content of a bundle


def test_written_objects_are_read_again() -> None:
    """Writing and reading are inverse."""
    repository = open_bundle(small_bundle())

    assert repository.objects.get_commit(ID_OF_COMMIT).message == "first\n"
    assert repository.objects.blob(blob_id(HELLO)) == HELLO
    assert (repository.header.version, repository.header.filter, repository.header.object_format) == (
        3,
        "tree:0",
        "sha1",
    )
    assert repository.header.refs == {f"refs/zenml-pin/{ID_OF_COMMIT}": ID_OF_COMMIT}


@given(st.lists(st.binary(max_size=200), max_size=8, unique=True))
def test_any_content_is_read_as_it_was_written(blobs: list[bytes]) -> None:
    """Even the empty file; equal input gives equal bytes, in any order."""
    objects = {blob_id(data): ("blob", data) for data in blobs}
    data = write_bundle(objects, {})

    assert contents(data) == objects
    assert data == write_bundle(dict(reversed(objects.items())), {})


@pytest.mark.parametrize("header", [V2, V3, V3 + b"@object-format=sha1\n@filter=blob:none\n"])
def test_both_versions_are_read(header: bytes) -> None:
    """With and without capabilities."""
    assert open_bundle(bundle([entry(BLOB, HELLO)], header)).objects.blob(blob_id(HELLO)) == HELLO


def test_sha256_is_supported() -> None:
    """Its ids have 64 digits, and its trailer 32 bytes."""
    repository = open_bundle(small_bundle("sha256"))

    assert {len(name) for name in repository.source.pack.objects} == {64}
    assert repository.objects.blob(object_id("blob", HELLO, "sha256")) == HELLO


def test_prerequisites_are_read() -> None:
    """As of `git bundle create x.bundle base..tip`; a delta without its base counts as an absent object."""
    thin = entry(ID_DELTA, delta(len(HELLO), 3, insert(b"abc")), bytes.fromhex(blob_id(HELLO)))
    header = V2 + f"-{ID_OF_COMMIT} the base\n{ID_OF_COMMIT} refs/heads/main\n".encode()
    repository = open_bundle(bundle([thin, entry(BLOB, b"x")], header))

    assert repository.header.prerequisites == (ID_OF_COMMIT,)
    assert repository.source.pack.lacking == 1
    with pytest.raises(ObjectNotFoundError) as missing:
        repository.objects.blob(blob_id(b"abc"))
    assert "zenml-pin bundle SOURCE" in missing.value.hint
    with pytest.raises(BundleError, match="1 of its deltas lack their bases"):
        open_bundle(bundle([thin]))


DELTAS = {
    "by offset": [
        entry(BLOB, HELLO),
        entry(
            OFFSET_DELTA,
            delta(len(HELLO), len(LONGER), copy(0, len(HELLO)), insert(b"and more")),
            bytes([len(entry(BLOB, HELLO))]),
        ),
    ],
    "by id": [
        entry(BLOB, HELLO),
        entry(
            ID_DELTA,
            delta(len(HELLO), len(LONGER), copy(0, len(HELLO)), insert(b"and more")),
            bytes.fromhex(blob_id(HELLO)),
        ),
    ],
}
DELTAS["base behind it"] = DELTAS["by id"][::-1]
DELTAS["the base twice"] = [*DELTAS["by id"], entry(BLOB, HELLO)]
DELTAS["base behind a delta"] = [
    entry(ID_DELTA, delta(len(LONGER), 3, copy(0, 3)), bytes.fromhex(blob_id(LONGER))),
    *DELTAS["by id"],
]


@pytest.mark.parametrize("entries", DELTAS.values(), ids=DELTAS)
def test_deltas_are_applied(entries: list[bytes]) -> None:
    """Wherever the base is."""
    assert open_bundle(bundle(entries)).objects.blob(blob_id(LONGER)) == LONGER


def test_a_chain_of_a_thousand_deltas_is_read() -> None:
    """Each link adds a byte; the work grows with the chain, not with its square."""
    entries = [entry(BLOB, b"")]
    for length in range(1, 1000):
        appending = delta(length - 1, length, *([copy(0, length - 1)] if length > 1 else []), insert(b"x"))
        entries.append(entry(ID_DELTA, appending, bytes.fromhex(blob_id(b"x" * (length - 1)))))
    repository = open_bundle(bundle(entries))

    assert repository.objects.blob(blob_id(b"x" * 999)) == b"x" * 999
    assert len(repository.source.pack.objects) == 1000


# Nothing is trusted


def test_a_false_ref_leads_nowhere() -> None:
    """The refs of a bundle are not used for revisions; a short id is resolved among the objects."""
    lying = small_bundle().replace(f"{ID_OF_COMMIT} refs".encode(), f"{'1' * 40} refs".encode())
    repository = open_bundle(lying)

    assert contents(lying) == SOUND
    with pytest.raises(PinError, match="are not trusted"):
        resolve_revision(repository, "HEAD")
    with pytest.raises(PinError, match="does not name a commit here"):
        resolve_revision(repository, f"refs/zenml-pin/{ID_OF_COMMIT}")
    assert resolve_revision(repository, ID_OF_COMMIT[:8]) == ID_OF_COMMIT


def test_another_object_in_the_place_of_one_is_not_that_one() -> None:
    """An object has the id of its content, whatever name a tree or a ref uses."""
    objects = {blob_id(HELLO): ("blob", b"evil"), ID_OF_COMMIT: ("commit", COMMIT_OF_HELLO)}
    repository = open_bundle(write_bundle(objects, {"refs/heads/main": ID_OF_COMMIT}))

    assert repository.objects.find_any(blob_id(HELLO), 100) is None
    assert repository.objects.blob(blob_id(b"evil")) == b"evil"


def find_contents(data: bytes) -> dict[str, tuple[str, bytes] | None] | None:
    """Return every object of a bundle, by id; None if it is refused."""
    try:
        return contents(data)
    except BundleError:
        return None


def test_a_flipped_bit_is_refused_or_changes_no_object() -> None:
    """Every bit of every byte: a typed error, or the same objects with the same ids. In the pack, always an error."""
    sound, wrong = small_bundle(), []
    pack_begins = open_bundle(sound).header.pack
    for position in range(len(sound)):
        for bit in range(8):
            data = bytearray(sound)
            data[position] ^= 1 << bit
            objects = find_contents(bytes(data))
            if objects is not None and (objects != SOUND or position >= pack_begins):
                wrong.append((position, bit))

    assert wrong == []


def test_a_truncated_bundle_is_refused() -> None:
    """At every length."""
    data = small_bundle()

    assert [length for length in range(len(data)) if find_contents(data[:length]) is not None] == []


def test_bytes_behind_the_pack_are_refused() -> None:
    """The checksum would belong to other bytes."""
    with pytest.raises(BundleError, match="another checksum"):
        open_bundle(small_bundle() + b"\0")


HOSTILE = {
    "no bundle": (b"PK\3\4 and so on", "not a git bundle of version 2 or 3"),
    "version 4": (b"# v4 git bundle\n\n", "not a git bundle of version 2 or 3"),
    "nothing": (b"", "cut off"),
    "no end of the header": (V2 + b"0" * 100, "cut off"),
    "no pack": (V2 + b"\n", "cut off"),
    "not a pack": (V2 + b"\n" + b"KCAP" + pack([])[4:], "does not contain a pack"),
    "version of the pack": (V2 + b"\n" + pack([], version=4), "does not contain a pack"),
    "unknown capability": (bundle([], V3 + b"@object-format=sha1\n@magic=1\n"), "unknown capability 'magic'"),
    "unknown hash": (bundle([], V3 + b"@object-format=md5\n"), "hashes objects with 'md5'"),
    "sha256 with sha1's ids": (
        bundle([], V3 + b"@object-format=sha256\n" + b"0" * 40 + b" x\n"),
        "without a sha256 id",
    ),
    "sha256 with sha1's trailer": (bundle([], V3 + b"@object-format=sha256\n"), "cut off"),
    "a ref without an id": (bundle([], V2 + b"refs/heads/main\n"), "without a sha1 id"),
    "a ref without a name": (bundle([], V2 + b"0" * 40 + b"\n"), "a ref without a name"),
    "upper case": (bundle([], V2 + b"A" * 40 + b" refs/heads/main\n"), "without a sha1 id"),
    "capability behind a ref": (bundle([], V3 + b"0" * 40 + b" x\n@filter=tree:0\n"), "without a sha1 id"),
    "capability in version 2": (bundle([], V2 + b"@filter=tree:0\n"), "without a sha1 id"),
    "fewer entries": (V2 + b"\n" + pack([entry(BLOB, b"a")], 2), "an entry of its pack is damaged"),
    "more entries": (V2 + b"\n" + pack([entry(BLOB, b"a")], 0), "contains more than it says"),
    "four billion entries": (V2 + b"\n" + pack([], 2**32 - 1), "an entry of its pack is damaged"),
    "kind 0": (bundle([entry(0, b"a")]), "an unknown kind"),
    "kind 5": (bundle([entry(5, b"a")]), "an unknown kind"),
    "longer than it says": (bundle([entry(BLOB, b"abc", size=2)]), "longer than its header says"),
    "shorter than it says": (bundle([entry(BLOB, b"abc", size=4)]), "shorter than its header says"),
    "no stream": (bundle([entry(BLOB, b"abc")[:1] + b"not zlib at all"]), "an entry of its pack is damaged"),
    "delta of itself": (bundle([entry(OFFSET_DELTA, delta(1, 1, copy(0, 1)), b"\0")]), "lack their bases"),
    "delta of what is before the pack": (
        bundle([entry(OFFSET_DELTA, delta(1, 1, copy(0, 1)), b"\x7f")]),
        "lack their bases",
    ),
    "delta of nothing": (bundle([entry(ID_DELTA, delta(1, 1, copy(0, 1)), b"\1" * 20)]), "lack their bases"),
}


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_bundle_is_refused(data: bytes, reason: str) -> None:
    """One line says what is wrong."""
    with pytest.raises(BundleError, match=reason) as caught:
        open_bundle(data)

    assert caught.value.hint
    assert caught.value.place.startswith("in memory")


BAD_DELTAS = {
    "copies from beyond": delta(4, 8, copy(0, 8)),
    "another base": delta(5, 1, copy(0, 1)),
    "makes less": delta(4, 8, copy(0, 4)),
    "makes more": delta(4, 2, copy(0, 4)),
    "reserved instruction": delta(4, 1, b"\0", copy(0, 1)),
    "insert cut off": delta(4, 8, bytes([8]) + b"abc"),
    "copy cut off": delta(4, 8, b"\xff\0"),
    "sizes cut off": b"\x84",
    "nothing": b"",
}


@pytest.mark.parametrize("bad", BAD_DELTAS.values(), ids=BAD_DELTAS)
def test_a_malformed_delta_is_refused(bad: bytes) -> None:
    """An object is never longer or shorter than its header says."""
    with pytest.raises(BundleError):
        open_bundle(bundle([entry(BLOB, b"base"), entry(ID_DELTA, bad, bytes.fromhex(blob_id(b"base")))]))


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_signature_are_refused_or_read(data: bytes) -> None:
    """The result can be written and read again; the only errors are ours."""
    for signature in (V2, V3, V3 + b"\n"):
        try:
            objects = contents(signature + data)
        except BundleError:
            continue
        assert contents(write_bundle({name: item for name, item in objects.items() if item}, {})) == objects


@given(st.integers(0, len(small_bundle()) - 1), st.binary(min_size=1, max_size=3))
def test_a_changed_bundle_is_refused_or_has_the_same_objects(at: int, junk: bytes) -> None:
    """Only names of refs and similar parts may change."""
    data = small_bundle()[:at] + junk + small_bundle()[at + len(junk) :]
    try:
        assert contents(data) == SOUND
    except BundleError:
        assert data != small_bundle()


# Sizes


@pytest.mark.slow
def test_a_bomb_is_not_inflated() -> None:
    """Sizes are checked before anything is inflated, and a stream is never read beyond its size."""
    million = b"\0" * 2**20
    bombs = {
        "declared": bundle([entry(BLOB, million * 32)]),
        "not declared": bundle([entry(BLOB, million * 32, size=10)]),
        "by a delta": bundle(
            [
                entry(BLOB, million),
                entry(ID_DELTA, delta(2**20, 2**25, *[copy(0, 2**20)] * 32), bytes.fromhex(blob_id(million))),
            ]
        ),
    }
    for name, data in bombs.items():
        tracemalloc.start()
        with pytest.raises(LimitError if name != "not declared" else BundleError):
            open_bundle(data, Limits(bundle=8 * 2**20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < 8 * 2**20, name


@pytest.mark.slow
def test_a_large_file_is_hashed_but_not_kept_in_memory() -> None:
    """It does not affect other objects, and is refused only when it is read."""
    large = b"\0" * 2**24
    data = bundle([entry(BLOB, large), entry(BLOB, HELLO)])
    tracemalloc.start()
    repository = open_bundle(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert repository.objects.blob(blob_id(HELLO)) == HELLO
    with pytest.raises(LimitError, match="16777216 bytes, more than the limit of 2097152"):
        repository.objects.blob(blob_id(large))
    assert peak < 2**23


def test_limits_are_the_callers() -> None:
    """A bundle that inflates to more than `Limits.bundle` is refused, and the hint names the field."""
    with pytest.raises(LimitError) as caught:
        open_bundle(bundle([entry(BLOB, HELLO)]), Limits(bundle=100))

    assert "Limits(bundle=...)" in caught.value.hint
    with pytest.raises(LimitError, match="more than the limit of 10"):
        open_bundle(bundle(DELTAS["by id"]), Limits(tree=10, source=10))


# Repositories, bundles and servers together


def test_a_bundle_is_recognised_by_its_start_or_by_its_name(tmp_path: Path) -> None:
    """Any other file means the repository above it, as before."""
    files = {"a": small_bundle(), "b.bundle": b"", "c": b"# v9 git bundle\n", "d.py": b"x = 1\n"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.bundle").mkdir()
    os.mkfifo(tmp_path / "fifo.bundle")

    told = {name: is_bundle(str(tmp_path / name)) for name in [*files, "folder.bundle", "fifo.bundle", "no"]}
    assert [name for name, answer in told.items() if answer] == ["a", "b.bundle", "c"]


def test_a_replaced_file_has_another_address(tmp_path: Path) -> None:
    """So it is opened again; an unchanged file is not."""
    path = tmp_path / "x.bundle"
    path.write_bytes(small_bundle())
    first = get_address(str(path))
    assert get_address(str(path)) == first

    path.with_suffix(".new").write_bytes(bundle([]))
    path.with_suffix(".new").rename(path)

    assert get_address(str(path)) != first
    assert get_address(str(path)).key == first.key


def test_the_address_opens_it_again(tmp_path: Path) -> None:
    """A path for a file, the bytes for a bundle in memory: so another process can open it."""
    path = tmp_path / "x.bundle"
    path.write_bytes(small_bundle())

    on_disk = open_repository(get_address(str(path)))
    in_memory = open_repository(get_address(small_bundle()))

    assert on_disk.address == str(path)
    assert in_memory.address == small_bundle()
    assert in_memory.root == open_repository(get_address(small_bundle())).root
    assert in_memory.root != open_bundle(small_bundle("sha256")).root


def test_a_path_without_a_repository_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder outside git, and a bundle that does not exist."""
    assert find_address(str(tmp_path)) is None
    with pytest.raises(NotARepositoryError):
        get_address(str(tmp_path / "no.bundle"))
    with pytest.raises(BundleError, match="not a regular file"):
        open_bundle_file(str(tmp_path))
    (tmp_path / "large.bundle").write_bytes(small_bundle())
    with pytest.raises(LimitError):
        open_bundle_file(str(tmp_path / "large.bundle"), Limits(bundle=10))


def test_a_bundle_has_no_working_tree() -> None:
    """It cannot be compared, has no HEAD, and has no file on disk."""
    repository = open_bundle(small_bundle())

    assert (repository.worktree, repository.head_commit(), repository.relative(__file__)) == (
        None,
        None,
        None,
    )
    with pytest.raises(UnsupportedError, match="has no worktree"):
        comparable(repository)
    repository.close()
    assert not isinstance(get_address(small_bundle()), Layout)


def test_combined_repositories_have_the_objects_of_each() -> None:
    """An object that the first lacks comes from the others; an absent object is missing in the first."""
    parts = [open_bundle(bundle([entry(kind, data)])) for kind, data in ENTRIES]
    together = CombinedSource(parts[0].source, lambda: (part.source for part in parts))
    from zenml_pin.git.objects.object_store import Objects

    objects = Objects(together)
    assert objects.blob(blob_id(HELLO)) == HELLO
    assert objects.get_commit(ID_OF_COMMIT).tree == object_id("tree", TREE_OF_HELLO)
    with pytest.raises(ObjectNotFoundError, match=parts[0].root):
        objects.blob("0" * 40)


ENTRIES: list[tuple[int, bytes]] = [(COMMIT, COMMIT_OF_HELLO), (TREE, TREE_OF_HELLO), (BLOB, HELLO)]


def test_bundle_repository_is_a_repository() -> None:
    """Type checkers accept it where `open_repository` returns one."""
    assert isinstance(open_repository(get_address(small_bundle())), BundleRepository)
