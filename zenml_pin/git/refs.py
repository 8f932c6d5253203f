"""Refs: HEAD, branches and tags, in files, packed, or in reftables. Read only.

We do not use dulwich's containers. The one for files waits for ever if a ref's file is a FIFO. The one for reftables
writes into the repository when it is opened, and does not find all refs in tables that git wrote.

Refs are in the repository's own folders, or where extensions.refStorage or GIT_REFERENCE_BACKEND says:

    value   = storage [ "://" path ]
    storage = "files" | "reftable"

A relative path begins at the common git directory. A linked worktree's own refs are then in `PATH/worktrees/NAME`.

Sources: gitglossary(7) ref, symref, pseudoref; git-config(1) extensions.refStorage; git(1) GIT_REFERENCE_BACKEND.
"""

from __future__ import annotations

import errno
import os

from zenml_pin.base import environment
from zenml_pin.base.files import read_regular
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.stat_memo import remember, stamp_at
from zenml_pin.base.values import Value
from zenml_pin.git.layout import Layout, parse_ref_storage
from zenml_pin.load_errors import UnsupportedError
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.base.stat_memo import Memo, Stamp
    from zenml_pin.git.interfaces import NamedRefs
    from zenml_pin.git.reftable.stack import Stack

_loose: Memo[bytes | None] = {}
_packed: Memo[dict[str, bytes]] = {}
_SYMREF = b"ref: "
# git gives up at the same depth.
_SYMREF_DEPTH = 5
# A ref's file contains one id or one name; FETCH_HEAD has a line for each branch.
_REF_LIMIT = 2**20
_PACKED_LIMIT = 64 * 2**20
# Each worktree has its own refs below these.
_OWN = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
# Where git looks for a ref with a short name, in this order.
_SHORT_NAMES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
# These are always files, also if the other refs are in tables.
_PSEUDOREFS = ("FETCH_HEAD", "MERGE_HEAD")


class RefLocation(Value):
    """Where refs are.

    Args:
        storage: "files" or "reftable".
        shared: The folder of the refs that all worktrees share.
        own: The folder of HEAD and the other refs that only this worktree has.
    """

    storage: str
    shared: str
    own: str


def locate_refs(layout: Layout) -> RefLocation:
    """Return where a repository's refs are, for this process.

    Raises:
        UnsupportedError: There are no refs, or the environment names a storage that is not supported.
    """
    value = environment.git_reference_backend()
    storage, path = (layout.ref_storage, layout.ref_path) if value is None else parse_ref_storage(value, "")
    if path is None:
        return RefLocation(storage, layout.commondir, layout.gitdir)
    shared = os.path.realpath(os.path.join(layout.commondir, path))
    own = shared
    if os.path.lexists(os.path.join(layout.gitdir, "commondir")):
        own = os.path.join(shared, "worktrees", os.path.basename(layout.gitdir))
    if not path or not os.path.lexists(os.path.join(own, "HEAD" if storage == "files" else "reftable")):
        setting = "GIT_REFERENCE_BACKEND" if value is not None else "extensions.refStorage"
        raise UnsupportedError(f"the refs of '{layout.root}' are not in '{own}', which {setting} names")
    return RefLocation(storage, shared, own)


