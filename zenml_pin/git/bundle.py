r"""Bundles: some objects in one file, as `git bundle` writes it, opened to be read. Versions 2 and 3.

    bundle       = signature *capability *prerequisite *ref LF pack
    signature    = "# v2 git bundle" LF / "# v3 git bundle" LF
    capability   = "@object-format=" ( "sha1" / "sha256" ) LF / "@filter=" text LF     in version 3
    prerequisite = "-" id [ SP comment ] LF
    ref          = id SP name LF

What a bundle says of itself is not believed. Its objects go by the ids of their content, so looking a commit up in
it is the verification; its refs lead nowhere, they are only what it claims to be for.

>>> open_bundle(b"# v2 git bundle\n\n")
Traceback (most recent call last):
zenml_pin.errors.BundleError: bundle 'in memory ...' cannot be read: it is cut off

Sources: gitformat-bundle(5).
"""

from __future__ import annotations

import hashlib
import os
import zlib

from zenml_pin.base.files import BUNDLE_SUFFIX, read_regular, read_start
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


class BundleHeader(Value):
    """What a bundle claims.

    Args:
        version: 2 or 3.
        object_format: "sha1" or "sha256".
        filter: What was left out when it was made, as git writes it; "" for nothing.
        prerequisites: Ids of the commits that its reader is to have already.
        refs: Ids by ref.
        pack: Where its pack starts.
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
        place: Its name in messages.
    """

    remedy = (
        "a pin bundle holds what its own pins need: bundle this one with 'zenml-pin bundle SOURCE', or name a "
        "repository that holds the commit"
    )

    def __init__(self, pack: PackBytes, object_format: str, place: str) -> None:
        self.pack = pack
        self.object_format = object_format
        self.place = place

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if it is here."""
        found = self.pack.read(object_id, limit)
        if found is not None:
            yield found

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start so."""
        return {name for name in self.pack.objects if name.startswith(prefix)}

    def close(self) -> None:
        """Do nothing: the bundle is in memory, whole."""


class BundleRepository:
    """A bundle, opened to be read.

    Args:
        data: All of it.
        path: Its file; None for one that is in memory alone.
        limits: Sizes, of the bundle and of what is read from it.

    Attributes:
        data: As given.
        header: What it claims.
        source: Its raw objects.
        objects: Its verified objects.
        refs: None that lead anywhere.
        root: Its file, or a name for messages that two bundles share only when they are equal.
        worktree: None.

    Raises:
        BundleError: It is damaged, or uses what is not supported.
        LimitError: It is too large.
    """

    worktree = None

    def __init__(self, data: bytes, path: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self.data = data
        self._path = path
        self.root = path or f"in memory {hashlib.sha256(data).hexdigest()[:16]}"
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
            # It is a ValueError as well.
            raise
        except (ValueError, IndexError, zlib.error) as error:
            reason = str(error) if isinstance(error, ValueError) else "an entry of its pack is damaged"
            raise BundleError(self.root, reason) from error
        self.source = BundleSource(pack, self.header.object_format, self.root)
        self.objects = Objects(self.source, limits)
        self.refs = NoRefs()

    @property
    def address(self) -> str | bytes:
        """What opens it again in another process: its path, or itself."""
        return self._path or self.data

    def head_commit(self) -> Commit | None:
        """Return None: a bundle has no HEAD that is believed."""
        return None

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start so."""
        return self.source.ids_with_prefix(prefix)

    def relative(self, path: str) -> str | None:
        """Return None: there is no working tree."""
        return None

    def fetch_whole(self, commit_id: str) -> None:
        """Do nothing: what there is is here."""

    def close(self) -> None:
        """Do nothing: it is in memory, whole."""


def open_bundle(data: bytes, limits: Limits = DEFAULT_LIMITS) -> BundleRepository:
    """Open a bundle that is in memory.

    Raises:
        BundleError: It is damaged, or uses what is not supported.
        LimitError: It is too large.
    """
    return BundleRepository(data, None, limits)


def open_bundle_file(path: str, limits: Limits = DEFAULT_LIMITS) -> BundleRepository:
    """Open a bundle file; it is read whole, so that nothing that happens to the file later matters.

    Raises:
        BundleError: It is damaged, is no regular file, or uses what is not supported.
        LimitError: It is too large.
    """
    try:
        data = read_regular(path, limits.bundle)
    except OverflowError:
        raise LimitError(f"bundle '{path}'", os.stat(path).st_size, limits.bundle, "bundle") from None
    except OSError as error:
        raise BundleError(path, error.strerror or type(error).__name__) from error
    if data is None:
        raise BundleError(path, "it is no regular file")
    return BundleRepository(data, path, limits)


def is_bundle(path: str) -> bool:
    """Tell whether a regular file is a bundle, of whatever version, or is named as one."""
    start = read_start(path, 16)
    if start is None:
        return False
    return path.endswith(BUNDLE_SUFFIX) or (start[:3] == b"# v" and start[4:] == b" git bundle\n")


def _read_header(data: bytes) -> BundleHeader:
    version = _SIGNATURES.get(data[:16])
    if version is None:
        raise ValueError("it is cut off" if _is_start(data) else "it is no git bundle of version 2 or 3")
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
        raise ValueError(f"its header has a line that holds no {object_format} id")
    if "" in refs:
        raise ValueError("its header has a ref without a name")
    return BundleHeader(
        version, object_format, capabilities.get("filter", ""), tuple(prerequisites), refs, position
    )


def _is_start(data: bytes) -> bool:
    return any(signature.startswith(data) for signature in _SIGNATURES)


def _object_format(capabilities: dict[str, str]) -> str:
    """Return the hash of a bundle; what is not known makes a bundle unreadable, as git says."""
    unknown = sorted(set(capabilities) - {"object-format", "filter"})
    if unknown:
        raise ValueError(f"it needs the unknown capability '{unknown[0]}'")
    object_format = capabilities.get("object-format", "sha1")
    if object_format not in ID_LENGTHS:
        raise ValueError(f"it hashes objects with '{object_format}'")
    return object_format


# What a bundle says that holds single commits, with the trees and files that somebody needs of them: git then takes
# what is not there for left out, and does not look for it.
SUBSET = "tree:0"
_NUMBERS = {kind: number for number, kind in KINDS.items()}


def write_bundle(
    objects: Mapping[str, tuple[str, bytes]],
    refs: Mapping[str, str],
    *,
    filter: str = SUBSET,
    object_format: str = "sha1",
) -> bytes:
    """Return a bundle, of version 2 where that can say all.

    Args:
        objects: Kind and raw content by id; commits are written first, then trees, then files, each sorted by id.
        refs: Ids by ref; written sorted.
        filter: What was left out; "" claims that nothing was, and all that commits and trees name is there.
        object_format: "sha1" or "sha256".
    """
    # The order in which git writes them too.
    ordered = sorted(objects.items(), key=lambda item: (_NUMBERS[item[1][0]], item[0]))
    entries = [_entry(kind, data) for _, (kind, data) in ordered]
    pack = b"".join([b"PACK", (2).to_bytes(4, "big"), len(entries).to_bytes(4, "big"), *entries])
    digest = hashlib.new(object_format, pack, usedforsecurity=False).digest()
    lines = [f"{name} {ref}\n" for ref, name in sorted(refs.items())]
    return os.fsencode("".join([*_signature(filter, object_format), *lines, "\n"])) + pack + digest


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
