"""HEAD against the index against the disk, at and below one path.

    HEAD = index = disk   clean
    HEAD / index          staged, deleted
    index / disk          deleted, typechange, modified, unsupported
    disk alone            untracked, ignored-importable

Content is always hashed, as git would store it; modification times are never trusted. As in git, a file whose size
differs from the one in the index is modified, whatever its content.

Sources: git-status(1), gitformat-index(5).
"""

from __future__ import annotations

import os
import stat

from zenml_pin.git.index import Index
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.objects.tree import LINK, SUBMODULE
from zenml_pin.git.settings import repository_settings
from zenml_pin.git.status.changes import Change, Changes
from zenml_pin.git.status.conversion import MAX_POINTER
from zenml_pin.git.status.disk import (
    Disk,
    has_carriage_return,
    hash_file,
    in_cache,
    is_importable,
    read_disk_file,
    read_link,
)
from zenml_pin.git.status.head import HeadSide
from zenml_pin.git.status.rules import Rules, switches_of
from zenml_pin.load_errors import LimitError, UnsupportedError
from zenml_pin.source import ID_LENGTHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.index.file_format import IndexEntry
    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.status.changes import Kind
    from zenml_pin.git.status.conversion import Conversion

# A longer file is read in parts to find line endings; only a file that has some is read into memory whole.
_LARGE = 16 * 2**20
# A conflict always counts, and so does a link or folder instead of a file.
_EXEMPT_KINDS: tuple[Kind, ...] = ("untracked", "modified", "staged", "deleted")