class Refs:
    """The refs of one worktree.

    Attributes:
        location: Where they are.

    Raises:
        UnsupportedError: A setting or the environment names another location, and there are no refs there.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.location = locate_refs(layout)
        self._in_tables = self.location.storage == "reftable"
        self._latest_packed: tuple[Stamp, dict[str, bytes]] | None = None

    def find(self, name: str) -> str | None:
        """Return the id that a ref leads to, through symbolic refs; None if it leads nowhere.

        Raises:
            UnsupportedError: The ref is damaged, or symbolic refs go in a circle.
        """
        return self._follow(name, self._read)

    def _follow(self, name: str, read: Callable[[str], bytes | None]) -> str | None:
        target, fault = self._target(name, read)
        if fault:
            raise UnsupportedError(
                fault,
                "'git fsck' lists damaged refs: write it anew with 'git update-ref', or delete its file",
            )
        return target

    def _target(self, name: str, read: Callable[[str], bytes | None]) -> tuple[str | None, str]:
        """Return the id that a ref leads to, None if it leads nowhere; and why it is damaged, "" if it is not."""
        for _ in range(_SYMREF_DEPTH + 1):
            value = read(name)
            if not value:
                return None, ""
            if not value.startswith(_SYMREF):
                text = value.decode("ascii", "replace")
                is_id = is_commit_id(text)
                return (
                    (text, "")
                    if is_id
                    else (None, f"ref '{name}' in '{self._layout.root}' contains no commit id")
                )
            name = os.fsdecode(value.removeprefix(_SYMREF).strip())
        return None, f"ref '{name}' in '{self._layout.root}' goes in a circle"

    def head(self) -> str | None:
        """Return the id of HEAD's commit, None before the first commit."""
        return self.find("HEAD")

    def branch(self) -> str | None:
        """Return the full name of the branch that is checked out, None when HEAD is detached."""
        value = self._head or b""
        return os.fsdecode(value.removeprefix(_SYMREF).strip()) if value.startswith(_SYMREF) else None

    def all(self) -> dict[str, str]:
        """Return every ref below `refs/` with the id that it leads to, sorted by name; damaged ones are left out.

        Raises:
            UnsupportedError: A ref's file, or `packed-refs`, cannot be read.
        """
        if self._in_tables:
            # One scan of the tables, not one for each ref.
            values = self._scan("refs/")
            targets = {name: self._target(name, values.get)[0] for name in sorted(values)}
        else:
            targets = {name: self._target(name, self._read_whole)[0] for name in self.names("refs/")}
        return {name: target for name, target in targets.items() if target}

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return the sorted names of the refs that start with a prefix; some may lead nowhere."""
        names = set(self._scan(prefix)) if self._in_tables else self._names()
        return sorted(name for name in names if name.startswith(prefix))

    @lazy
    def _head(self) -> bytes | None:
        return self._read_one("HEAD")

    def _read(self, name: str) -> bytes | None:
        return self._head if name == "HEAD" else self._read_one(name)

    def _read_one(self, name: str) -> bytes | None:
        if not _is_safe(name):
            return None
        if self._in_tables and name not in _PSEUDOREFS:
            return (self._shared_tables if _is_shared(name) else self._own_tables).find(name)
        folder = self.location.shared if _is_shared(name) else self.location.own
        path = f"{folder}/{name}"
        value = remember(_loose, (path,), lambda: self._read_file(path))
        # In FETCH_HEAD, white space and the origin of the id follow the id.
        if value is not None and not value.startswith(_SYMREF):
            value = b"".join(value.split(maxsplit=1)[:1])
        return value if value is not None or self._in_tables else self._packed().get(name)

    def _read_whole(self, name: str) -> bytes | None:
        """Return what `_read` does; None for a file that cannot be a ref, which git's list leaves out too."""
        try:
            return self._read(name)
        except UnsupportedError as error:
            cause = error.__cause__
            if isinstance(cause, OverflowError) or getattr(cause, "errno", 0) == errno.ELOOP:
                return None
            raise

    def _read_file(self, path: str) -> bytes | None:
        """Return the text of a ref's file, None if there is no file.

        A file that cannot be read is an error, because the value in `packed-refs` is older.
        """
        try:
            return read_regular(path, _REF_LIMIT)
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                return None
            reason = error.strerror if isinstance(error, OSError) else "it is too long"
            raise UnsupportedError(f"ref '{path}' cannot be read: {reason}") from error

    # Tables

    @lazy
    def _shared_tables(self) -> Stack:
        return _open_stack(self.location.shared, self._layout.object_format)

    @lazy
    def _own_tables(self) -> Stack:
        """The tables of this worktree alone; those of the main worktree are the shared ones."""
        if self.location.own == self.location.shared:
            return self._shared_tables
        return _open_stack(self.location.own, self._layout.object_format)

    def _scan(self, prefix: str) -> dict[str, bytes]:
        """Return the values of the refs in tables that start with a prefix, without another worktree's own refs."""
        values = self._shared_tables.scan(prefix)
        if self._own_tables is not self._shared_tables:
            own = self._own_tables.scan(prefix)
            values = {name: value for name, value in values.items() if _is_shared(name)}
            values |= {name: value for name, value in own.items() if not _is_shared(name)}
        return {name: value for name, value in values.items() if _is_safe(name)}

    # Files

    def _packed(self) -> dict[str, bytes]:
        """Return the refs in `packed-refs`: lines of id, space and name; a "^" line has the id that a tag leads to.

        `git pack-refs` writes this file before it deletes the refs' own: who misses a file looks here afterwards.
        """
        path = f"{self.location.shared}/packed-refs"
        now = stamp_at(path)
        latest = self._latest_packed
        if latest is None or latest[0] != now:
            # Of a file that git has just written, `remember` keeps nothing.
            latest = self._latest_packed = now, remember(_packed, (path,), lambda: _read_packed(path))
        return latest[1]

    def _names(self) -> set[str]:
        """Return the names of the refs in files and in `packed-refs`; some may lead nowhere."""
        refs: set[str] = set()
        for root in dict.fromkeys([self.location.shared, self.location.own]):
            for folder, _, names in os.walk(os.path.join(root, "refs")):
                refs |= {os.path.relpath(os.path.join(folder, name), root) for name in names}
        refs |= self._packed().keys()
        return {name for name in refs if _is_safe(name) and not name.endswith(".lock")}


def find_short(refs: NamedRefs, name: str) -> str | None:
    """Return the id that a ref leads to, by the name that a person types; None if there is no such ref."""
    for pattern in _SHORT_NAMES:
        full = pattern.format(name)
        target = refs.find(full) if full.startswith("refs/") or full.isupper() else None
        if target is not None:
            return target
    return None


def _read_packed(path: str) -> dict[str, bytes]:
    try:
        lines = (read_regular(path, _PACKED_LIMIT) or b"").splitlines()
    except (OSError, OverflowError) as error:
        raise UnsupportedError(f"'{path}' cannot be read: {type(error).__name__}") from error
    pairs = (line.partition(b" ") for line in lines if line[:1] not in (b"#", b"^", b""))
    return {os.fsdecode(name): value for value, _, name in pairs}


def _open_stack(folder: str, object_format: str) -> Stack:
    # Imported only here, because most repositories have no tables.
    from zenml_pin.git.reftable.stack import Stack

    return Stack(os.path.join(folder, "reftable"), object_format)


def _is_safe(name: str) -> bool:
    """Tell whether a name cannot leave the repository: a name below `refs/`, or in capitals such as ORIG_HEAD."""
    parts = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") for part in parts):
        return False
    return parts[0] == "refs" or (len(parts) == 1 and name.replace("_", "").isupper())


def _is_shared(name: str) -> bool:
    """Tell whether all worktrees share a ref."""
    return name.startswith("refs/") and not name.startswith(_OWN)


class NoRefs:
    """The refs of a bundle or a server, whose own refs we do not trust: there are no refs."""

    def find(self, name: str) -> str | None:
        """Return None."""
        return None

    def head(self) -> str | None:
        """Return None."""
        return None

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return nothing."""
        return []
