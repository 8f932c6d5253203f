"""Packs that cannot be read, by what is wrong with them."""

from __future__ import annotations

from tests.support.git.pack_bytes import BLOB, ID_DELTA, OFFSET_DELTA, Record, blob_id, copy, delta

# Records of packs. The object that cannot be read is always "bbb...".
MALFORMED_PACKS: dict[str, list[Record]] = {
    "itself": [Record("b" * 40, ID_DELTA, delta(5, 5, copy(0, 5)), "b" * 40)],
    "two": [
        Record("b" * 40, ID_DELTA, delta(5, 5, copy(0, 5)), "c" * 40),
        Record("c" * 40, ID_DELTA, delta(5, 5, copy(0, 5)), "b" * 40),
    ],
    "no base": [Record("b" * 40, ID_DELTA, delta(5, 5, copy(0, 5)), "d" * 40)],
    "before the file": [Record("b" * 40, OFFSET_DELTA, delta(5, 5, copy(0, 5)), 99)],
    "copies from nowhere": [
        Record(blob_id(b"x"), BLOB, b"x"),
        Record("b" * 40, OFFSET_DELTA, delta(1, 5, copy(900, 5)), 0),
    ],
    "wrong base size": [
        Record(blob_id(b"x"), BLOB, b"x"),
        Record("b" * 40, OFFSET_DELTA, delta(9, 1, copy(0, 1)), 0),
    ],
    "wrong result size": [
        Record(blob_id(b"x"), BLOB, b"x"),
        Record("b" * 40, OFFSET_DELTA, delta(1, 9, copy(0, 1)), 0),
    ],
    "empty delta": [
        Record(blob_id(b"x"), BLOB, b"x"),
        Record("b" * 40, OFFSET_DELTA, b"", 0),
    ],
    "unknown kind": [Record("b" * 40, 5, b"x")],
    "kind 0": [Record("b" * 40, 0, b"x")],
    "header says more": [Record("b" * 40, BLOB, b"x", size=9)],
    "header says less": [Record("b" * 40, BLOB, b"xxxxx", size=2)],
}

# The bytes of a pack and of its index.
JUNK_PACKS = {
    "empty": (b"", b""),
    "text": (b"hello", b"hello"),
    "empty pack": (b"PACK\0\0\0\2\0\0\0\0", b""),
    "zeros": (bytes(2000), bytes(2000)),
    "magic and zeros": (b"PACK" + bytes(2000), b"\377tOc\0\0\0\2" + bytes(2000)),
    "fan-out of ones": (b"PACK" + bytes(2000), b"\377tOc\0\0\0\2" + b"\377" * 1024),
}
