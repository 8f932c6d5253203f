"""fsspec: the files of a commit for pandas, pyarrow, zarr, Dask and every other tool that reads URLs with fsspec.

    pin://<commit>/data/x.csv        <commit> is a full id or another revision without a slash, such as a tag

    pandas.read_csv("pin://v1.2/data/x.csv", storage_options={"repo": "path/to/repository"})

Every byte hashes back to the commit; nothing is written. A Git LFS pointer is listed with the size that it states, and
opening it is refused, because its data is not in git. Needs the `fsspec` extra.
"""

from __future__ import annotations

import errno
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from zenml_pin.at import registry
from zenml_pin.base.bounded import Bounded, BoundedBytes
from zenml_pin.base.limits import MIB
from zenml_pin.errors import CommitNotFoundError, MissingExtraError, PathNotFoundError
from zenml_pin.git.any_repository import here
from zenml_pin.git.objects.commit_files import CommitTree, describe_entry, is_lfs_pointer
from zenml_pin.git.objects.tree import LINK, Entry
from zenml_pin.git.revision import resolve_revision
from zenml_pin.pins.lookup import find_repository
from zenml_pin.source import is_commit_id

try:
    from fsspec.spec import AbstractFileSystem
except ModuleNotFoundError as error:
    raise MissingExtraError("pin:// URLs cannot be read", "fsspec", "fsspec") from error

if TYPE_CHECKING:
    from zenml_pin.pins.lookup import Repo

_LARGEST = 1024 * MIB
_KEPT_BYTES = 64 * MIB
_KEPT_SIZES = 65_536
_KEPT_TREES = 64
_LFS_LINE = re.compile(rb"^(oid|size) (\S+)$", re.MULTILINE)


