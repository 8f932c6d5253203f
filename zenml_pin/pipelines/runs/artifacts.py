"""Artifacts: the outputs of steps, as files named by their content.

    <store>/artifacts/<two digits>/<sha256>.pickle | .json | .file[.<suffix>]

Outputs are pickles of protocol 5; metrics are JSON; a file that a step returns is kept as it is, with its suffix, which
is a part of the artifact's id: `<sha256>.file.png`. The id of any other artifact is its sha256. A file is written whole
or not at all, and its hash is checked when it is read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from contextlib import contextmanager

from zenml_pin.base.atomic import TEMPORARY_PREFIX, is_special, write_whole
from zenml_pin.base.files import read_regular
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value
from zenml_pin.errors import ObjectCorruptError, RecordError, UnknownNameError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PICKLE = "pickle"
JSON = "json"
FILE = "file"
_NAME = r"([0-9a-f]{64})\.(pickle|json|(file)(?:\.[\w.]{1,32})?)"
_OTHER_HASH = "its bytes have another hash"


class FileContent(bytes):
    """The bytes of a file that a step returned.

    Attributes:
        kind: The kind of its artifact: "file" and the file's suffix, such as "file.png".
    """

    kind: str

    @classmethod
    def of(cls, data: bytes, kind: str) -> FileContent:
        """Return some bytes as those of a file."""
        content = cls(data)
        content.kind = kind
        return content


class StoredFile(Value):
    """The file of an artifact.

    Attributes:
        name: The artifact's id.
        sha256: The hash of its bytes.
        kind: "pickle", "json" or "file".
        path: Its path.
        size: In bytes.
    """

    name: str
    sha256: str
    kind: str
    path: str
    size: int


class Artifacts:
    """The artifacts of a store.

    Args:
        folder: The folder of the files.
        other: Another folder of such files, which is only read.
    """

    def __init__(self, folder: str, other: str | None = None) -> None:
        self.folder = folder
        self._folders = (folder,) if other is None else (folder, other)

    def put(self, data: bytes, kind: str = PICKLE) -> str:
        """Write some bytes and return the artifact's id. Replaces a damaged file of that name.

        Args:
            data: The bytes.
            kind: "pickle", "json" or "file", the last with the file's suffix, such as "file.png".
        """
        sha256 = hex_digest(data, "sha256")
        path = self._path(sha256, kind)
        if not _is_intact(path, sha256):
            with writable(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                # write_whole does not replace a FIFO or device; in this folder nothing uses one.
                if is_special(path):
                    os.unlink(path)
                write_whole(path, data)
                if is_file(kind):
                    # `Run.output` gives its path.
                    os.chmod(path, 0o444)
        return f"{sha256}.{kind}" if is_file(kind) else sha256

    def get(self, name: str) -> bytes:
        """Return the bytes of an artifact; those of a file that a step returned as FileContent.

        Args:
            name: The artifact's id.

        Raises:
            UnknownNameError: The artifact is not in the store.
            ObjectCorruptError: The file's bytes have another hash.
        """
        data, kind = self._read(name)[1], name[65:]
        return FileContent.of(data, kind) if is_file(kind) else data

    def path_of(self, name: str) -> str:
        """Return the path of an artifact's file, after its hash was checked. Raises what `get` raises."""
        return self._read(name)[0]

    def _read(self, name: str) -> tuple[str, bytes]:
        for path in self._paths(name):
            data = read_regular(path, sys.maxsize)
            if data is None:
                continue
            if hex_digest(data, "sha256") != sha256_of(name):
                raise ObjectCorruptError(name, os.path.dirname(os.path.dirname(path)), _OTHER_HASH)
            return path, data
        raise UnknownNameError(
            "artifact",
            name,
            hint=f"its file is not in '{self.folder}': it was deleted, or the pipeline ran elsewhere; running the "
            "pipeline again makes it again",
        )

    def has(self, name: str) -> bool:
        """Tell whether an artifact is in the store and undamaged. Reads the whole file."""
        return any(_is_intact(path, sha256_of(name)) for path in self._paths(name))

    def suffix_of(self, name: str) -> str:
        """Return the suffix that the file of an artifact has outside the store: "pickle", "json", "png" or the like."""
        if is_file(name[65:]):
            return name[65:].partition(".")[2] or "bin"
        return (
            JSON
            if any(path.endswith(JSON) and os.path.exists(path) for path in self._paths(name))
            else PICKLE
        )

    def files(self) -> Iterator[StoredFile]:
        """Yield the files of all artifacts in the store's own folder, sorted. Opens none."""
        # A list of runs needs no names of files, and `re` takes long to import.
        import re

        for path in self._listed():
            match = re.fullmatch(_NAME, os.path.basename(path), re.ASCII)
            if match is not None and os.path.basename(os.path.dirname(path)) == match[1][:2]:
                name = os.path.basename(path) if match[3] else match[1]
                with contextlib.suppress(OSError):
                    kind = match[3] or match[2]
                    yield StoredFile(name, match[1], kind, path, os.stat(path).st_size)

    def leftovers(self) -> list[str]:
        """Return the files that killed processes left half written, sorted."""
        return [path for path in self._listed() if os.path.basename(path).startswith(TEMPORARY_PREFIX)]

    def sweep(self) -> None:
        """Remove files that killed processes left half written. Requires that no process is writing; callers check."""
        for path in self.leftovers():
            with contextlib.suppress(OSError):
                os.unlink(path)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and the folders that are empty then. Requires that no process is writing; callers check.

        Raises:
            RecordError: A file cannot be removed.
        """
        folders = set()
        for path in paths:
            with writable(path), contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            folders.add(os.path.dirname(path))
        for folder in folders:
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _listed(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.folder):
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(names))

    def _path(self, sha256: str, kind: str) -> str:
        return _path_in(self.folder, sha256, kind)

    def _paths(self, name: str) -> list[str]:
        kinds = (name[65:],) if is_file(name[65:]) else (PICKLE, JSON)
        return [_path_in(folder, sha256_of(name), kind) for folder in self._folders for kind in kinds]


def is_file(kind: str) -> bool:
    """Tell whether an artifact of a kind is a file that a step returned.

    >>> is_file("file.png"), is_file("pickle")
    (True, False)
    """
    return kind.partition(".")[0] == FILE


def artifact_id(data: bytes) -> str:
    """Return the id that the bytes of an output have in a store."""
    sha256 = hex_digest(data, "sha256")
    return f"{sha256}.{data.kind}" if isinstance(data, FileContent) else sha256


def sha256_of(name: str) -> str:
    """Return the sha256 of an artifact's id."""
    return name[:64] if is_file(name[65:]) else name


def _path_in(folder: str, sha256: str, kind: str) -> str:
    return os.path.join(folder, sha256[:2], f"{os.path.basename(sha256)}.{kind}")


def _is_intact(path: str, sha256: str) -> bool:
    try:
        data = read_regular(path, sys.maxsize)
    except OSError:
        return False
    return data is not None and hex_digest(data, "sha256") == sha256


@contextmanager
def writable(path: str) -> Iterator[None]:
    """Raise RecordError for any OSError in a block.

    Args:
        path: The file or folder that the block writes.
    """
    try:
        yield
    except OSError as error:
        hint = (
            "runs and artifacts are kept there: make the folder writable, with free space, or name another with "
            "ZENML_PIN_STORE (run --store)"
        )
        raise RecordError(error.filename or path, error.strerror or str(error), hint) from error
