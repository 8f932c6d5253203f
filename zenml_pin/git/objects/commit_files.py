r"""CommitTree: the files of one commit, by path.

Symbolic links are followed inside the tree only: a link that leaves it, or goes in a circle, has no target. A commit
never changes, so nothing is read again to check for changes.

>>> from zenml_pin.git.objects.memory_source import MemorySource
>>> from zenml_pin.git.objects.object_store import Objects
>>> source = MemorySource()
>>> blob = source.add("blob", b"x = 1\n")
>>> root = source.add("tree", b"100644 step.py\0" + bytes.fromhex(blob))
>>> text = f"tree {root}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nfirst\n"
>>> tree = CommitTree(Objects(source), source.add("commit", text.encode()))
>>> tree.read("step.py")
b'x = 1\n'
"""

from __future__ import annotations

from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import FOLDER, LINK, SUBMODULE, Entry
from zenml_pin.git.objects.walk import walk
from zenml_pin.load_errors import ObjectNotFoundError, PathNotFoundError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.objects.file_tree import Tree as Tree

# As in Linux.
_MAX_HOPS = 40
_MAX_TARGET = 4095
# An import looks up half a dozen paths for each module.
_KEPT_PATHS = 8192
# Marks a path that was not looked up yet; None marks one that does not exist.
_UNKNOWN = Entry("", 0, "")
# Parts of a path that lead elsewhere than to an entry of that name.
_NOT_NAMES = ("", ".", "..")
_LFS_START = b"version https://git-lfs.github.com/spec/"


