r"""Bundles: objects in one file, as `git bundle` writes it, read and written. Versions 2 and 3.

    bundle       = signature *capability *prerequisite *ref LF pack
    signature    = "# v2 git bundle" LF / "# v3 git bundle" LF
    capability   = "@object-format=" ( "sha1" / "sha256" ) LF / "@filter=" text LF     in version 3
    prerequisite = "-" id [ SP comment ] LF
    ref          = id SP name LF

The claims of a bundle are not trusted. The ids of its objects are computed from their content, so reading a commit from
it also verifies the commit. Its refs are not used as refs: they only tell for which commits it was written.

>>> open_bundle(b"# v2 git bundle\n\n")
Traceback (most recent call last):
zenml_pin.errors.BundleError: bundle 'in memory ...' cannot be read: it is cut off
hint: take it from a good copy, or make it again

Sources: gitformat-bundle(5).
"""

from __future__ import annotations

import os
import zlib

from zenml_pin.base.files import BUNDLE_SUFFIX, read_regular, read_start
from zenml_pin.base.hashing import hex_digest, new_hasher
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.values import Value
from zenml_pin.errors import BundleError, LimitError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.refs import NoRefs
from zenml_pin.git.storage.pack_entry import KINDS
from zenml_pin.git.storage.pack_in_memory import PackBytes
from zenml_pin.source import ID_LENGTHS, is_commit_id, object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGNATURES = {b"# v2 git bundle\n": 2, b"# v3 git bundle\n": 3}
# The filter of a bundle with single commits and only those of their trees and files that a reader needs: git then does
# not look for the missing ones.
SUBSET = "tree:0"
_NUMBERS = {kind: number for number, kind in KINDS.items()}


class BundleHeader(Value):
    """The claims of a bundle.

    Args:
        version: 2 or 3.
        object_format: "sha1" or "sha256".
        filter: What its writer left out, in git's syntax; "" for nothing.
        prerequisites: Ids of commits that its reader must already have.
        refs: Ids by ref.
        pack: The offset of its pack.
    """

    version: int
    object_format: str
    filter: str
    prerequisites: tuple[str, ...]
    refs: dict[str, str]
    pack: int


class BundleSource:
    """The objects of a bundle.

    Args:
        pack: Its pack.
        object_format: "sha1" or "sha256".
        label: Its name in messages.
    """

    remedy = (
        "a bundle contains only the objects of its own pins: bundle this one with 'zenml-pin bundle SOURCE -o FILE', "
        "or name a repository that has the commit"
    )
    is_partial = True

    def __init__(self, pack: PackBytes, object_format: str, label: str) -> None:
        self.pack = pack
        self.object_format = object_format
        self.label = label

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if the bundle has it."""
        copy = self.pack.read(object_id, limit)
        if copy is not None:
            yield copy

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start with a prefix."""
        return {name for name in self.pack.objects if name.startswith(prefix)}

    def close(self) -> None:
        """Do nothing: the whole bundle is in memory."""


