"""CommitGraph: git's own index of the history: parents, trees and generations of commits, and which paths they change.

    graph = "CGPH" version hash chunks bases table-of-contents *chunk checksum
    OIDF  fan-out              OIDL  ids, sorted
    CDAT  tree, two parents, generation, time of each commit
    EDGE  further parents      BASE  checksums of the layers below
    BIDX, BDAT  a Bloom filter of the changed paths of each commit, compared with its first parent

A graph is a cache: git writes it, and nothing in it is hashed with the commits. Whoever can write the repository can
write a false one. So only commands that a person uses to look around read it (`versions`, `check`).

Its checksum is checked. A damaged graph counts as absent, and so does one that git would not use: of a shallow clone,
or without generations, which keep a walk from going in a circle.

Sources: gitformat-commit-graph(5); git's bloom.c.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_left
from itertools import pairwise

from zenml_pin.base.files import read_regular, read_small
from zenml_pin.base.hashing import new_hasher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from zenml_pin.git.storage.changed_paths import PathFilter

# A graph of four million commits with filters.
_LARGEST = 2**29
_FANOUT, _ENDS = struct.Struct(">256L"), struct.Struct(">LL")
_NO_PARENT, _MORE, _LAST = 0x70000000, 0x80000000, 0x80000000
_HIGHEST_GENERATION = 0x3FFFFFFF


class GraphError(ValueError):
    """A commit graph contradicts itself; callers walk the commits instead."""


class GraphCommit:
    """A row of the graph.

    Attributes:
        tree: Id of the root tree.
        parents: Positions of the parents.
        generation: A number that is larger than those of all parents.
    """

    __slots__ = ("generation", "parents", "tree")

    def __init__(self, tree: str, parents: tuple[int, ...], generation: int) -> None:
        self.tree = tree
        self.parents = parents
        self.generation = generation


class CommitGraph:
    """All layers of a graph. The position of a commit counts from the lowest layer.

    Args:
        layers: The lowest first.
    """

    def __init__(self, layers: list[_Layer]) -> None:
        self._layers = layers
        self.count = sum(layer.count for layer in layers)

    def find(self, commit_id: str) -> int | None:
        """Return the position of a commit; None if the graph does not have it."""
        raw_id = bytes.fromhex(commit_id)
        for layer in reversed(self._layers):
            position = layer.find(raw_id)
            if position is not None:
                return layer.base + position
        return None

    def id_at(self, position: int) -> str:
        """Return the id of the commit at a position."""
        layer = self._layer(position)
        return layer.id_at(position - layer.base).hex()

    def generation_at(self, position: int) -> int:
        """Return the generation of the commit at a position; 0 if it is unknown."""
        layer = self._layer(position)
        return layer.generation(position - layer.base)

    def commit_at(self, position: int) -> GraphCommit:
        """Return the commit at a position.

        Raises:
            GraphError: A parent does not exist, or its generation is not smaller.
        """
        layer = self._layer(position)
        tree, parents, generation = layer.row(position - layer.base)
        for parent in parents:
            if parent >= self.count:
                raise GraphError("a parent is missing")
            at = parent - layer.base
            of_parent = layer.generation(at) if at >= 0 else self.generation_at(parent)
            if not 0 < of_parent < generation:
                raise GraphError("a parent has no smaller generation")
        return GraphCommit(tree.hex(), parents, generation)

    def line_at(self, position: int) -> tuple[str, str, int | None, int]:
        """Return id, tree, position of the first parent and generation of a commit, in half the time of `commit_at`.

        Raises:
            GraphError: The graph does not have the position.
        """
        if position >= self.count:
            raise GraphError("a parent is missing")
        layer = self._layer(position)
        tree, parent, generation = layer.line_row(position - layer.base)
        return layer.id_at(position - layer.base).hex(), tree.hex(), parent, generation

    def may_change(self, position: int, paths: PathFilter) -> Collection[bytes]:
        """Return where a commit may differ from its first parent at or below some paths: the first parts of these."""
        layer = self._layer(position)
        return layer.may_change(position - layer.base, paths)

    def _layer(self, position: int) -> _Layer:
        if position >= self._layers[-1].base:
            return self._layers[-1]
        for layer in reversed(self._layers):
            if position >= layer.base:
                return layer
        raise GraphError("a position is negative")


class _Layer:
    """One file of a graph.

    Raises:
        ValueError, struct.error, IndexError: It is damaged.
    """

    def __init__(self, data: bytes, object_format: str, below: list[_Layer]) -> None:
        self._length = length = 32 if object_format == "sha256" else 20
        self._row = struct.Struct(f">{length}sLLLL")
        self.checksum = data[-length:]
        hasher = new_hasher(object_format, len(data))
        hasher.update(data[:-length])
        if hasher.digest() != self.checksum:
            raise ValueError("its checksum is wrong")
        signature, version, hash_version, chunks, bases = struct.unpack_from(">4sBBBB", data)
        if (signature, version, hash_version) != (b"CGPH", 1, 2 if length == 32 else 1):
            raise ValueError("it has another version")
        self._chunks = _chunks(data, chunks)
        self._ends = _FANOUT.unpack(self._chunks[b"OIDF"])
        self.count: int = self._ends[-1]
        self.base = sum(layer.count for layer in below)
        self._ids, self._rows = self._chunks[b"OIDL"], self._chunks[b"CDAT"]
        self._edges = self._chunks.get(b"EDGE", b"")
        named = self._chunks.get(b"BASE", b"")[: bases * length]
        if (
            len(self._ids) != self.count * length
            or len(self._rows) != self.count * (length + 16)
            or any(end < start for start, end in pairwise(self._ends))
            or named != b"".join(layer.checksum for layer in below)
        ):
            raise ValueError("its parts do not fit together")
        self._filters = self._read_filters()

    def find(self, raw_id: bytes) -> int | None:
        first, length = raw_id[0], self._length
        start, end = self._ends[first - 1] if first else 0, self._ends[first]
        position = bisect_left(range(start, end), raw_id, key=self.id_at) + start
        return (
            position if position < end and self.id_at(position) == raw_id and len(raw_id) == length else None
        )

    def id_at(self, position: int) -> bytes:
        return self._ids[position * self._length : (position + 1) * self._length]

    def row(self, position: int) -> tuple[bytes, tuple[int, ...], int]:
        """Return the tree, the positions of the parents, and the generation."""
        tree, first, second, number, _ = self._row.unpack_from(self._rows, position * self._row.size)
        parents = [] if first == _NO_PARENT else [first]
        if second & _MORE:
            parents += self._further(second & ~_MORE)
        elif second != _NO_PARENT:
            parents.append(second)
        return tree, tuple(parents), number >> 2

    def line_row(self, position: int) -> tuple[bytes, int | None, int]:
        """Return the tree, the position of the first parent, and the generation."""
        tree, first, _, number, _ = self._row.unpack_from(self._rows, position * self._row.size)
        return tree, None if first == _NO_PARENT else first, number >> 2

    def generation(self, position: int) -> int:
        at = position * (self._length + 16) + self._length + 8
        number = int.from_bytes(self._rows[at : at + 4], "big") >> 2
        return number if number < _HIGHEST_GENERATION else 0

    def _further(self, number: int) -> list[int]:
        parents = []
        while True:
            if 4 * number >= len(self._edges):
                raise GraphError("the list of further parents is cut off")
            edge = int.from_bytes(self._edges[4 * number : 4 * number + 4], "big")
            parents.append(edge & ~_LAST)
            number += 1
            if edge & _LAST:
                return parents

    def _read_filters(self) -> tuple[bytes, bytes, int, int, int] | None:
        """Return where filters start and end, their bytes, version and number of the hashes, and bits for each path."""
        ends, data = self._chunks.get(b"BIDX"), self._chunks.get(b"BDAT")
        if ends is None or data is None or len(ends) != 4 * self.count:
            return None
        version, hashes, bits_per_path = struct.unpack_from(">LLL", data)
        is_usual = version in (1, 2) and 0 < hashes <= 64
        # The first one starts at 0.
        return (bytes(4) + ends, data[12:], version, hashes, bits_per_path) if is_usual else None

    def may_change(self, position: int, paths: PathFilter) -> Collection[bytes]:
        if self._filters is None:
            return paths.names
        ends, data, version, hashes, bits_per_path = self._filters
        if version == 1 and not paths.is_ascii:
            return paths.names
        start, end = _ENDS.unpack_from(ends, 4 * position)
        # An empty one is of a commit that git has not looked at.
        is_known = start < end <= len(data)
        return paths.names_in(data[start:end], hashes, bits_per_path) if is_known else paths.names


def read_graph(folders: Iterable[str], object_format: str) -> CommitGraph | None:
    """Return the graph of the first of some objects folders that has one; None if it is absent or damaged."""
    for folder in folders:
        info = os.path.join(folder, "info")
        try:
            data = read_regular(os.path.join(info, "commit-graph"), _LARGEST)
            if data is not None:
                return CommitGraph([_Layer(data, object_format, [])])
            layers = _chain(os.path.join(info, "commit-graphs"), object_format)
        except (OSError, OverflowError, ValueError, LookupError, struct.error):
            return None
        if layers:
            return CommitGraph(layers)
    return None


def _chain(folder: str, object_format: str) -> list[_Layer]:
    """Return the layers that the file of a chain names, the lowest first."""
    layers: list[_Layer] = []
    for name in (read_small(os.path.join(folder, "commit-graph-chain")) or b"").decode("ascii").split():
        path = os.path.join(folder, f"graph-{bytes.fromhex(name).hex()}.graph")
        layer = _Layer(read_regular(path, _LARGEST) or b"", object_format, layers)
        if layer.checksum.hex() != name:
            raise ValueError("a layer has another checksum than the chain says")
        layers.append(layer)
    return layers


def _chunks(data: bytes, count: int) -> dict[bytes, bytes]:
    """Return the chunks of a file by name; the table of contents says where each starts."""
    table = [struct.unpack_from(">4sQ", data, 8 + 12 * number) for number in range(count + 1)]
    chunks = {}
    for (name, start), (_, end) in pairwise(table):
        if not 8 + 12 * (count + 1) <= start <= end <= len(data):
            raise ValueError("a chunk is outside the file")
        chunks[name] = data[start:end]
    return chunks
