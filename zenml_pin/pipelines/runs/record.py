"""The record: all runs and their steps, in SQLite.

    runs          a row for each run; `outcome` is "running" until it ends
    steps         a row for each datasource and step of a run
    environments  Python and package versions, a row for all runs that had the same

A row is written when a run or step begins and again when it ends, so the record is true also when the process is
killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from zenml_pin.errors import RecordError
from zenml_pin.importing.given_roots import know
from zenml_pin.pipelines.runs.artifacts import Artifacts
from zenml_pin.pipelines.runs.run import KILLED, RUNNING, SUCCEEDED, Run, StepRun

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
COMMIT;
"""
# Another process may be writing; a transaction takes milliseconds.
_WAIT = 30.0


class Record:
    """The record of a store.

    Args:
        path: Its file; the first write creates it.
        artifacts: The artifacts with the outputs of its runs.
    """

    def __init__(self, path: str, artifacts: Artifacts) -> None:
        self._path = path
        self._artifacts = artifacts

    def begin(self, run: Run) -> None:
        """Record that a run has begun."""
        content = json.dumps(run.environment, sort_keys=True)
        environment = hashlib.sha256(content.encode("ascii")).hexdigest()
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO environments VALUES (?, ?)", (environment, content))
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run.id, run.pipeline, run.number, run.document, run.source, run.backend),
                    *(environment, run.outcome, run.error, run.started, run.ended),
                ),
            )

    def put_step(self, run_id: str, position: int, step: StepRun, cache_key: str | None) -> None:
        """Record a step. Call it when the step begins and again when it ends."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run_id, position, step.key, step.source, step.code_id, json.dumps(step.args)),
                    *(json.dumps(step.inputs), step.output_name, step.output, step.cached, cache_key),
                    *(step.started, step.ended, step.outcome, step.error),
                ),
            )

    def end(self, run_id: str, outcome: str, error: str, ended: float | None) -> None:
        """Record how a run ended; its steps that are still running get the same outcome."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE runs SET outcome = ?, error = ?, ended = ? WHERE id = ? AND outcome = ?",
                (outcome, error, ended, run_id, RUNNING),
            )
            connection.execute(
                "UPDATE steps SET outcome = ?, ended = ? WHERE run = ? AND outcome = ?",
                (outcome, ended, run_id, RUNNING),
            )

    def running(self) -> list[str]:
        """Return the ids of runs that have not ended."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute("SELECT id FROM runs WHERE outcome = ?", (RUNNING,))]

    def kill(self, run_id: str) -> None:
        """Record that a run's process was killed. The time of its end is unknown."""
        self.end(run_id, KILLED, "the process ended without an error message", None)

    def find_output(self, cache_key: str) -> str | None:
        """Return the sha256 of the last output of a step with this cache key; None when there is no such step."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT output FROM steps WHERE cache_key = ? AND outcome = ? ORDER BY started DESC LIMIT 1",
                (cache_key, SUCCEEDED),
            )
            return next((row[0] for row in rows), None)

    def numbers(self, pipeline: str) -> list[int]:
        """Return the document numbers of a pipeline's recorded runs."""
        with self._reading() as connection:
            rows = connection.execute("SELECT DISTINCT number FROM runs WHERE pipeline = ?", (pipeline,))
            return [row[0] for row in rows]

    def sources(self) -> list[tuple[str, int, str, str, str]]:
        """Return what ran, each once, oldest first: pipeline, number, key, source, id of the first run.

        The key is that of a step, or "pipeline" for the class of the pipeline.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT pipeline, number, key, steps.source, runs.id, MIN(runs.started) AS first "
                "FROM runs JOIN steps ON steps.run = runs.id GROUP BY pipeline, number, key, steps.source UNION ALL "
                "SELECT pipeline, number, 'pipeline', source, id, MIN(started) AS first "
                "FROM runs GROUP BY pipeline, number, source ORDER BY first"
            )
            return [tuple(row)[:5] for row in rows]

    def runs(self, pipeline: str | None = None, number: int | None = None) -> list[Run]:
        """Return the runs, oldest first: all, or those of a pipeline, or those of one number of it."""
        conditions = {"pipeline": pipeline, "number": number}
        given = {name: value for name, value in conditions.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM runs JOIN environments ON environments.id = runs.environment WHERE {where} "
                "ORDER BY started, runs.id",
                tuple(given.values()),
            ).fetchall()
            return [self._run(connection, row) for row in rows]

    def _run(self, connection: sqlite3.Connection, row: sqlite3.Row) -> Run:
        # Both tables have a column `id`; row["id"] is that of `runs`.
        columns = (
            *("id", "pipeline", "number", "document", "source", "backend"),
            *("outcome", "error", "started", "ended"),
        )
        steps = connection.execute("SELECT * FROM steps WHERE run = ? ORDER BY position", (row["id"],))
        environment = json.loads(row["content"])
        for roots in environment.get("source_roots", {}).values():
            # Its sources and outputs have names with the ids of these roots.
            know(roots)
        return Run(
            **{name: row[name] for name in columns},
            environment=environment,
            steps=tuple(_step(step) for step in steps.fetchall()),
            artifacts=self._artifacts,
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with readable(self._path), closing(sqlite3.connect(self._path, timeout=_WAIT)) as connection:
            connection.executescript(_TABLES)
            with connection:
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Open the record to read. A record without a file, or without tables, is empty."""
        exists = os.path.exists(self._path) and os.path.getsize(self._path) > 0
        uri = f"file:{_quoted(self._path)}?mode={self._mode()}" if exists else ":memory:"
        with readable(self._path), closing(sqlite3.connect(uri, timeout=_WAIT, uri=exists)) as connection:
            connection.row_factory = sqlite3.Row
            if not exists:
                connection.executescript(_TABLES)
            yield connection

    def _mode(self) -> str:
        """Return SQLite's mode to read: to undo what a killed process left half done, SQLite must write."""
        is_writable = os.access(self._path, os.W_OK) and os.access(os.path.dirname(self._path), os.W_OK)
        return "rw" if os.path.exists(self._path + "-journal") and is_writable else "ro"


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.path.abspath(path))


def _step(row: sqlite3.Row) -> StepRun:
    columns = ("key", "source", "code_id", "output_name", "output", "started", "ended", "outcome", "error")
    values: dict[str, Any] = {name: row[name] for name in columns}
    return StepRun(
        **values, cached=bool(row["cached"]), args=json.loads(row["args"]), inputs=json.loads(row["inputs"])
    )


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