class BundleRepository:
    """A bundle, opened to be read.

    Args:
        data: All of its bytes.
        path: Its file; None if it is only in memory.
        limits: Sizes, of the bundle and of its objects.

    Attributes:
        data: As given.
        header: Its claims.
        source: Its raw objects.
        objects: Its verified objects.
        refs: Always empty: a bundle's refs are not trusted.
        root: Its file, or a name for messages that only equal bundles share.
        worktree: None.

    Raises:
        BundleError: It is damaged, or uses an unsupported feature.
        LimitError: It is too large.
    """

    worktree = None

    def __init__(self, data: bytes, path: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self.data = data
        self._path = path
        self.root = path or f"in memory {hex_digest(data)[:16]}"
        try:
            self.header = _read_header(data)
            pack = PackBytes(
                memoryview(data)[self.header.pack :],
                self.header.object_format,
                limits,
                f"bundle '{self.root}'",
                is_thin=bool(self.header.prerequisites),
            )
        except LimitError:
            # LimitError is a ValueError too.
            raise
        except (ValueError, IndexError, zlib.error) as error:
            reason = str(error) if isinstance(error, ValueError) else "an entry of its pack is damaged"
            raise BundleError(self.root, reason) from error
        self.source = BundleSource(pack, self.header.object_format, self.root)
        self.objects = Objects(self.source, limits)
        self.refs = NoRefs()

    @property
    def address(self) -> str | bytes:
        """The argument that opens it in another process: its path, or its bytes."""
        return self._path or self.data

    def head_commit(self) -> Commit | None:
        """Return None: a bundle's HEAD is not trusted."""
        return None

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start with a prefix."""
        return self.source.ids_with_prefix(prefix)

    def relative(self, path: str) -> str | None:
        """Return None: a bundle has no working tree."""
        return None

    def fetch_whole(self, commit_id: str) -> None:
        """Do nothing: the whole bundle is in memory."""

    def close(self) -> None:
        """Do nothing: the whole bundle is in memory."""


def open_bundle(data: bytes, limits: Limits = DEFAULT_LIMITS) -> BundleRepository:
    """Open a bundle that is in memory.

    Raises:
        BundleError: It is damaged, or uses an unsupported feature.
        LimitError: It is too large.
    """
    return BundleRepository(data, None, limits)


def open_bundle_file(path: str, limits: Limits = DEFAULT_LIMITS) -> BundleRepository:
    """Open a bundle file. Reads all of it, so later changes of the file have no effect.

    Raises:
        BundleError: It is damaged, is not a regular file, or uses an unsupported feature.
        LimitError: It is too large.
    """
    try:
        data = read_regular(path, limits.bundle)
    except OverflowError:
        raise LimitError(f"bundle '{path}'", os.stat(path).st_size, limits.bundle, "bundle") from None
    except OSError as error:
        raise BundleError(path, error.strerror or type(error).__name__) from error
    if data is None:
        raise BundleError(path, "it is not a regular file")
    return BundleRepository(data, path, limits)


def is_bundle(path: str) -> bool:
    """Tell whether a regular file is a bundle of any version, or has the suffix of one."""
    start = read_start(path, 16)
    if start is None:
        return False
    return path.endswith(BUNDLE_SUFFIX) or (start[:3] == b"# v" and start[4:] == b" git bundle\n")


def _read_header(data: bytes) -> BundleHeader:
    version = _SIGNATURES.get(data[:16])
    if version is None:
        raise ValueError("it is cut off" if _is_start(data) else "it is not a git bundle of version 2 or 3")
    capabilities: dict[str, str] = {}
    prerequisites: list[str] = []
    refs: dict[str, str] = {}
    position = 16
    while True:
        end = data.find(b"\n", position)
        if end < 0:
            raise ValueError("it is cut off")
        line = os.fsdecode(data[position:end])
        position = end + 1
        if not line:
            break
        if line.startswith("@") and version == 3 and not prerequisites and not refs:
            key, _, value = line[1:].partition("=")
            capabilities[key] = value
        elif line.startswith("-") and not refs:
            prerequisites.append(line[1:].partition(" ")[0])
        else:
            name, _, ref = line.partition(" ")
            refs[ref] = name
    object_format = _object_format(capabilities)
    names = (*prerequisites, *refs.values())
    if not all(is_commit_id(name) and object_format_of(name) == object_format for name in names):
        raise ValueError(f"its header has a line without a {object_format} id")
    if "" in refs:
        raise ValueError("its header has a ref without a name")
    return BundleHeader(
        version, object_format, capabilities.get("filter", ""), tuple(prerequisites), refs, position
    )


def _is_start(data: bytes) -> bool:
    return any(signature.startswith(data) for signature in _SIGNATURES)


def _object_format(capabilities: dict[str, str]) -> str:
    """Return the object format of a bundle. As in git, an unknown capability makes a bundle unreadable."""
    unknown = sorted(set(capabilities) - {"object-format", "filter"})
    if unknown:
        raise ValueError(f"it needs the unknown capability '{unknown[0]}'")
    object_format = capabilities.get("object-format", "sha1")
    if object_format not in ID_LENGTHS:
        raise ValueError(f"it hashes objects with '{object_format}'")
    return object_format


def write_bundle(
    objects: Mapping[str, tuple[str, bytes]],
    refs: Mapping[str, str],
    *,
    filter: str = SUBSET,
    object_format: str = "sha1",
) -> bytes:
    """Return the bytes of a bundle, of version 2 if it has no filter and is of format "sha1".

    Args:
        objects: Kind and raw content by id; commits are written first, then trees, then files, each sorted by id.
        refs: Ids by ref; written sorted.
        filter: What is left out; "" claims that all objects that commits and trees name are included.
        object_format: "sha1" or "sha256".
    """
    # git writes them in the same order.
    ordered = sorted(objects.items(), key=lambda item: (_NUMBERS[item[1][0]], item[0]))
    entries = [_entry(kind, data) for _, (kind, data) in ordered]
    pack = b"".join([b"PACK", (2).to_bytes(4, "big"), len(entries).to_bytes(4, "big"), *entries])
    hasher = new_hasher(object_format, len(pack))
    hasher.update(pack)
    lines = [f"{name} {ref}\n" for ref, name in sorted(refs.items())]
    return os.fsencode("".join([*_signature(filter, object_format), *lines, "\n"])) + pack + hasher.digest()


def _signature(filter: str, object_format: str) -> list[str]:
    if not filter and object_format == "sha1":
        return ["# v2 git bundle\n"]
    lines = ["# v3 git bundle\n", f"@object-format={object_format}\n"]
    return [*lines, f"@filter={filter}\n"] if filter else lines


def _entry(kind: str, data: bytes) -> bytes:
    size = len(data)
    head = [_NUMBERS[kind] << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + zlib.compress(data, 9)
