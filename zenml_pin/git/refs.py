"""Refs: HEAD, branches and tags, in files, packed, or in reftables. Read only.

dulwich's container for reftables writes into the repository when it is opened, so its table reader is used instead.

Sources: gitglossary(7) ref, symref; gitformat-reftable.
"""

from __future__ import annotations

import os
from io import BytesIO

from dulwich.refs import DiskRefsContainer, Ref

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.files import read_regular, read_small
from zenml_pin.git.layout import Layout
from zenml_pin.source import is_commit_id

_SYMREF = b"ref: "
# git gives up at the same depth.
_SYMREF_DEPTH = 5
_TABLE_LIMIT = 64 * 2**20


class Refs:
    """The refs of one worktree."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tables = _read_tables(layout) if layout.ref_storage == "reftable" else None
        self._files = DiskRefsContainer(layout.commondir, layout.gitdir)

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
        value = self._read("HEAD") or b""
        return os.fsdecode(value.removeprefix(_SYMREF).strip()) if value.startswith(_SYMREF) else None

    def all(self) -> dict[str, str]:
        """Return every ref below `refs/` with the id that it leads to, sorted by name."""
        names = (
            [os.fsdecode(name) for name in self._files.allkeys()] if self._tables is None else list(self._tables)
        )
        found = {name: self.find(name) for name in sorted(names) if name.startswith("refs/")}
        return {name: target for name, target in found.items() if target}

    def _read(self, name: str) -> bytes | None:
        if self._tables is not None:
            return self._tables.get(name)
        try:
            if name == "HEAD":
                # Read by hand: a detached HEAD in a damaged packed-refs file is still readable.
                return (read_small(os.path.join(self._layout.gitdir, "HEAD")) or b"").strip() or None
            return self._files.read_ref(Ref(os.fsencode(name)))
        except Exception as error:
            raise UnsupportedError(
                f"ref '{name}' in '{self._layout.root}' cannot be read: {type(error).__name__}"
            ) from error


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