class CommitTree:
    """The tree of one commit.

    Args:
        objects: Where to read it.
        commit_id: The commit's full id.

    Raises:
        CommitNotFoundError: The objects do not contain it.
    """

    def __init__(self, objects: Objects, commit_id: str) -> None:
        self.objects = objects
        self.commit: Commit = objects.get_commit(commit_id)
        self._entries: Bounded[str, Entry | None] = Bounded(_KEPT_PATHS)

    @property
    def commit_id(self) -> str:
        """The commit's full id."""
        return self.commit.id

    @property
    def limits(self) -> Limits:
        """The sizes above which objects are not read."""
        return self.objects.limits

    def find(self, path: str) -> Entry | None:
        """Return the entry at a path, all links in the path followed; None if there is none.

        The entry's path is the real one, after all links. Reads each tree on the path once.
        """
        entry = self._entries.get(path, _UNKNOWN)
        if entry is _UNKNOWN:
            entry = self._entries.add(path, self._find_below(path))
        return entry

    def _find_below(self, path: str) -> Entry | None:
        """Return what `find` does, from the folder above if that is known, and no links are on the way."""
        above, _, name = path.rpartition("/")
        folder = self._entries.get(above) if above else None
        if folder is None or folder.path != above or not folder.is_folder or name in _NOT_NAMES:
            return self._walk(path, follow_last=True)
        child = self._list(folder).get(name)
        if child is not None and child.mode == LINK:
            return self._walk(path, follow_last=True)
        return None if child is None else Entry(path, child.mode, child.id)

    def find_link(self, path: str) -> Entry | None:
        """Return the entry at a path; a link at its end is not followed."""
        return self._walk(path, follow_last=False)

    def get(self, path: str) -> Entry:
        """Return the entry at a path, links followed; raise PathNotFoundError if there is none."""
        entry = self.find(path)
        if entry is None:
            raise PathNotFoundError(path, self.commit_id)
        return entry

    def names(self, path: str) -> Collection[str]:
        """Return the names in a folder; empty if the path is not a folder."""
        folder = self.find(path)
        return self._list(folder).keys() if folder is not None and folder.is_folder else ()

    def children(self, path: str) -> dict[str, Entry]:
        """Return the entries of a folder by name, with paths from the root; {} if the path is not a folder."""
        folder = self.find(path)
        if folder is None or not folder.is_folder:
            return {}
        prefix = f"{folder.path}/" if folder.path else ""
        return {
            name: Entry(prefix + name, entry.mode, entry.id) for name, entry in self._list(folder).items()
        }

    def list_folder(self, path: str, folder: Entry) -> dict[str, Entry]:
        """Return the entries of a folder that is at hand, by name: no step from the root, as `children` needs.

        Args:
            path: Its path, for messages.
            folder: Its entry.
        """
        return self._list(Entry(path, FOLDER, folder.id))

    def read(self, path: str) -> bytes:
        """Return the content of a file, links followed.

        Raises:
            PathNotFoundError: The path does not exist.
            UnsupportedError: It is not a file.
            LimitError: It is longer than `Limits.source`.
        """
        entry = self.get(path)
        if not entry.is_file:
            raise UnsupportedError(
                f"'{path}' is a {describe_entry(entry)} at commit {self.commit_id}, not a file"
            )
        return self._blob(entry)

    def iter_entries(self, path: str = "") -> Iterator[Entry]:
        """Yield every file, link and submodule below a folder, in the order of git's `ls-tree -r`.

        Raises:
            PathNotFoundError: The path does not exist.
            LimitError: Folders nest deeper than `Limits.depth`.
            UnsupportedError: There are too many files and folders.
        """
        for below, child in self.iter_paths(path):
            yield Entry(below, child.mode, child.id)

    def iter_paths(self, path: str = "") -> Iterator[tuple[str, Entry]]:
        """Yield the same with their paths; the paths of the entries themselves are only names."""
        entry = self.find_link(path)
        if entry is None:
            raise PathNotFoundError(path, self.commit_id)
        yield from walk(self.list_folder, entry, entry.path, depth=self.limits.depth)

    def _list(self, folder: Entry) -> dict[str, Entry]:
        """Return the entries of a folder, by name."""
        try:
            return self.objects.entries(folder.id)
        except ObjectNotFoundError as error:
            raise _with_path(error, folder) from None

    def _blob(self, entry: Entry) -> bytes:
        try:
            return self.objects.blob(entry.id)
        except ObjectNotFoundError as error:
            raise _with_path(error, entry) from None

    def _walk(self, path: str, follow_last: bool) -> Entry | None:
        """Follow a path part by part; `done` has the entries so far, `todo` the names that are left."""
        done: list[Entry] = [Entry("", FOLDER, self.commit.tree)]
        todo = path.split("/") if path else []
        todo.reverse()
        hops = 0
        while todo:
            name = todo.pop()
            folder = done[-1]
            if not folder.is_folder:
                return None
            if name in ("", "."):
                continue
            if name == "..":
                if len(done) == 1:
                    return None
                done.pop()
                continue
            child = self._list(folder).get(name)
            if child is None:
                return None
            inside = f"{folder.path}/{name}" if folder.path else name
            if child.mode == LINK and (todo or follow_last):
                target = self._blob(Entry(inside, LINK, child.id)).decode("utf-8", "surrogateescape")
                hops += 1
                if hops > _MAX_HOPS or len(target) > _MAX_TARGET or target.startswith("/") or not target:
                    return None
                todo += reversed(target.split("/"))
                continue
            done.append(Entry(inside, child.mode, child.id))
        return done[-1]


def _with_path(error: ObjectNotFoundError, entry: Entry) -> ObjectNotFoundError:
    """Add the path to the error of a missing object: the path exists at the commit, only its object is missing."""
    return ObjectNotFoundError(error.object_id, error.place, error.hint, path=entry.path or ".")


def describe_entry(entry: Entry) -> str:
    """Return git's word for the kind of an entry."""
    if entry.mode == LINK:
        return "symbolic link"
    if entry.mode == SUBMODULE:
        return "submodule"
    return "folder" if entry.is_folder else "file"


def is_lfs_pointer(data: bytes) -> bool:
    """Tell whether a file's content is a Git LFS pointer instead of the real content."""
    return len(data) < 1024 and data.startswith(_LFS_START)
