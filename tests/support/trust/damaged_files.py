"""Damage to the files of a repository: one bit, a cut, a hole, junk at the end, and two files swapped.

Each kind of damage is a generator of (label, files with their new content). Random choices are seeded, so that
every run is the same.
"""

from __future__ import annotations

import os
import random
import struct
import zlib
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

Damage = tuple[str, dict[Path, bytes]]

_HEADER = 8 + 256 * 4


def object_files(objects: str) -> list[Path]:
    """Return every loose object, pack and index below an objects folder, sorted."""
    return sorted(
        Path(folder, name)
        for folder, _, names in os.walk(objects)
        for name in names
        if os.path.basename(folder) != "info" and not name.endswith((".keep", ".rev", ".bitmap"))
    )


def bits(path: Path, chance: random.Random, count: int) -> Iterator[Damage]:
    """Yield files with one bit flipped."""
    data = path.read_bytes()
    for _ in range(count):
        position, bit = chance.randrange(len(data)), chance.randrange(8)
        damaged = bytearray(data)
        damaged[position] ^= 1 << bit
        yield f"{path.name}: bit {bit} of byte {position}", {path: bytes(damaged)}


def cuts(path: Path, chance: random.Random, count: int) -> Iterator[Damage]:
    """Yield files without their end, as after a crash: from an empty file to one byte less."""
    data = path.read_bytes()
    for length in [0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(count))]:
        yield f"{path.name}: cut at {length}", {path: data[:length]}


def holes(path: Path, chance: random.Random, count: int) -> Iterator[Damage]:
    """Yield files with a run of zeros, like a block that was never written, and files with junk at the end."""
    data = path.read_bytes()
    for _ in range(count):
        start = chance.randrange(len(data))
        end = min(len(data), start + chance.choice([4, 16, 64, 512]))
        yield f"{path.name}: zeros at {start}", {path: data[:start] + bytes(end - start) + data[end:]}
    yield f"{path.name}: junk behind", {path: data + chance.randbytes(40)}
    yield f"{path.name}: twice", {path: data + data}


def swaps(paths: list[Path]) -> Iterator[Damage]:
    """Yield each file with the content of each other file."""
    for one, other in permutations(paths, 2):
        yield (
            f"{one.name} and {other.name} swapped",
            {one: other.read_bytes(), other: one.read_bytes()},
        )


def forgeries(paths: list[Path]) -> Iterator[Damage]:
    """Yield loose objects that are sound in themselves, but do not match their names: other content, kind or size."""
    for path in paths:
        header, _, content = zlib.decompress(path.read_bytes()).partition(b"\0")
        kind = header.split()[0]
        for other in (b"blob", b"tree", b"commit", b"tag"):
            if other != kind:
                yield f"{path.name} as {other.decode()}", {path: _loose(other, content)}
        for label, changed in {
            "longer": content + b" ",
            "shorter": content[:-1],
            "other digit": content.replace(b"1", b"2"),
            "upper case": content.swapcase(),
        }.items():
            if changed != content:
                yield f"{path.name} {label}", {path: _loose(kind, changed)}


def _loose(kind: bytes, content: bytes) -> bytes:
    return zlib.compress(b"%b %d\0" % (kind, len(content)) + content)


def misdirections(path: Path, id_length: int) -> Iterator[Damage]:
    """Yield indexes of version 2 that map one id to another's position, for every pair of objects."""
    data = path.read_bytes()
    count = struct.unpack_from(">I", data, _HEADER - 4)[0]
    offsets = _HEADER + count * (id_length + 4)
    for one, other in permutations(range(count), 2):
        damaged = bytearray(data)
        start, end = offsets + 4 * one, offsets + 4 * other
        damaged[start : start + 4] = data[end : end + 4]
        yield f"{path.name}: object {one} at the place of {other}", {path: bytes(damaged)}
