"""The rows of runs that are removed, and what the other rows mention.

Both work on every table that a row of a run is in: one with a column `run`, or the table `runs` itself.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Container, Iterator

_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
# A file of fewer pages, of 4 KiB each, stays as it is.
_SMALL = 256
# Rows that several runs share: the column of another table that names them.
_SHARED = {"environments": ("runs", "environment"), "texts": ("details", "text")}


def mentioned_in_rows(connection: sqlite3.Connection, without: Container[str]) -> set[str]:
    """Return every text of 64 hexadecimal digits in the rows of all runs but some."""
    mentioned: set[str] = set()
    for table, column in _tables(connection):
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            if row[column] not in without:
                texts = (value for value in row if isinstance(value, str))
                mentioned.update(sha256 for text in texts for sha256 in _SHA256.findall(text))
    return mentioned


def remove_runs(connection: sqlite3.Connection, run_ids: Collection[str]) -> None:
    """Remove the rows of runs, and the rows that only they shared."""
    keys = [(run_id,) for run_id in run_ids]
    tables = list(_tables(connection))
    for table, column in tables:
        connection.executemany(f'DELETE FROM "{table}" WHERE "{column}" = ?', keys)
    for table, (other, column) in _SHARED.items():
        if _columns(connection, table) and _columns(connection, other):
            connection.execute(f'DELETE FROM "{table}" WHERE id NOT IN (SELECT "{column}" FROM "{other}")')


def shrink(connection: sqlite3.Connection) -> None:
    """Give the space of removed rows back, if there is much of it: SQLite writes the whole file again."""
    (pages,), (free,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count")
    )
    if pages > _SMALL and free * 4 > pages:
        connection.execute("VACUUM")


def _tables(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield the tables with rows of runs, each with the column that has the run's id."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        if name == "runs":
            yield name, "id"
        elif "run" in _columns(connection, name):
            yield name, "run"


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
