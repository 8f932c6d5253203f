"""Resources: the files beside a pinned module, for importlib.resources.

    files("zenml_pin.at.g<id>.trainers").joinpath("labels.json").read_text()

A namespace package has several folders; the first folder that has a name counts.
"""

from __future__ import annotations

import io
import posixpath
from importlib.resources.abc import Traversable, TraversableResources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.importing.namespace import Namespace


class FolderReader(TraversableResources):
    """The resource reader of some folders of a commit."""

    def __init__(self, namespace: Namespace, folders: tuple[str, ...]) -> None:
        self._namespace = namespace
        self._folders = folders

    def files(self) -> PinnedPath:
        """Return the folders as one path."""
        return PinnedPath(self._namespace, self._folders)


class PinnedPath(Traversable):
    """A path of a commit, which may not exist; or the same name in several folders.

    Args:
        namespace: The commit.
        paths: Where to look, relative to the commit's root. The first that exists counts; the names in folders add up.
    """

    def __init__(self, namespace: Namespace, paths: tuple[str, ...]) -> None:
        self._namespace = namespace
        self._paths = paths

    def __repr__(self) -> str:
        return f"PinnedPath({self._paths[0]!r}, commit {self._namespace.commit_id})"

    def __str__(self) -> str:
        return self._namespace.file_name(self._paths[0])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self._paths[0])

    def iterdir(self) -> Iterator[PinnedPath]:
        """Yield what is in the folder, sorted by name.

        Raises:
            NotADirectoryError: The path is a file.
            FileNotFoundError: It does not exist.
        """
        if not self.is_dir():
            error = NotADirectoryError(20, "not a folder at the pinned commit", str(self))
            raise error if self.is_file() else self._missing()
        names = {name for path in self._paths for name in self._namespace.tree.names(path)}
        return iter([self.joinpath(name) for name in sorted(names)])

    def is_dir(self) -> bool:
        """Tell whether it is a folder."""
        entry = self._entry()
        return entry is not None and entry.is_folder

    def is_file(self) -> bool:
        """Tell whether it is a file."""
        entry = self._entry()
        return entry is not None and entry.is_file

    def exists(self) -> bool:
        """Tell whether it exists."""
        return self._entry() is not None

    def joinpath(self, *descendants: Any) -> PinnedPath:
        """Return a path below this one, whether it exists or not."""
        below = posixpath.join("", *map(str, descendants))
        return PinnedPath(
            self._namespace, tuple(posixpath.join(path, below).rstrip("/") for path in self._paths)
        )

    def __truediv__(self, child: Any) -> PinnedPath:
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        """Return the file's content as it was committed, without git's filters and line-end conversion."""
        if self.is_dir():
            raise IsADirectoryError(21, "a folder at the pinned commit", str(self))
        entry = self._entry()
        if entry is None:
            raise self._missing()
        return self._namespace.get_data(self._namespace.file_name(entry.path))

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Return the file's content as text, UTF-8 unless another encoding is named."""
        with self.open("r", encoding=encoding, errors=errors) as file:
            return str(file.read())

    def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
        """Open the file for reading, as text ("r") or as bytes ("rb")."""
        if mode not in ("r", "rb"):
            raise ValueError(f"a pinned file can be opened as 'r' or 'rb', not {mode!r}")
        stream = io.BytesIO(self.read_bytes())
        if mode == "rb":
            return stream
        if not args and options.get("encoding") is None:
            options["encoding"] = "utf-8"
        return io.TextIOWrapper(stream, *args, **options)

    def _entry(self) -> Entry | None:
        for path in self._paths:
            entry = self._namespace.tree.find(path)
            if entry is not None:
                return entry
        return None

    def _missing(self) -> FileNotFoundError:
        return FileNotFoundError(2, "no such file at the pinned commit", str(self))
