"""The cache of code: a module's source at a commit is compiled once, however many pins contain it.

Code is kept as marshal bytes in which the pin (the commit's id, and the roots id where a caller gave source roots) is a
placeholder of the same length, derived from the blob's id; the code of a pin is `marshal.loads` of these bytes, with
the pin in place of the placeholder. The placeholder cannot occur in the source by chance. The key has everything else
on which the code depends: blob id, path, whether the module is a package's `__init__`, optimisation level, and the
routes of the file's import roots. Python's version and the rewriter's are the same for the life of a process, and are
part of the key in the cache on disk.

The cache on disk keeps one entry for each file, the latest, with the roots and routes that it was compiled for: in one
environment they are mostly the same. Its code is trusted as the code in `__pycache__` is, see `cache`. Code from the
disk and code that was compiled here are kept apart, so that a load without the cache never runs code from it.
"""

from __future__ import annotations

import marshal
import sys

# importlib.util takes it from there, and a load needs nothing else of it.
from _frozen_importlib_external import MAGIC_NUMBER

from zenml_pin import cache
from zenml_pin.base.bounded import Bounded, BoundedBytes
from zenml_pin.base.hashing import hex_digest
from zenml_pin.importing.rewriting.names import REWRITER_VERSION
from zenml_pin.importing.virtual_paths import is_code_name
from zenml_pin.source import ROOTS_ID_LENGTH, join_pin, object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from zenml_pin.importing.rewriting.route import Route, Target

    Key = tuple[object, ...]
    Ways = tuple[tuple[str, str], ...]
    Scan = tuple[tuple[str, ...], tuple[str, ...] | None]

# An audit of a thousand pins of one repository compiles about 500 files, some 10 KB of code each.
_KEPT = 4096
# Marshal bytes of the code that is kept unmarshalled, which takes three times as much: 1 MB of source gives 1.3 MB.
_READY = 2 * 2**20


class File:
    """A file to compile.

    Args:
        target: The commit, whose pin the code contains.
        blob_id: The id of the file's content.
        path: The file's path at the commit.
        depth: How many packages deep the module's package is below the pin's root.
        read: Reads the file; called only when its code is not known.

    Attributes:
        places: The names that its code may look for beside itself; None if it does not speak of a place. Known after
            `CodeCache.get`.
    """

    def __init__(
        self, target: Target, blob_id: str, path: str, depth: int, read: Callable[[], bytes]
    ) -> None:
        self.target = target
        self.has_given_roots = target.label != target.commit_id
        name = target.code_name(path)
        # Code of a materialized commit contains the real name of its file.
        place = path if is_code_name(name) else name
        self.key: Key = (blob_id, place, depth, sys.flags.optimize, self.has_given_roots)
        self._path = path
        self._depth = depth
        self._read = read
        self._text: str | None = None
        self.places: tuple[str, ...] | None = None

    @property
    def cache_key(self) -> str:
        """The key in the cache on disk, which other Pythons and other releases of this package use too."""
        blob_id, path, depth, optimize, has_given_roots = self.key
        kind = "code of given roots" if has_given_roots else "code"
        return f"{kind} {MAGIC_NUMBER.hex()} {REWRITER_VERSION} {optimize} {depth} {blob_id} {path}"

    def scan(self) -> Scan:
        """Return the first part of every absolute import in the file, and its places."""
        from zenml_pin.importing.rewriting.import_scan import import_roots
        from zenml_pin.importing.rewriting.place_words import find_places

        text = self._source()
        return tuple(sorted(import_roots(text))), find_places(text)

    def compile(self, routes: dict[str, Route]) -> CodeType:
        """Compile the file, with its imports routed into the pin."""
        from zenml_pin.importing.rewriting.compile import compile_source

        return compile_source(self._source(), self.target, self._path, self._depth, routes)

    def _source(self) -> str:
        from zenml_pin.importing.rewriting.compile import decode_text

        if self._text is None:
            self._text = decode_text(self._read(), self.target.code_name(self._path))
        return self._text


class CodeCache:
    """Compiled code by blob, bounded. Threads may share it: at worst one file is compiled twice."""

    def __init__(self, kept: int = _KEPT, ready: int = _READY) -> None:
        self._scans: Bounded[Key, Scan] = Bounded(kept)
        self._codes: Bounded[Key, bytes] = Bounded(kept)
        # The code of the pins that were loaded last, in case they are loaded again.
        self._ready: BoundedBytes[Key, CodeType] = BoundedBytes(ready)

    def get(self, file: File, disk: cache.Cache | None = None) -> CodeType:
        """Return the code of a file in its pin.

        Args:
            file: The file.
            disk: The cache on disk, read and written too; always the same one for one `CodeCache`.
        """
        scan = self._scans.get(file.key)
        if scan is None and disk is not None:
            scan = self._fetch(file, disk)
        if scan is None:
            scan = self._scans.add(file.key, file.scan())
        roots, file.places = scan
        routes = {root: file.target.decide(root) for root in roots}
        ways = tuple((route.way, route.name) for route in routes.values())
        ready = (file.target.label, *file.key, ways)
        code = self._ready.get(ready)
        if code is None:
            code = self._ready.add(ready, *self._make(file, routes, ways, disk))
        return code

    def _make(
        self, file: File, routes: dict[str, Route], ways: Ways, disk: cache.Cache | None
    ) -> tuple[CodeType, int]:
        """Return code and the length of its marshal bytes; made from these bytes or from the source."""
        pin = file.target.label.encode("ascii")
        placeholder = _placeholder(str(file.key[0]), file.has_given_roots)
        data = self._codes.get((*file.key, ways))
        if data is not None:
            code: CodeType = marshal.loads(data.replace(placeholder, pin))
            return code, len(data)
        code = file.compile(routes)
        data = self._codes.add((*file.key, ways), marshal.dumps(code).replace(pin, placeholder))
        if disk is not None:
            disk.put(file.cache_key, marshal.dumps((tuple(routes), file.places, ways, data)))
        return code, len(data)

    def _fetch(self, file: File, disk: cache.Cache) -> Scan | None:
        """Take the entry of a file from the cache on disk; return its import roots and places, or None."""
        content = disk.get(file.cache_key)
        if content is None:
            return None
        entry: tuple[tuple[str, ...], tuple[str, ...] | None, Ways, bytes] = marshal.loads(content)
        roots, places, ways, data = entry
        self._codes.add((*file.key, ways), data)
        return self._scans.add(file.key, (roots, places))


def _placeholder(blob_id: str, has_given_roots: bool) -> bytes:
    object_format = object_format_of(blob_id) or "sha1"
    digest = hex_digest(b"zenml-pin\0" + blob_id.encode("ascii"), object_format)
    return join_pin(digest, digest[-ROOTS_ID_LENGTH:] if has_given_roots else None).encode("ascii")
