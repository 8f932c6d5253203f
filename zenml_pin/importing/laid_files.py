"""Laid files: the files beside the code of a commit, in a private folder in memory, so that code finds them there.

    <memory folder>/<pin>/<path>

`open`, `pathlib`, listings and C libraries take the path as any other. The files are read-only, and are what the
commit has: each object is hashed when it is read, and a file that was changed afterwards is detected when the next
module is loaded. The folder outlives `unload`, because classes in use go on reading there; it ends with the process.
"""

from __future__ import annotations

import os
import posixpath
import sys
from itertools import count

from zenml_pin.base.locks import ForkLock
from zenml_pin.base.memory_folder import MemoryFolder, find_parent
from zenml_pin.errors import IncompleteFilesWarning, LimitError, ObjectNotFoundError, UnsupportedError
from zenml_pin.git.objects.commit_files import is_lfs_pointer
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.objects.tree import EXECUTABLE, LINK
from zenml_pin.importing.beside import Beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.objects.tree import Entry

    Stamp = tuple[int, int, int, int]

MATERIALIZE_HINT = (
    "pass materialize=DIR, or set ZENML_PIN_MATERIALIZE=DIR, to write the commit's files into a folder"
)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_BYTECODE = "__pycache__"
_numbers = count(1)
_lock = ForkLock()
_laid: dict[str, LaidFiles] = {}
_folders: dict[int, MemoryFolder] = {}


def get_laid_files(
    tree: CommitTree, label: str, roots: tuple[str, ...], *, is_partial: bool = False
) -> LaidFiles:
    """Return the laid files of a commit, those of an earlier load if they are unchanged; none are laid at first.

    Args:
        tree: The commit's files.
        label: Its pin.
        roots: Its source roots.
        is_partial: Whether the tree comes from a bundle, which may lack files that no import needs: a warning names
            them.

    Raises:
        UnsupportedError: There is no file system in memory.
    """
    with _lock:
        known = _laid.get(label)
        if known is None or not known.is_unchanged():
            known = _laid[label] = LaidFiles(tree, label, roots, is_partial)
        return known


def _memory_folder() -> MemoryFolder:
    """Return the folder of this process. A fork makes one of its own."""
    folder = _folders.get(os.getpid())
    if folder is None:
        parent = find_parent()
        if parent is None:
            raise OSError(0, "no file system in memory (tmpfs) can be written to")
        folder = _folders[os.getpid()] = MemoryFolder(parent)
    return folder