class PinnedFile(io.BytesIO):
    """An open file in memory, with its size, which some functions of fsspec ask for."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.size = len(data)


class PinFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """The files of commits, read-only.

    Args:
        repo: The repository, bundle or URL to ask first; by default the repository at or above the current folder.
        max_bytes: The size above which a file is refused: a file is read as a whole, to verify it.
        options: What fsspec itself takes.
    """

    protocol = "pin"
    root_marker = ""

    def __init__(
        self,
        repo: Repo = None,
        max_bytes: int = _LARGEST,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._repo = repo
        self._max_bytes = max_bytes
        # By blob id, because many commits share a blob.
        self._contents: BoundedBytes[str, bytes] = BoundedBytes(_KEPT_BYTES)
        self._facts: Bounded[str, dict[str, Any]] = Bounded(_KEPT_SIZES)
        self._trees: Bounded[str, CommitTree] = Bounded(_KEPT_TREES)

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Return name, type, size, blob id ("id") and time of a path; of an LFS pointer also its oid ("lfs").

        Raises:
            FileNotFoundError: The commit has no such path.
            CommitNotFoundError: No known repository has the commit.
        """
        path = self._strip_protocol(path)
        tree, inside = self._split(path)
        return self._info(tree, path, _find(tree, inside, path))

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        """Return what is in a folder, sorted by name; for a file, the file itself."""
        path = self._strip_protocol(path)
        tree, inside = self._split(path)
        entry = _find(tree, inside, path)
        if not entry.is_folder:
            infos = [self._info(tree, path, entry)]
        else:
            children = sorted(tree.children(inside).items())
            infos = [self._child(tree, f"{path}/{name}", child) for name, child in children]
        return infos if detail else [info["name"] for info in infos]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        """Return a file's content, or a slice of it, by Python's rules for slices.

        Raises:
            FileNotFoundError, IsADirectoryError: The commit has no such file.
            OSError: It is a Git LFS pointer.
            LimitError: It is larger than `max_bytes`.
        """
        return self._read(self._strip_protocol(path))[start:end]

    def ukey(self, path: str) -> str:
        """Return a text that changes only with the content: the blob id, for a folder the tree id."""
        return str(self.info(path)["id"])

    def modified(self, path: str) -> datetime:
        """Return when the commit was made; a file of a commit has no time of its own."""
        return datetime.fromtimestamp(self.info(path)["mtime"], UTC)

    created = modified

    def _open(self, path: str, mode: str = "rb", *args: Any, **options: Any) -> PinnedFile:
        if mode != "rb":
            _refuse(path)
        return PinnedFile(self._read(self._strip_protocol(path)))

    def _read(self, path: str) -> bytes:
        tree, inside = self._split(path)
        entry = _find(tree, inside, path)
        if entry.is_folder:
            raise IsADirectoryError(errno.EISDIR, "it is a folder at the pinned commit", path)
        if not entry.is_file:
            raise OSError(errno.EINVAL, f"it is a {describe_entry(entry)} at the pinned commit", path)
        data = self._content(tree, entry)
        if is_lfs_pointer(data):
            raise OSError(
                f"'{entry.path}' at commit {tree.commit_id} is a Git LFS pointer: its data is not in git"
            )
        return data

    def _content(self, tree: CommitTree, entry: Entry) -> bytes:
        data = self._contents.get(entry.id)
        if data is None:
            data = tree.objects.get(entry.id, "blob", self._max_bytes)
            self._contents.add(entry.id, data, len(data))
        return data

    def _split(self, path: str) -> tuple[CommitTree, str]:
        """Return the files of a path's commit, and the path inside it."""
        commit, _, inside = path.partition("/")
        if not commit:
            raise FileNotFoundError(errno.ENOENT, "name a commit, as in pin://<commit>/data/x.csv", path)
        return self._trees.get(commit) or self._tree(commit), inside

    def _tree(self, commit: str) -> CommitTree:
        repository = find_repository(self._repo)
        if is_commit_id(commit):
            return self._trees.add(commit, registry.find_tree(commit, repository))
        if repository is None:
            hint = "a revision needs a repository: name one with storage_options={'repo': ...}"
            raise CommitNotFoundError(commit, [here()], hint)
        # Not kept: a branch moves.
        return registry.find_tree(resolve_revision(repository, commit), repository)

    def _child(self, tree: CommitTree, path: str, child: Entry) -> dict[str, Any]:
        """Return the facts about an entry of a folder. A link to a folder stays a link: it may lead to its parent."""
        target = tree.find(child.path) if child.mode == LINK else child
        if target is None or (child.mode == LINK and target.is_folder):
            return {**self._info(tree, path, child), "type": "link"}
        return self._info(tree, path, target)

    def _info(self, tree: CommitTree, path: str, entry: Entry) -> dict[str, Any]:
        kind = "directory" if entry.is_folder else "file" if entry.is_file else "other"
        facts = self._facts_of(tree, entry) if entry.is_file else {"size": 0}
        return {"name": path, "type": kind, "id": entry.id, "mtime": tree.commit.time, **facts}

    def _facts_of(self, tree: CommitTree, entry: Entry) -> dict[str, Any]:
        facts = self._facts.get(entry.id)
        if facts is None:
            data = self._content(tree, entry)
            facts = self._facts.add(entry.id, _pointed(data) if is_lfs_pointer(data) else {"size": len(data)})
        return facts

    # fsspec's own do nothing, or say only that they are not implemented.

    def mkdir(self, path: str, create_parents: bool = True, **options: Any) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path)

    def rmdir(self, path: str) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path)

    def rm_file(self, path: str) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path)

    _rm = rm_file

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path2)

    def touch(self, path: str, truncate: bool = True, **options: Any) -> None:
        """Refuse it: a commit never changes."""
        _refuse(path)


def _find(tree: CommitTree, inside: str, path: str) -> Entry:
    try:
        return tree.get(inside)
    except PathNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "no such file at the pinned commit", path) from error


def _pointed(pointer: bytes) -> dict[str, Any]:
    """Return what a Git LFS pointer says of the data: its oid and its size."""
    fields = {key.decode(): value.decode("ascii", "replace") for key, value in _LFS_LINE.findall(pointer)}
    size = fields.get("size", "")
    return {"size": int(size) if size.isdecimal() else None, "lfs": fields.get("oid", "")}


def _refuse(path: str) -> NoReturn:
    raise OSError(errno.EROFS, "a commit never changes: pin:// is read-only", path)
