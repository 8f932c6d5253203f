"""Texts: the long texts of runs, such as logs, tracebacks and uncommitted files. They are read when they are asked for.

Rows of the table `details` refer to rows of the table `texts` (`database.py` describes both).
"""

from __future__ import annotations

import zlib

from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value
from zenml_pin.errors import RecordError
from zenml_pin.pipelines.runs.database import Database, has_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

LOG = "log"
TRACEBACK = "traceback"
CHANGES = "changes"
BEFORE = "before"
AFTER = "after"


class Detail(Value):
    """A text of a run or of a step.

    Attributes:
        kind: What it is, such as "log".
        content: Its bytes.
        name: The path of a file, for kinds that are contents of files.
    """

    kind: str
    content: bytes
    name: str = ""

    def _shown(self, name: str) -> str | None:
        return None if name == "content" else super()._shown(name)


def put_details(
    connection: sqlite3.Connection, run_id: str, position: int, details: Iterable[Detail]
) -> None:
    """Write texts of a run, or of a step of it, in the transaction of a connection."""
    for detail in details:
        text = hex_digest(detail.content, "sha256")
        row = (text, zlib.compress(detail.content))
        # Not "or ignore": a row that is damaged is made good.
        connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", row)
        key = (run_id, position, detail.kind, detail.name)
        connection.execute("INSERT OR REPLACE INTO details VALUES (?, ?, ?, ?, ?)", (*key, text))


class RunTexts(Value):
    """The texts of a run, or of a step of it.

    Attributes:
        run_id: The run.
        position: The step's position, from 1; 0 for the run's own texts.
    """

    _database: Database
    run_id: str
    position: int

    def find(self, kind: str, name: str = "") -> bytes | None:
        """Return a text; None when there is none, as in runs of older releases.

        Raises:
            RecordError: The record cannot be read, or the text's bytes have another hash.
        """
        with self._database.reading() as connection:
            if not has_table(connection, "details"):
                return None
            row = connection.execute(
                "SELECT texts.id, content FROM details JOIN texts ON texts.id = details.text "
                "WHERE run = ? AND position = ? AND kind = ? AND details.name = ?",
                (self.run_id, self.position, kind, name),
            ).fetchone()
        return None if row is None else self._opened(row["id"], row["content"])

    def text(self, kind: str) -> str:
        """Return a text as str; "" when there is none."""
        content = self.find(kind)
        return "" if content is None else content.decode("utf-8", "replace")

    def names(self, kind: str) -> list[str]:
        """Return the names of the texts of a kind, sorted."""
        with self._database.reading() as connection:
            if not has_table(connection, "details"):
                return []
            rows = connection.execute(
                "SELECT name FROM details WHERE run = ? AND position = ? AND kind = ? ORDER BY name",
                (self.run_id, self.position, kind),
            )
            return [row["name"] for row in rows]

    def _opened(self, text_id: str, content: bytes) -> bytes:
        try:
            data = zlib.decompress(content)
        except zlib.error:
            data = b""
        if hex_digest(data, "sha256") != text_id:
            raise RecordError(self._database.path, f"the bytes of text '{text_id}' have another hash")
        return data
