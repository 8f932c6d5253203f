"""PackBytes: a pack in memory, without an index.

Opening it computes the id of each object from its content, so nobody else's claim about an id counts. Memory grows with
the pack and with its largest object, not with the inflated size of all objects.

Sources: gitformat-pack(5).
"""

from __future__ import annotations

from zenml_pin.base.hashing import new_hasher
from zenml_pin.base.limits import Limits
from zenml_pin.base.values import Value
from zenml_pin.errors import LimitError
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.storage.pack_entry import (
    ID_DELTA,
    KINDS,
    OFFSET_DELTA,
    apply_delta,
    delta_sizes,
    inflate,
    read_header,
)
from zenml_pin.source import ID_LENGTHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.storage.pack_entry import Buffer

_HEAD = 12


class Packed(Value):
    """One object of a pack: its kind, its size, and where its entry starts."""

    kind: str
    size: int
    start: int


class PackBytes:
    """A pack.

    Args:
        data: All of it.
        object_format: "sha1" or "sha256".
        limits: Sizes; `bundle` limits the inflated size of all objects, `tree` and `source` that of delta bases.
        label: Its name in messages.
        is_thin: Whether the bases of deltas may be missing from the pack.

    Attributes:
        objects: The objects by id; deltas come after all others.
        lacking: How many deltas lack their bases.

    Raises:
        LimitError: Its inflated size is above a limit.
        ValueError, IndexError, zlib.error: It is damaged.
    """

    def __init__(
        self, data: Buffer, object_format: str, limits: Limits, label: str, is_thin: bool = False
    ) -> None:
        self._data = memoryview(data)
        self._label = label
        self._format = object_format
        self._limits = limits
        self._id_length = ID_LENGTHS[object_format] // 2
        self._left = limits.bundle
        self.objects: dict[str, Packed] = {}
        # Entries of deltas by their base, the start of an entry or an id, until the base is known.
        self._deltas: dict[int | str, list[int]] = {}
        # Then the start of the base by the start of the delta.
        self._bases: dict[int, int] = {}
        for name, packed in self._scan(self._count()):
            self.objects.setdefault(name, packed)
            self._derive(name, packed)
        self.lacking = sum(map(len, self._deltas.values()))
        if self.lacking and not is_thin:
            raise ValueError(f"{self.lacking} of its deltas lack their bases")

    def read(self, name: str, limit: int) -> tuple[str, bytes] | None:
        """Return the kind and content of an object of at most `limit` bytes; None if the pack does not have it."""
        packed = self.objects.get(name)
        if packed is None:
            return None
        if packed.size > limit:
            field = "source" if packed.kind == "blob" else "tree"
            raise LimitError(f"object '{name}'", packed.size, limit, field)
        return packed.kind, self._content(packed.start)

    def _count(self) -> int:
        """Check header and checksum, and return the number of entries in the header."""
        self._end = len(self._data) - self._id_length
        version, count = (int.from_bytes(self._data[at : at + 4], "big") for at in (4, 8))
        if self._end < _HEAD:
            raise ValueError("it is cut off")
        if bytes(self._data[:4]) != b"PACK" or version not in (2, 3):
            raise ValueError("it does not contain a pack")
        hasher = new_hasher(self._format, self._end)
        hasher.update(self._data[: self._end])
        if hasher.digest() != self._data[self._end :]:
            raise ValueError("its pack has another checksum than it says")
        return count

    def _scan(self, count: int) -> list[tuple[str, Packed]]:
        """Read every entry once; return the objects that are not deltas, with their ids."""
        whole = []
        start = _HEAD
        for _ in range(count):
            kind, size, base, stream = read_header(self._data, start, self._id_length)
            self._take(size)
            hasher = new_hasher(self._format, size)
            if kind in KINDS:
                hasher.update(f"{KINDS[kind]} {size}\0".encode("ascii"))
            end = inflate(self._data, stream, size, hasher.update)
            if kind in KINDS:
                whole.append((hasher.hexdigest(), Packed(KINDS[kind], size, start)))
            elif kind in (OFFSET_DELTA, ID_DELTA):
                self._deltas.setdefault(
                    start - base if isinstance(base, int) else (base or b"").hex(), []
                ).append(start)
            else:
                raise ValueError("an entry is of an unknown kind")
            start = end
        if start != self._end:
            raise ValueError("its pack contains more than it says")
        return whole

    def _derive(self, name: str, packed: Packed) -> None:
        """Add the objects whose delta base is this one, directly or indirectly; each base is built once."""
        todo = [(start, packed, b"") for start in self._pop_deltas(name, packed)]
        if todo:
            self._refuse_large(packed.size)
            content = self._content(packed.start)
            todo = [(start, packed, content) for start, packed, _ in todo]
        while todo:
            start, base, content = todo.pop()
            delta = self._stream(start)
            size = delta_sizes(delta)[1]
            self._refuse_large(size)
            self._take(size)
            result = apply_delta(content, delta)
            self._bases[start] = base.start
            packed = Packed(base.kind, size, start)
            name = object_id(base.kind, result, self._format)
            self.objects.setdefault(name, packed)
            todo += [(next_start, packed, result) for next_start in self._pop_deltas(name, packed)]

    def _pop_deltas(self, name: str, packed: Packed) -> list[int]:
        """Take out the deltas whose base is an object, by its start or its id; return where they start."""
        return [*self._deltas.pop(packed.start, ()), *self._deltas.pop(name, ())]

    def _content(self, start: int) -> bytes:
        """Return the content of an object: that of its last base, with all deltas applied."""
        deltas = []
        while start in self._bases:
            deltas.append(self._stream(start))
            start = self._bases[start]
        content = self._stream(start)
        while deltas:
            content = apply_delta(content, deltas.pop())
        return content

    def _stream(self, start: int) -> bytes:
        _, size, _, stream = read_header(self._data, start, self._id_length)
        parts: list[bytes] = []
        inflate(self._data, stream, size, parts.append)
        return b"".join(parts)

    def _take(self, size: int) -> None:
        """Subtract an inflated size from what is left of the limit.

        Raises:
            LimitError: Nothing is left.
        """
        self._left -= size
        if self._left < 0:
            limit = self._limits.bundle
            raise LimitError(f"the content of {self._label}", limit - self._left, limit, "bundle")

    def _refuse_large(self, size: int) -> None:
        most = max(self._limits.tree, self._limits.source)
        if size > most:
            raise LimitError(f"an object of {self._label}", size, most, "tree")