class Comparison:
    """One clean check.

    Args:
        repository: A repository with a worktree.
        folder: The path to check, relative to the worktree.
        depth: How many submodules contain the repository.
        exempt: Returns True for paths whose content does not count, committed or not.
    """

    def __init__(
        self,
        repository: GitRepository,
        folder: bytes,
        depth: int = 0,
        exempt: Callable[[str], bool] | None = None,
    ) -> None:
        layout = repository.layout
        self.repository = repository
        self.folder = folder
        self.depth = depth
        self.exempt = exempt
        self.root = os.fsencode(repository.root)
        self.changes = Changes()
        refs = repository.refs
        settings = repository_settings(layout, refs.branch())
        self.switches = switches_of(settings)
        self.head = HeadSide(repository, refs, folder)
        id_length = ID_LENGTHS[layout.object_format] // 2
        self.index = Index(layout.index, id_length, repository.objects, repository.index_memo)
        self.rules = Rules(repository, settings, self.switches, self.index, self._index_may_have)

    def run(self) -> tuple[Change, ...]:
        """Return every change, sorted by path."""
        try:
            self._run()
        finally:
            self.index.close()
        return self.changes.sorted()

    def _run(self) -> None:
        staged = [entry for entry in self._staged() if not in_cache(entry.path)]
        entries = {entry.path: entry for entry in staged}
        submodules = {entry.path for entry in staged if entry.mode == SUBMODULE}
        disk = Disk(self.root, self.folder, entries, submodules, self.rules.ignores_folder)
        self._compare_head(entries, disk)
        for entry in staged:
            if entry.stage:
                self._add(entry.path, "conflicted")
            else:
                self._compare_disk(entry, disk)
        self._find_untracked(disk, entries)
        self._find_barrier(disk)

    def _add(self, path: bytes, kind: Kind, reason: str = "") -> None:
        name = os.fsdecode(path)
        if self.exempt is None or kind not in _EXEMPT_KINDS or not self.exempt(name):
            self.changes.add(name, kind, reason)

    # The index

    def _staged(self) -> list[IndexEntry]:
        """Return the index entries at and below the path; reads only a part of the index if its cached trees allow."""
        nearest = self.head.nearest
        if nearest is not None and self._equals_head(nearest):
            entries = self.index.search(self.folder) if self.folder else None
            if entries is not None and self._are_heads(entries):
                return entries
        return self.index.entries(self.folder)

    def _equals_head(self, folder: bytes) -> bool:
        """Tell whether a folder is known to be the same in the index and in HEAD."""
        tree_id = self.head.folders.get(folder)
        return tree_id is not None and self.index.tree_id(folder) == tree_id

    def _are_heads(self, entries: list[IndexEntry]) -> bool:
        committed = {path: (entry.mode, entry.id) for path, entry in self.head.entries.items()}
        return {entry.path: (entry.mode, entry.id) for entry in entries if not entry.stage} == committed

    def _index_may_have(self, folder: bytes, name: bytes) -> bool:
        """Tell whether the index may have a file; only reads HEAD if the folder is the same in HEAD and index."""
        while folder not in self.head.folders and folder:
            folder, name = folder[: max(0, folder.rfind(b"/"))], b""
        if not self._equals_head(folder):
            return True
        return os.fsdecode(name) in self.repository.objects.entries(self.head.folders[folder])

    # HEAD against the index

    def _compare_head(self, entries: dict[bytes, IndexEntry], disk: Disk) -> None:
        for path in self.head.entries.keys() - entries.keys():
            if not in_cache(path):
                self._add(path, "deleted", "only from the index" if path in disk.files else "")
        for path, entry in entries.items():
            if entry.intent_to_add:
                self._add(path, "staged", "only its name is")
                continue
            committed = self.head.entries.get(path)
            if committed is None or (committed.mode, committed.id) != (entry.mode, entry.id):
                self._add(path, "staged")

    # The index against the disk

    def _compare_disk(self, entry: IndexEntry, disk: Disk) -> None:
        info = disk.files.get(entry.path)
        if entry.mode == SUBMODULE:
            self._compare_submodule(entry, disk)
        elif info is None:
            reason = "left out by a sparse checkout" if entry.skip_worktree else ""
            self._add(entry.path, "deleted", reason)
        elif not self._same_type(entry, info):
            self._add(entry.path, "typechange")
        elif self._other_mode(entry, info) or (entry.size and entry.size != info.st_size & 0xFFFFFFFF):
            self._add(entry.path, "modified")
        elif not entry.intent_to_add:
            self._compare_content(entry, info)

    def _compare_content(self, entry: IndexEntry, info: os.stat_result) -> None:
        try:
            if self._id_on_disk(entry, info) != entry.id:
                self._add(entry.path, "modified")
        except UnsupportedError as error:
            self._add(entry.path, "unsupported", error.message)
        except OSError as error:
            self._add(entry.path, "unsupported", f"it cannot be read: {error.strerror}")

    def _id_on_disk(self, entry: IndexEntry, info: os.stat_result) -> str | None:
        """Return the id that git would give to the file on disk; None if the file was removed meanwhile."""
        path = self.root + b"/" + entry.path
        object_format = self.repository.layout.object_format
        if stat.S_ISLNK(info.st_mode):
            data = read_link(path)
            return None if data is None else object_id("blob", data, object_format)
        conversion = self.rules.conversion(entry.path)
        if conversion.lfs and info.st_size >= MAX_POINTER:
            return self._id_through_lfs(entry, path, info.st_size)
        if conversion.is_identity or (info.st_size > _LARGE and not self._may_convert(conversion, path)):
            return hash_file(path, object_format)
        data = read_disk_file(path)
        if data is None:
            return None
        from zenml_pin.git.status.converted_content import convert

        length = len(data)
        data = convert(data, conversion, lambda: self._stored(entry.id, max(length, MAX_POINTER)))
        return object_id("blob", data, object_format)

    def _may_convert(self, conversion: Conversion, path: bytes) -> bool:
        return conversion.ident or has_carriage_return(path)

    def _id_through_lfs(self, entry: IndexEntry, path: bytes, size: int) -> str | None:
        """Return the entry's id if it is the pointer to the file on disk, which is too long to be a pointer itself."""
        from zenml_pin.git.status.converted_content import parse_pointer

        before = self._stored(entry.id, MAX_POINTER)
        pointer = None if before is None else parse_pointer(before)
        if pointer is None:
            raise UnsupportedError("filter 'lfs' is not run")
        return entry.id if pointer == (hash_file(path, "sha256", as_blob=False), size) else None

    def _stored(self, blob_id: str, limit: int) -> bytes | None:
        """Return a blob; None if it is longer than the limit, so that it differs from the file on disk."""
        try:
            return self.repository.objects.get(blob_id, "blob", limit)
        except LimitError:
            return None

    def _same_type(self, entry: IndexEntry, info: os.stat_result) -> bool:
        if entry.mode == LINK:
            return stat.S_ISLNK(info.st_mode) or (stat.S_ISREG(info.st_mode) and not self.switches.symlinks)
        return stat.S_ISREG(info.st_mode)

    def _other_mode(self, entry: IndexEntry, info: os.stat_result) -> bool:
        return bool(self.switches.file_mode and entry.mode != LINK and (entry.mode ^ info.st_mode) & 0o100)

    def _compare_submodule(self, entry: IndexEntry, disk: Disk) -> None:
        if entry.path in disk.files:
            self._add(entry.path, "typechange")
        elif entry.path not in disk.folders:
            self._add(entry.path, "deleted")
        else:
            from zenml_pin.git.status.submodule import describe_submodule

            path = os.fsdecode(os.path.join(self.root, entry.path))
            change = describe_submodule(
                path, entry.id, self.repository.objects.limits, self.depth, _compare_whole
            )
            if change is not None:
                self._add(entry.path, *change)

    # Only on disk

    def _find_untracked(self, disk: Disk, entries: dict[bytes, IndexEntry]) -> None:
        for path, info in disk.files.items():
            if path not in entries and (stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode)):
                self._add_untracked(path, info)
        for path in disk.nested:
            self._add(path, "untracked", "a separate repository")
        for path, reason in disk.unreadable.items():
            self._add(path, "unsupported", reason)

    def _add_untracked(self, path: bytes, info: os.stat_result) -> None:
        if not self.rules.ignores(path):
            self._add(path, "untracked")
        elif is_importable(self.root, self.folder, path, info):
            self._add(path, "ignored-importable")

    def _find_barrier(self, disk: Disk) -> None:
        """Report the path as uncommitted if it goes through a link, so that git does not track it."""
        barrier = None if self.changes else disk.barrier
        if barrier is not None and os.path.lexists(os.path.join(self.root, self.folder)):
            reason = f"'{os.fsdecode(barrier)}' is a symbolic link"
            self._add(self.folder, "unsupported", reason)


def _compare_whole(repository: GitRepository, depth: int) -> tuple[Change, ...]:
    """Return every change in the repository of a submodule at a depth."""
    return Comparison(repository, b"", depth).run()