class LaidFiles:
    """The files of one commit that are laid.

    Args:
        tree: The commit's files.
        label: Its pin.
        roots: Its source roots.
        is_partial: Whether files that are missing are a warning, and not an error.

    Attributes:
        folder: The folder that stands for the root of the commit.

    Raises:
        UnsupportedError: There is no file system in memory.
    """

    def __init__(
        self, tree: CommitTree, label: str, roots: tuple[str, ...], is_partial: bool = False
    ) -> None:
        self._tree = tree
        self._is_partial = is_partial
        self._lock = ForkLock()
        self._owner = os.getpid()
        self._beside = Beside(tree, roots, is_partial)
        self._done: set[tuple[str, Collection[str]]] = set()
        self._entries: dict[str, Entry] = {}
        self._stamps: dict[str, dict[str, Stamp | None]] = {}
        self._size = 0
        try:
            self._memory = _memory_folder()
            self.folder = os.path.join(self._memory.path, label)
            if os.path.lexists(self.folder):
                self.folder += f".{next(_numbers)}"
            os.mkdir(self.folder, 0o700)
        except OSError as error:
            raise UnsupportedError(
                f"the files beside the code of commit {tree.commit_id} cannot be laid in memory: {error.strerror}",
                MATERIALIZE_HINT,
            ) from error
        self._stamps[""] = {}

    def add(self, path: str, names: Collection[str]) -> None:
        """Lay the files beside a module, unless they are laid; then check the module's own folder.

        Args:
            path: The module's file.
            names: Names that its code may look for.

        Raises:
            UnsupportedError: They are too many or too large, the file system is full, or a laid file was changed.
            ObjectNotFoundError, ObjectCorruptError: A file is missing or damaged.
        """
        key = posixpath.dirname(path), names
        with self._lock:
            if key not in self._done:
                self._lay(path, names)
                self._done.add(key)
            self._check(posixpath.dirname(path))

    def _lay(self, path: str, names: Iterable[str]) -> None:
        entries: dict[str, Entry] = {}
        try:
            entries = self._beside.add(path, names)
            new = {name: entry for name, entry in entries.items() if name not in self._entries}
            incomplete = self._write(new)
        except (OSError, LimitError, UnsupportedError) as error:
            self._beside = Beside(self._tree, self._beside.roots, self._is_partial)
            raise self._refusal(path, entries, error) from error
        self._entries.update(new)
        incomplete += self._beside.missing
        self._beside.missing.clear()
        if incomplete:
            from zenml_pin.base.warn import warn_caller

            named = ", ".join(f"'{name}'" for name in sorted(incomplete)[:3])
            warn_caller(
                f"{len(incomplete)} files beside '{path}' at commit {self._tree.commit_id} are without their content: "
                f"{named} (a Git LFS pointer, or missing in a bundle of an older release)",
                IncompleteFilesWarning,
            )

    def _refusal(self, path: str, entries: Collection[str], error: Exception) -> UnsupportedError:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or str(error)
        named = ", ".join(f"'{name}'" for name in sorted(entries, key=lambda name: name.endswith(".py"))[:3])
        files = (
            f"the {len(entries)} files beside '{path}' ({named}, ...)"
            if entries
            else f"the files beside '{path}'"
        )
        return UnsupportedError(
            f"{files} at commit {self._tree.commit_id} cannot be laid in memory: {reason}", MATERIALIZE_HINT
        )

    def _write(self, entries: Mapping[str, Entry]) -> list[str]:
        """Write files and links; return the paths of those whose content is not in git, or not here."""
        incomplete = []
        limits = self._tree.limits
        if len(self._entries) + len(entries) > limits.file_count:
            raise UnsupportedError(f"they are more than the limit of {limits.file_count}")
        status = os.statvfs(self.folder)
        most = min(limits.files - self._size, status.f_bavail * status.f_frsize // 4)
        folders: set[str] = set()
        try:
            for path, entry in entries.items():
                # An object that is longer than allowed is not inflated.
                data = self._read(entry, max(most, 0))
                if data is None or is_lfs_pointer(data):
                    incomplete.append(path)
                if data is None:
                    continue
                most -= len(data)
                self._size += len(data)
                if most < 0:
                    raise UnsupportedError(
                        "they need more than a quarter of what is free, or than `Limits.files`"
                    )
                self._write_one(path, entry, data, folders)
        finally:
            for folder in folders:
                self._set_mode(folder, 0o500)
        return incomplete

    def _read(self, entry: Entry, limit: int) -> bytes | None:
        try:
            return self._tree.objects.get(entry.id, "blob", limit)
        except ObjectNotFoundError:
            if not self._is_partial:
                raise
            return None

    def _write_one(self, path: str, entry: Entry, data: bytes, folders: set[str]) -> None:
        parent, _, name = path.rpartition("/")
        self._open_up(parent, folders)
        real = self._real(path)
        # In a fork, the parent process may lay the same file: a file appears whole there.
        shared = os.getpid() != self._owner
        try:
            if shared:
                new = os.path.join(self._memory.path, f"new-{os.getpid()}-{next(_numbers)}")
                _write_file(new, entry, data)
                os.rename(new, real)
                status = os.lstat(real)
            else:
                status = _write_file(real, entry, data)
        except FileExistsError:
            if not self._has_content(path, entry):
                raise
            status = os.lstat(real)
        self._stamps[parent][name] = _stamp(status)

    def _open_up(self, folder: str, folders: set[str]) -> None:
        """Let files be made in a folder, which is made with those above it; add it to `folders`."""
        if folder in folders:
            return
        if folder not in self._stamps:
            parent, _, name = folder.rpartition("/")
            self._open_up(parent, folders)
            try:
                os.mkdir(self._real(folder), 0o700)
            except FileExistsError:
                self._set_mode(folder, 0o700)
            self._stamps[folder] = {}
            self._stamps[parent][name] = None
        else:
            self._set_mode(folder, 0o700)
        folders.add(folder)

    def check(self) -> None:
        """Compare everything that is laid with the commit.

        Raises:
            UnsupportedError: Something was changed, removed or added.
        """
        with self._lock:
            for folder in tuple(self._stamps):
                self._check(folder)

    def is_unchanged(self) -> bool:
        """Tell whether everything is there as it was laid."""
        try:
            self.check()
        except UnsupportedError:
            return False
        return True

    def _check(self, folder: str) -> None:
        expected = self._stamps.get(folder)
        if expected is None:
            return
        present = set()
        try:
            with os.scandir(self._real(folder)) as items:
                for item in items:
                    present.add(item.name)
                    self._check_one(folder, item, expected)
        except OSError:
            raise self._changed(folder) from None
        if missing := expected.keys() - present:
            raise self._changed(posixpath.join(folder, min(missing)))

    def _check_one(self, folder: str, item: os.DirEntry[str], expected: dict[str, Stamp | None]) -> None:
        path = posixpath.join(folder, item.name)
        if item.is_dir(follow_symlinks=False):
            # Bytecode is nothing that code reads; a folder of the commit that only a fork has laid is as good as ours.
            if item.name in expected or item.name == _BYTECODE or self._tree.names(path):
                return
            raise self._changed(path)
        stamp = _stamp(item.stat(follow_symlinks=False))
        if expected.get(item.name) == stamp:
            return
        entry = self._tree.find_link(path)
        if entry is None or not self._has_content(path, entry):
            raise self._changed(path)
        expected[item.name] = stamp

    def _has_content(self, path: str, entry: Entry) -> bool:
        real = self._real(path)
        if entry.mode == LINK or os.path.islink(real):
            if entry.mode != LINK or not os.path.islink(real):
                return False
            data = os.readlink(os.fsencode(real))
        elif not entry.is_file or not os.path.isfile(real):
            return False
        else:
            with open(real, "rb") as file:
                data = file.read()
        return object_id("blob", data, self._tree.objects.source.object_format) == entry.id

    def _set_mode(self, folder: str, mode: int) -> None:
        # A sandbox that gives a folder for this may forbid it.
        if not self._memory.is_given:
            os.chmod(self._real(folder), mode)

    def _real(self, path: str) -> str:
        return f"{self.folder}/{path}" if path else self.folder

    def _changed(self, path: str) -> UnsupportedError:
        return UnsupportedError(
            f"'{self._real(path)}' is not what commit {self._tree.commit_id} has there any more",
            "code of a pin cannot write beside itself; unload the commit, and its files are laid again",
        )


def loaders_of(root: str) -> list[Any]:
    """Return the loaders of the modules that are loaded below a pin's root package, and its own."""
    prefix = root + "."
    loaders = [
        getattr(module, "__loader__", None)
        for name, module in list(sys.modules.items())
        if name == root or name.startswith(prefix)
    ]
    return [loader for loader in loaders if hasattr(loader, "relocate")]


def _write_file(target: str, entry: Entry, data: bytes) -> os.stat_result:
    """Write a read-only file, or a link, to a path that does not exist; return its status."""
    if entry.mode == LINK:
        os.symlink(data, os.fsencode(target))
        return os.lstat(target)
    descriptor = os.open(target, _WRITE, 0o500 if entry.mode == EXECUTABLE else 0o400)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_ctime_ns, status.st_mode
