"""What SQLite says of a damaged record, as an error of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin.errors import RecordError


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Raise RecordError for whatever SQLite raises in a block.

    Args:
        path: The record's file.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise RecordError(path, str(error)) from error
