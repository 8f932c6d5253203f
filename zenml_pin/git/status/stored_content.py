"""The content that git would store for a file of the worktree, committed or not."""

from __future__ import annotations

import os

from zenml_pin.base.files import read_regular
from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.tree import LINK, Entry
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.comparison import Comparison
from zenml_pin.git.status.converted_content import convert
from zenml_pin.git.status.disk import read_link


def read_stored(repository: GitRepository, entry: Entry) -> bytes:
    """Return the content of a worktree file with its line endings converted, or the target of a link.

    Raises:
        UnsupportedError: It cannot be read.
        LimitError: It is longer than `Limits.source`.
    """
    path = os.path.join(os.fsencode(repository.root), os.fsencode(entry.path))
    if entry.mode == LINK:
        return read_link(path) or b""
    data = _read(entry.path, path, repository.objects.limits.source)
    return _converted(repository, os.fsencode(entry.path), data) if b"\r\n" in data else data


def _read(name: str, path: bytes, limit: int) -> bytes:
    try:
        return read_regular(path, limit) or b""
    except OverflowError:
        raise LimitError(f"file '{name}'", os.stat(path).st_size, limit, "source") from None
    except OSError as error:
        raise UnsupportedError(f"file '{name}' cannot be read: {error.strerror}") from error


def _converted(repository: GitRepository, path: bytes, data: bytes) -> bytes:
    comparison = Comparison(repository, path)
    try:
        return convert(data, comparison.rules.conversion(path), lambda: None)
    except UnsupportedError:
        # The file has a filter, which is never run; the content on disk is the best that can be shown.
        return data
    finally:
        comparison.index.close()
