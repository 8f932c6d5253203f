"""Bombs, forged packs and forged indexes."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

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
from tests.support.repositories import FILE, Repo, commit, loose_ids, pack
from tests.support.trust.hostile_case import EPOCHS, EVIL, STEP, Case, Cases, Make, only, sound
from zenml_pin.errors import LimitError, ObjectCorruptError, PinError

HUGE = 10 * 2**30
_STEP_ID = blob_id(STEP)


def loose(stream: Callable[[], bytes]) -> Make:
    """Replace the module's loose object by a stream."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        path = Path(repo.loose(_STEP_ID))
        path.chmod(0o644)
        path.write_bytes(stream())
        return commit_id

    return make


def zeros(header: bytes, size: int) -> bytes:
    """Return a zlib stream of a header and so many zeros; it repeats one compressed mebibyte."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = deflate.compress(header) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(2**20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    # The checksum at the end is wrong; a reader that stops in time does not reach it.
    return b"\x78\xda" + start + again * (size // 2**20) + b"\x03\x00" + bytes(4)


def packed(records: Callable[[], list[Record]]) -> Make:
    """Put the module into a pack of these records alone."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        os.remove(repo.loose(_STEP_ID))
        write_pack(repo.objects, records())
        return commit_id

    return make


def named(record: Record) -> Record:
    """Return a record with the module's id if it has the placeholder id of `MALFORMED_PACKS`."""
    return Record(_STEP_ID, record.kind, record.data, _renamed(record.base), record.size)


def _renamed(base: str | int | None) -> str | int | None:
    return _STEP_ID if base == "b" * 40 else base


def circle(records: list[Record]) -> Make:
    """Put the module into a malformed pack."""
    return packed(lambda: [named(record) if record.id == "b" * 40 else record for record in records])


