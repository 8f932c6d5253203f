"""The database of a store: `runs.sqlite`, its tables, and connections to it.

    runs          a row for each run; `outcome` is "running" until it ends
    steps         a row for each datasource and step of a run
    environments  Python and package versions, a row for all runs that had the same
    texts         long texts, named by the sha256 of their bytes and compressed with zlib
    details       which texts belong to a run (`position` 0) or to a step of it (`position` from 1)

A `kind` of a detail is one of these; `name` is "" unless it is a path:

    log           what a step logged and printed
    traceback     the traceback of the exception that a step raised
    changes       of a run: which files of the repository were not as in HEAD, as JSON (`uncommitted.py`)
    before, after of a run: the content of such a file in HEAD and on disk; `name` is its path

A text is in use while a detail names it, and an environment while a run names it. To remove a run, remove its rows of
`details`, `steps` and `runs` in one transaction, and then the texts and environments that are not in use.

A table that exists never changes, so that older releases can write beside this one: what is new is a new table.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, contextmanager

from zenml_pin.errors import RecordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# In one transaction: a process that is killed leaves all tables or no table.
_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS environments (id TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL,
    source TEXT NOT NULL, backend TEXT NOT NULL, environment TEXT NOT NULL REFERENCES environments,
    outcome TEXT NOT NULL, error TEXT NOT NULL, started REAL NOT NULL, ended REAL);
CREATE TABLE IF NOT EXISTS steps (
    run TEXT NOT NULL REFERENCES runs, position INTEGER NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL,
    code_id TEXT, args TEXT NOT NULL, inputs TEXT NOT NULL, output_name TEXT NOT NULL, output TEXT,
    cached INTEGER NOT NULL, cache_key TEXT, started REAL NOT NULL, ended REAL, outcome TEXT NOT NULL,
    error TEXT NOT NULL, PRIMARY KEY (run, position));
CREATE INDEX IF NOT EXISTS steps_by_cache_key ON steps (cache_key) WHERE cache_key IS NOT NULL;
CREATE TABLE IF NOT EXISTS texts (id TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS details (
    run TEXT NOT NULL REFERENCES runs, position INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    text TEXT NOT NULL REFERENCES texts, PRIMARY KEY (run, position, kind, name));
CREATE INDEX IF NOT EXISTS details_by_text ON details (text);
COMMIT;
"""
# Another process may be writing; a transaction takes milliseconds.
_WAIT = 30.0


class Database:
    """The database of a store.

    Args:
        path: Its file; the first write creates it, and adds the tables that an older release did not know.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the database; what a block writes is one transaction."""
        with readable(self.path), closing(sqlite3.connect(self.path, timeout=_WAIT)) as connection:
            connection.executescript(_TABLES)
            with connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the database to read. One without a file, or without tables, is empty."""
        exists = os.path.exists(self.path) and os.path.getsize(self.path) > 0
        uri = f"file:{_quoted(self.path)}?mode={self._mode()}" if exists else ":memory:"
        with readable(self.path), closing(sqlite3.connect(uri, timeout=_WAIT, uri=exists)) as connection:
            connection.row_factory = sqlite3.Row
            if not exists:
                connection.executescript(_TABLES)
            connection.execute("PRAGMA query_only = 1")
            yield connection

    def _mode(self) -> str:
        """Return SQLite's mode to read: to undo what a killed process left half done, SQLite must write.

        It may be killed at any time, also after a reader has opened the file.
        """
        folder = os.path.dirname(os.path.abspath(self.path))
        return "rw" if os.access(self.path, os.W_OK) and os.access(folder, os.W_OK) else "ro"


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether a table exists: a store that only older releases wrote lacks the newer ones."""
    rows = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return rows.fetchone() is not None


def _quoted(path: str) -> str:
    """Return an absolute path for a URI: SQLite reads all but these three as they are."""
    return os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Raise RecordError for any SQLite error in a block, and if the record's file is a FIFO or device.

    Args:
        path: The record's file, which need not exist.
    """
    if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
        raise RecordError(path, "it is not a regular file")
    try:
        yield
    except sqlite3.Error as error:
        raise RecordError(path, str(error)) from error
