"""What SQLite says of a damaged record, and the system of a store that cannot be written, as errors of ours."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin.errors import RecordError


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Raise RecordError for whatever SQLite raises in a block, and for a FIFO or device in the record's place.

    Args:
        path: The record's file, which need not be there.
    """
    if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
        raise RecordError(path, "it is no regular file")
    try:
        yield
    except sqlite3.Error as error:
        raise RecordError(path, str(error)) from error


@contextmanager
def writable(path: str) -> Iterator[None]:
    """Raise RecordError for whatever the system raises in a block.

    Args:
        path: What is written.
    """
    try:
        yield
    except OSError as error:
        hint = "runs and artifacts are kept there: make room for folders that can be written"
        raise RecordError(error.filename or path, error.strerror or str(error), hint) from error