def whole_pack(change: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> Make:
    """Pack everything, then change pack and index."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        stem = pack(repo)
        paths = Path(stem + ".pack"), Path(stem + ".idx")
        changed = change(paths[0].read_bytes(), paths[1].read_bytes())
        for path, data in zip(paths, changed, strict=True):
            path.chmod(0o644)
            path.write_bytes(data)
        return commit_id

    return make


def patched(index: bytes, position: int, data: bytes) -> bytes:
    """Return an index with other bytes at one offset."""
    return index[:position] + data + index[position + len(data) :]


def _offsets(index: bytes) -> int:
    count: int = struct.unpack_from(">I", index, 8 + 1020)[0]
    return 8 + 1024 + count * 24


def _many_junk_packs(repo: Repo) -> str:
    commit_id = sound(repo)
    pack(repo)
    for number in range(300):
        stem = os.path.join(repo.objects, "pack", f"pack-{number:040x}")
        Path(stem + ".pack").write_bytes(b"PACK" + bytes(50))
        Path(stem + ".idx").write_bytes(b"\377tOc\0\0\0\2" + bytes(1064))
    return commit_id


def _junk_beside(data: bytes, index: bytes) -> Make:
    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        pack(repo)
        stem = os.path.join(repo.objects, "pack", "pack-" + "0" * 40)
        Path(stem + ".pack").write_bytes(data)
        Path(stem + ".idx").write_bytes(index)
        return commit_id

    return make


def _index_of_another_pack(repo: Repo) -> str:
    commit_id = sound(repo)
    first = pack(repo)
    commit(repo, {"other.py": "x = 1\n" * 50})
    second = pack(repo, loose_ids(repo))
    for suffix in (".idx",):
        os.chmod(first + suffix, 0o644)
        shutil.copy(second + suffix, first + suffix)
    return commit_id


def _a_large_file(size: int) -> Make:
    return only(lambda repo: [(FILE, "step.py", _put_large(repo, size))])


def _put_large(repo: Repo, size: int) -> str:
    from tests.support.repositories import put

    return put(repo, "blob", b"#" * size)


_SMALL = b"x" * 100
_DEEP_BOMB = [
    Record(blob_id(_SMALL), BLOB, _SMALL),
    *(
        Record(f"{level:040x}", OFFSET_DELTA, delta(100 * 100**level, 100 * 100 ** (level + 1)), level)
        for level in range(4)
    ),
    Record(_STEP_ID, OFFSET_DELTA, delta(100 * 100**4, len(STEP), insert(STEP)), 4),
]

CASES: Cases = {
    "a blob of 10 GB": Case(loose(lambda: zeros(b"blob %d\0" % HUGE, HUGE)), LimitError),
    "a blob of 10 GB that says it is small": Case(
        loose(lambda: zeros(b"blob 25\0", HUGE)), ObjectCorruptError
    ),
    "a blob of 10 GB in a header without end": Case(loose(lambda: zeros(b"", HUGE)), ObjectCorruptError),
    "a blob of 3 MiB": Case(_a_large_file(3 * 2**20), LimitError),
    "a size of 60 digits": Case(loose(lambda: zlib.compress(b"blob " + b"9" * 50 + b"\0x")), LimitError),
    "a negative size": Case(loose(lambda: zlib.compress(b"blob -1\0" + STEP)), ObjectCorruptError),
    "a size in other digits": Case(
        loose(lambda: zlib.compress("blob ٢٥\0".encode() + STEP)), ObjectCorruptError
    ),
    "an unknown kind": Case(
        loose(lambda: zlib.compress(b"thing %d\0" % len(STEP) + STEP)), ObjectCorruptError
    ),
    "another file's content": Case(
        loose(lambda: zlib.compress(b"blob %d\0" % len(EVIL) + EVIL)), ObjectCorruptError
    ),
    "a packed blob that says 10 GB": Case(
        packed(lambda: [Record(_STEP_ID, BLOB, STEP, size=HUGE)]), LimitError
    ),
    "a packed blob of 100 MB that says it is small": Case(
        packed(lambda: [Record(_STEP_ID, BLOB, bytes(100 * 2**20), size=len(STEP))]), ObjectCorruptError
    ),
    "a delta that makes 10 GB": Case(
        packed(
            lambda: [
                Record(blob_id(_SMALL), BLOB, _SMALL),
                Record(_STEP_ID, ID_DELTA, delta(100, HUGE, copy(0, 100)), blob_id(_SMALL)),
            ]
        ),
        LimitError,
    ),
    "deltas that grow a hundredfold each": Case(packed(lambda: _DEEP_BOMB), LimitError),
    "a delta that says 2**70": Case(
        packed(
            lambda: [
                Record(blob_id(_SMALL), BLOB, _SMALL),
                Record(_STEP_ID, OFFSET_DELTA, delta(100, 2**70, copy(0, 100)), 0),
            ]
        ),
        LimitError,
    ),
    "a delta of another's content": Case(
        packed(
            lambda: [
                Record(blob_id(_SMALL), BLOB, _SMALL),
                Record(_STEP_ID, OFFSET_DELTA, delta(100, len(EVIL), insert(EVIL)), 0),
            ]
        ),
        ObjectCorruptError,
    ),
    "a delta on a false base": Case(
        packed(
            lambda: [
                Record(blob_id(_SMALL), BLOB, b"y" * 100),
                Record(_STEP_ID, ID_DELTA, delta(100, 100, copy(0, 100)), blob_id(_SMALL)),
            ]
        ),
        ObjectCorruptError,
    ),
    "the base of a chain is of another kind": Case(
        packed(
            lambda: [
                Record(blob_id(_SMALL), 2, _SMALL),
                Record(_STEP_ID, OFFSET_DELTA, delta(100, len(STEP), insert(STEP)), 0),
            ]
        ),
        ObjectCorruptError,
    ),
    **{
        f"malformed: {name}": Case(circle(records), ObjectCorruptError)
        for name, records in MALFORMED_PACKS.items()
    },
    **{
        f"junk beside the pack: {name}": Case(_junk_beside(*both), EPOCHS)
        for name, both in JUNK_PACKS.items()
    },
    "300 junk packs beside the pack": Case(_many_junk_packs, EPOCHS),
    "the index of another pack": Case(_index_of_another_pack, PinError),
    "no pack": Case(whole_pack(lambda data, index: (b"", index)), PinError),
    "no index": Case(whole_pack(lambda data, index: (data, b"")), PinError),
    "half a pack": Case(whole_pack(lambda data, index: (data[: len(data) // 2], index)), PinError),
    "half an index": Case(whole_pack(lambda data, index: (data, index[: len(index) // 2])), PinError),
    "a pack of version 9": Case(
        whole_pack(lambda data, index: (patched(data, 4, b"\0\0\0\x09"), index)), PinError
    ),
    "an index of version 9": Case(
        whole_pack(lambda data, index: (data, patched(index, 4, b"\0\0\0\x09"))), PinError
    ),
    "an index without magic": Case(
        whole_pack(lambda data, index: (data, patched(index, 0, b"\0\0\0\0"))), PinError
    ),
    "a fan-out that falls": Case(
        whole_pack(lambda data, index: (data, patched(index, 8, b"\xff\xff\xff\xff" * 200))), PinError
    ),
    "a fan-out of nothing": Case(
        whole_pack(lambda data, index: (data, patched(index, 8, bytes(1024)))), PinError
    ),
    "a fan-out of billions": Case(
        whole_pack(lambda data, index: (data, patched(index, 8, bytes(1020) + b"\x7f\xff\xff\xff"))), PinError
    ),
    "offsets beyond the pack": Case(
        whole_pack(lambda data, index: (data, patched(index, _offsets(index), b"\x7f\xff\xff\xff" * 3))),
        PinError,
    ),
    "offsets in a table that is not there": Case(
        whole_pack(lambda data, index: (data, patched(index, _offsets(index), b"\xff\xff\xff\xff" * 3))),
        PinError,
    ),
    "offsets of zero": Case(
        whole_pack(lambda data, index: (data, patched(index, _offsets(index), bytes(12)))), PinError
    ),
    "one offset for all": Case(
        whole_pack(
            lambda data, index: (
                data,
                patched(index, _offsets(index), index[_offsets(index) : _offsets(index) + 4] * 3),
            )
        ),
        PinError,
    ),
    "false checksums at both ends": Case(
        whole_pack(lambda data, index: (data[:-20] + bytes(20), index[:-40] + bytes(40))), EPOCHS
    ),
}
