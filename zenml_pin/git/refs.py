"""Refs: HEAD, branches and tags, in files, packed, or in reftables. Read only.

dulwich's containers are not used: the one for files waits for ever on a FIFO in a ref's place, the one for
reftables writes into the repository when it is opened. Its table reader is.

Sources: gitglossary(7) ref, symref; gitformat-reftable.
"""

from __future__ import annotations

import errno
import os
from io import BytesIO

from zenml_pin.base.compat import lazy
from zenml_pin.base.files import read_regular, read_small
from zenml_pin.base.stat_memo import remember
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.layout import Layout
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.stat_memo import Memo

_loose: Memo[bytes | None] = {}
_packed: Memo[dict[str, bytes]] = {}
_SYMREF = b"ref: "
# git gives up at the same depth.
_SYMREF_DEPTH = 5
# One id, or one name; FETCH_HEAD has a line for each branch.
_REF_LIMIT = 2**20
_TABLE_LIMIT = 64 * 2**20


class Refs:
    """The refs of one worktree."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tables = _read_tables(layout) if layout.ref_storage == "reftable" else None

    def find(self, name: str) -> str | None:
        """Return the id that a ref leads to, through symbolic refs; None when it leads nowhere.

        Raises:
            UnsupportedError: The ref is damaged, or symbolic refs go in a circle.
        """
        for _ in range(_SYMREF_DEPTH + 1):
            value = self._read(name)
            if not value:
                return None
            if not value.startswith(_SYMREF):
                text = value.decode("ascii", "replace")
                if not is_commit_id(text):
                    raise UnsupportedError(f"ref '{name}' in '{self._layout.root}' holds no commit id")
                return text
            name = os.fsdecode(value.removeprefix(_SYMREF).strip())
        raise UnsupportedError(f"ref '{name}' in '{self._layout.root}' goes in a circle")

    def head(self) -> str | None:
        """Return the id of HEAD's commit, None before the first commit."""
        return self.find("HEAD")

    def branch(self) -> str | None:
        """Return the full name of the branch that is checked out, None when HEAD is detached."""
        value = self._head or b""
        return os.fsdecode(value.removeprefix(_SYMREF).strip()) if value.startswith(_SYMREF) else None

    def all(self) -> dict[str, str]:
        """Return every ref below `refs/` with the id that it leads to, sorted by name."""
        found = {name: self.find(name) for name in self.names("refs/")}
        return {name: target for name, target in found.items() if target}

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return the sorted names of refs that start so, whatever they lead to; some may lead nowhere."""
        names = self._names() if self._tables is None else set(self._tables)
        return sorted(name for name in names if name.startswith(prefix))

    @lazy
    def _head(self) -> bytes | None:
        return self._read_one("HEAD")

    def _read(self, name: str) -> bytes | None:
        return self._head if name == "HEAD" else self._read_one(name)

    def _read_one(self, name: str) -> bytes | None:
        if self._tables is not None:
            return self._tables.get(name)
        if not _is_safe(name):
            return None
        folder = self._layout.commondir if _is_shared(name) else self._layout.gitdir
        path = f"{folder}/{name}"
        value = remember(_loose, (path,), lambda: self._read_file(path))
        # What follows white space in FETCH_HEAD says where it came from.
        if value is not None and not value.startswith(_SYMREF):
            value = b"".join(value.split(maxsplit=1)[:1])
        return value if value is not None else self._packed.get(name)

    def _read_file(self, path: str) -> bytes | None:
        """Return a ref's file, None where there is none. Not so one that cannot be read: `packed-refs` is older."""
        try:
            return read_regular(path, _REF_LIMIT)
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                return None
            reason = error.strerror if isinstance(error, OSError) else "it is too long"
            raise UnsupportedError(f"ref '{path}' cannot be read: {reason}") from error

    @lazy
    def _packed(self) -> dict[str, bytes]:
        """The refs in `packed-refs`: lines of id, space and name; "^" lines say what a tag leads to."""
        path = f"{self._layout.commondir}/packed-refs"
        return remember(_packed, (path,), lambda: _read_packed(path))

    def _names(self) -> set[str]:
        """Return the names of the refs in files and in `packed-refs`; some may lead nowhere."""
        found = set(self._packed)
        for root in dict.fromkeys([self._layout.commondir, self._layout.gitdir]):
            for folder, _, names in os.walk(os.path.join(root, "refs")):
                found |= {os.path.relpath(os.path.join(folder, name), root) for name in names}
        return {name for name in found if _is_safe(name) and not name.endswith(".lock")}


def _read_packed(path: str) -> dict[str, bytes]:
    try:
        lines = (read_regular(path, _TABLE_LIMIT) or b"").splitlines()
    except (OSError, OverflowError) as error:
        raise UnsupportedError(f"'{path}' cannot be read: {type(error).__name__}") from error
    pairs = (line.partition(b" ") for line in lines if line[:1] not in (b"#", b"^", b""))
    return {os.fsdecode(name): value for value, _, name in pairs}


def _is_safe(name: str) -> bool:
    """Tell whether a name stays inside the repository: a ref, or one in capitals such as ORIG_HEAD."""
    parts = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") for part in parts):
        return False
    return parts[0] == "refs" or (len(parts) == 1 and name.replace("_", "").isupper())


def _is_shared(name: str) -> bool:
    """Tell whether all worktrees share a ref."""
    own = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
    return name.startswith("refs/") and not name.startswith(own)


def _read_tables(layout: Layout) -> dict[str, bytes]:
    """Return the values of all refs, newer tables over older ones, the worktree's over the common ones."""
    values: dict[str, bytes | None] = {}
    for folder in dict.fromkeys([layout.commondir, layout.gitdir]):
        listed = read_small(os.path.join(folder, "reftable", "tables.list")) or b""
        for line in listed.split():
            # A hostile list could name a file anywhere.
            if b"/" not in line and line not in (b".", b".."):
                values |= _read_table(os.path.join(folder, "reftable", os.fsdecode(line)))
    return {name: value for name, value in values.items() if value}


def _read_table(path: str) -> dict[str, bytes | None]:
    """Return the values of one table; None deletes what an older table says."""
    from dulwich.reftable import REF_VALUE_DELETE, REF_VALUE_SYMREF, ReftableReader

    try:
        refs = ReftableReader(BytesIO(read_regular(path, _TABLE_LIMIT) or b"")).all_refs()
    except Exception as error:
        raise UnsupportedError(f"reftable '{path}' cannot be read: {type(error).__name__}") from error
    values: dict[str, bytes | None] = {}
    for name, (kind, value) in refs.items():
        prefix = _SYMREF if kind == REF_VALUE_SYMREF else b""
        values[os.fsdecode(name)] = None if kind == REF_VALUE_DELETE else prefix + value
    return values


class NoRefs:
    """The refs of a place whose refs are not believed."""

    def find(self, name: str) -> str | None:
        """Return None."""
        return None

    def head(self) -> str | None:
        """Return None."""
        return None

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return nothing."""
        return []
