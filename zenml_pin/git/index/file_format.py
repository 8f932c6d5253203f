"""The bytes of an index file: its header, its entries in versions 2 to 4, and its extensions.

    index     = "DIRC" version count *entry *extension trailer
    entry     = 40 bytes of stat, id, flags, [more flags], name; padded with NUL in versions 2 and 3
    extension = signature of 4 bytes, size, content; a reader must know extensions with lower-case signatures

Sources: gitformat-index(5).
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = 12
LONG_NAME = 0xFFF
_EXTENDED = 0x4000
_SKIP_WORKTREE = 0x4000
_INTENT_TO_ADD = 0x2000
_KNOWN_EXTENDED = 0x6000
# Both change the meaning of the entries: a base file to merge with, and folders instead of files.
KNOWN_REQUIRED = frozenset([b"link", b"sdir"])


class IndexEntry(Value):
    """One entry of the index.

    Args:
        path: Relative to the repository root; a folder of a sparse index ends in "/".
        mode: As in a tree.
        id: Id of the staged blob or commit.
        size: Size of the file when it was staged, modulo 2**32; 0 if not known.
        stage: 0, or 1 to 3 in a conflict.
        intent_to_add: Whether only its name was staged.
        skip_worktree: Whether it is left out of the worktree, as in a sparse checkout.
    """

    __slots__ = ("path", "mode", "id", "size", "stage", "intent_to_add", "skip_worktree")

    path: bytes
    mode: int
    id: str
    size: int
    stage: int
    intent_to_add: bool
    skip_worktree: bool

    def __init__(
        self,
        path: bytes,
        mode: int,
        id: str,
        size: int = 0,
        stage: int = 0,
        intent_to_add: bool = False,
        skip_worktree: bool = False,
    ) -> None:
        # Not the common `__init__`, which takes twice as long: a folder of hundreds of files makes as many of these.
        _set_path(self, path)
        _set_mode(self, mode)
        _set_id(self, id)
        _set_size(self, size)
        _set_stage(self, stage)
        _set_intent_to_add(self, intent_to_add)
        _set_skip_worktree(self, skip_worktree)


(
    _set_path,
    _set_mode,
    _set_id,
    _set_size,
    _set_stage,
    _set_intent_to_add,
    _set_skip_worktree,
) = (vars(IndexEntry)[name].__set__ for name in IndexEntry.__slots__)


# Without struct, which takes longer to import than most indexes to read.
def _long(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4])


def parse_header(data: bytes) -> tuple[int, int]:
    """Return an index file's version and its number of entries."""
    if len(data) < HEADER or data[:4] != b"DIRC":
        raise UnsupportedError("the index is damaged: it does not start with DIRC")
    version, count = _long(data, 4), _long(data, 8)
    if version not in (2, 3, 4):
        raise UnsupportedError(f"the index has version {version}, known are 2 to 4")
    return version, count


def parse_entry(data: bytes, position: int, path: bytes, id_length: int) -> IndexEntry:
    """Return the entry whose stat data start at a position; the caller has read its path."""
    flags_at = position + 40 + id_length
    # Mode, owner, group and size.
    numbers = int.from_bytes(data[position + 24 : position + 40])
    mode, size = numbers >> 96, numbers & 0xFFFFFFFF
    blob_id = data[position + 40 : flags_at].hex()
    flags = data[flags_at] << 8 | data[flags_at + 1]
    stage = (flags >> 12) & 3
    if not flags & _EXTENDED:
        return IndexEntry(path, mode, blob_id, size, stage)
    more = data[flags_at + 2] << 8 | data[flags_at + 3]
    if more & ~_KNOWN_EXTENDED:
        raise UnsupportedError(f"the index has an entry with the unknown flags {more:#06x}")
    return IndexEntry(
        path, mode, blob_id, size, stage, bool(more & _INTENT_TO_ADD), bool(more & _SKIP_WORKTREE)
    )


def name_span(data: bytes, position: int, id_length: int) -> tuple[int, int]:
    """Return where the name of a padded entry starts and ends."""
    flags_at = position + 40 + id_length
    flags = data[flags_at] << 8 | data[flags_at + 1]
    start = flags_at + (4 if flags & _EXTENDED else 2)
    length = flags & LONG_NAME
    end = start + length if length < LONG_NAME else data.index(b"\0", start + LONG_NAME)
    return start, end


def scan_padded(
    data: bytes, count: int, wanted: Callable[[bytes, int, int], bool], id_length: int
) -> tuple[list[IndexEntry], int]:
    """Return the wanted entries of version 2 or 3, and where the entries end.

    `wanted(data, start, end)` tests each name before the entry is parsed, so that no other entry becomes an object.
    """
    entries = []
    position = HEADER
    for _ in range(count):
        start, end = name_span(data, position, id_length)
        if wanted(data, start, end):
            entries.append(parse_entry(data, position, data[start:end], id_length))
        position += (end - position + 8) & ~7
    return entries, position


def scan_compressed(
    data: bytes, count: int, wanted: Callable[[bytes, int, int], bool], id_length: int
) -> tuple[list[IndexEntry], int]:
    """Do what `scan_padded` does for version 4, where a name shares its start with the name before."""
    entries = []
    position, name = HEADER, b""
    flags_at = 40 + id_length
    for _ in range(count):
        start = position + flags_at + (4 if data[position + flags_at] & 0x40 else 2)
        dropped, start = read_offset(data, start)
        end = data.index(b"\0", start)
        name = name[: len(name) - dropped] + data[start:end]
        if wanted(name, 0, len(name)):
            entries.append(parse_entry(data, position, name, id_length))
        position = end + 1
    return entries, position


def read_offset(data: bytes, position: int) -> tuple[int, int]:
    """Return a number in git's "offset encoding", and where it ends."""
    byte = data[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = data[position]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, position + 1


def iter_extensions(data: bytes, position: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield signature and content of each extension between the entries and the trailer.

    Raises:
        UnsupportedError: A required extension is not known, or one is cut off.
    """
    while position < end:
        signature = data[position : position + 4]
        if position + 8 > end:
            raise UnsupportedError("the index is damaged: an extension is cut off")
        size = _long(data, position + 4)
        if not 0x41 <= signature[0] <= 0x5A and signature not in KNOWN_REQUIRED:
            raise UnsupportedError(f"the index needs the unknown extension {signature.decode('latin-1')!a}")
        if position + 8 + size > end:
            raise UnsupportedError("the index is damaged: an extension is cut off")
        yield signature, data[position + 8 : position + 8 + size]
        position += 8 + size


def scan(
    data: bytes, id_length: int, wanted: Callable[[bytes, int, int], bool]
) -> tuple[list[IndexEntry], dict[bytes, bytes]]:
    """Return the wanted entries of an index file, and the contents of its extensions.

    Raises:
        UnsupportedError: The file is damaged, or uses an unsupported feature.
    """
    version, count = parse_header(data)
    scan_entries = scan_compressed if version == 4 else scan_padded
    end = len(data) - id_length
    try:
        entries, position = scan_entries(data, count, wanted, id_length)
        if position > end:
            raise ValueError("cut off")
    except (ValueError, IndexError) as error:
        raise UnsupportedError("the index is damaged: its entries are cut off") from error
    return entries, dict(iter_extensions(data, position, end))


def is_at(path: bytes, folder: bytes) -> bool:
    """Tell whether a path is a folder or below it; "" contains every path."""
    return not folder or path == folder or path.startswith(folder + b"/")
