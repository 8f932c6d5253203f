"""Artifacts: the outputs of steps, as files named by their content.

    <store>/artifacts/<two digits>/<sha256>.pickle | .json

Outputs are pickles of protocol 5; metrics are JSON. A file is written whole or not at all, and its hash is checked
when it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin.base.atomic import TEMPORARY_PREFIX, is_special, write_whole
from zenml_pin.base.files import read_regular
from zenml_pin.errors import ObjectCorruptError, RecordError, UnknownNameError

PICKLE = "pickle"
JSON = "json"
_OTHER_HASH = "its bytes have another hash"


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
        """Write some bytes and return their sha256. Replaces a damaged file of that name."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256, kind)
        if not _is_intact(path, sha256):
            with writable(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                # write_whole does not replace a FIFO or device; in this folder nothing uses one.
                if is_special(path):
                    os.unlink(path)
                write_whole(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes of an artifact.

        Raises:
            UnknownNameError: The artifact is not in the store.
            ObjectCorruptError: The file's bytes have another hash.
        """
        for path in self._paths(sha256):
            data = read_regular(path, sys.maxsize)
            if data is None:
                continue
            if hashlib.sha256(data).hexdigest() != sha256:
                raise ObjectCorruptError(sha256, os.path.dirname(os.path.dirname(path)), _OTHER_HASH)
            return data
        raise UnknownNameError(
            "artifact",
            sha256,
            hint=f"its file is not in '{self.folder}': it was deleted, or the pipeline ran elsewhere; running the "
            "pipeline again makes it again",
        )

    def has(self, sha256: str) -> bool:
        """Tell whether an artifact is in the store and undamaged. Reads the whole file."""
        return any(_is_intact(path, sha256) for path in self._paths(sha256))

    def sweep(self) -> None:
        """Remove files that killed processes left half written. Requires that no process is writing; callers check."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.startswith(TEMPORARY_PREFIX):
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(folder, name))

    def _path(self, sha256: str, kind: str) -> str:
        return _path_in(self.folder, sha256, kind)

    def _paths(self, sha256: str) -> list[str]:
        return [_path_in(folder, sha256, kind) for folder in self._folders for kind in (PICKLE, JSON)]


def _path_in(folder: str, sha256: str, kind: str) -> str:
    return os.path.join(folder, sha256[:2], f"{os.path.basename(sha256)}.{kind}")


def _is_intact(path: str, sha256: str) -> bool:
    try:
        data = read_regular(path, sys.maxsize)
    except OSError:
        return False
    return data is not None and hashlib.sha256(data).hexdigest() == sha256


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
