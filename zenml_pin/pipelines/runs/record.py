"""The record: all runs and their steps, in SQLite.

`database.py` describes the tables. A row is written when a run or step begins and again when it ends, so the record is
true also when the process is killed.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager

from zenml_pin.base.hashing import hex_digest
from zenml_pin.errors import UnknownNameError
from zenml_pin.pipelines.runs.database import Database
from zenml_pin.pipelines.runs.run import FAILURES, KILLED, RUNNING, SUCCEEDED, Run, StepRun, Steps
from zenml_pin.pipelines.runs.texts import LOG, Detail, RunTexts, put_details

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping
    from typing import Any

    from zenml_pin.pipelines.runs.artifacts import Artifacts


class Record:
    """The record of a store.

    Args:
        path: Its file; the first write creates it.
        artifacts: The artifacts with the outputs of its runs.
    """

    def __init__(self, path: str, artifacts: Artifacts) -> None:
        self._database = Database(path)
        self._artifacts = artifacts

    def begin(self, run: Run, details: Iterable[Detail] = ()) -> None:
        """Record that a run has begun, with its texts."""
        content = json.dumps(run.environment, sort_keys=True)
        environment = hex_digest(content.encode("ascii"), "sha256")
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO environments VALUES (?, ?)", (environment, content))
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run.id, run.pipeline, run.number, run.document, run.source, run.backend),
                    *(environment, run.outcome, run.error, run.started, run.ended),
                ),
            )
            put_details(connection, run.id, 0, details)

    def put_step(
        self,
        run_id: str,
        position: int,
        step: StepRun,
        cache_key: str | None,
        details: Iterable[Detail] = (),
    ) -> None:
        """Record a step, with its texts. Call it when the step begins and again when it ends."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run_id, position, step.key, step.source, step.code_id, json.dumps(step.args)),
                    *(json.dumps(step.inputs), step.output_name, step.output, step.cached, cache_key),
                    *(step.started, step.ended, step.outcome, step.error),
                ),
            )
            put_details(connection, run_id, position, details)

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

    def kill(self, run_id: str, logs: Mapping[int, bytes] | None = None) -> None:
        """Record that a run's process was killed. The time of its end is unknown.

        Args:
            run_id: The run.
            logs: What its steps had logged, by their positions.
        """
        with self._writing() as connection:
            for position, log in (logs or {}).items():
                put_details(connection, run_id, position, [Detail(LOG, log)] if log else [])
        self.end(run_id, KILLED, "the process ended without an error message", None)

    def find_output(self, cache_key: str) -> str | None:
        """Return the sha256 of the last output of a step with this cache key; None when there is no such step."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT output FROM steps WHERE cache_key = ? AND outcome = ? ORDER BY started DESC LIMIT 1",
                (cache_key, SUCCEEDED),
            )
            return next((row[0] for row in rows), None)

    @property
    def size(self) -> int:
        """The size of its file, in bytes."""
        path = self._database.path
        return os.path.getsize(path) if os.path.exists(path) else 0

    def mentioned(self, without: Container[str] = ()) -> set[str]:
        """Return every text of 64 hexadecimal digits in its rows, whatever it means, except in those of some runs."""
        from zenml_pin.pipelines.runs.removed_rows import mentioned_in_rows

        with self._reading() as connection:
            return mentioned_in_rows(connection, without)

    def remove(self, run_ids: Collection[str]) -> None:
        """Remove runs with all that belongs to them alone, in one transaction; a file that is half empty shrinks."""
        from zenml_pin.pipelines.runs.removed_rows import remove_runs, shrink

        with self._writing() as connection:
            remove_runs(connection, run_ids)
        with self._writing() as connection:
            shrink(connection)

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

    def ids(self) -> list[str]:
        """Return the ids of all runs, oldest first."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute("SELECT id FROM runs ORDER BY started, id")]

    def run(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises:
            UnknownNameError: The run does not exist.
        """
        runs = self._select({"runs.id": run_id})
        if not runs:
            raise UnknownNameError("run", run_id)
        return runs[0]

    def runs(
        self,
        pipeline: str | None = None,
        number: int | None = None,
        last: int | None = None,
        failed: bool = False,
    ) -> list[Run]:
        """Return the runs, oldest first: all, or those of a pipeline, or those of one number of it.

        Args:
            pipeline: Only runs of this pipeline.
            number: Only runs of this number of it.
            last: How many at most; the newest ones.
            failed: Only those that failed, were interrupted or were killed.
        """
        conditions = {"pipeline": pipeline, "number": number}
        return self._select(conditions, FAILURES if failed else (), last)

    def _select(
        self, conditions: dict[str, Any], outcomes: tuple[str, ...] = (), last: int | None = None
    ) -> list[Run]:
        given = {name: value for name, value in conditions.items() if value is not None}
        parts = [f"{name} = ?" for name in given]
        parts += [f"outcome IN ({', '.join('?' * len(outcomes))})"] if outcomes else []
        where = f"{' AND '.join(parts) or '1'} ORDER BY started DESC, runs.id DESC LIMIT ?"
        return self._runs(where, *given.values(), *outcomes, -1 if last is None else last)[::-1]

    def previous(self, run: Run) -> Run | None:
        """Return the last run of the same document before a run that succeeded."""
        where = "pipeline = ? AND number = ? AND outcome = ? AND started <= ? AND runs.id != ?"
        values = (run.pipeline, run.number, SUCCEEDED, run.started, run.id)
        return next(iter(self._runs(f"{where} ORDER BY started DESC LIMIT 1", *values)), None)

    def maker_of(self, artifact: str, not_run: str) -> Run | None:
        """Return the last run but one in which a step returned an artifact that is not from the cache."""
        steps = "SELECT run FROM steps WHERE output = ? AND outcome = ? AND NOT cached AND run != ?"
        values = (artifact, SUCCEEDED, not_run)
        return next(iter(self._runs(f"runs.id IN ({steps}) ORDER BY started DESC LIMIT 1", *values)), None)

    def _runs(self, where: str, *values: object) -> list[Run]:
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM runs JOIN environments ON environments.id = runs.environment WHERE {where}",
                values,
            ).fetchall()
            environments = {row["environment"]: json.loads(row["content"]) for row in rows}
            return [self._run(connection, row, environments[row["environment"]]) for row in rows]

    def _run(self, connection: sqlite3.Connection, row: sqlite3.Row, environment: dict[str, Any]) -> Run:
        # Both tables have a column `id`; row["id"] is that of `runs`.
        columns = (
            *("id", "pipeline", "number", "document", "source", "backend"),
            *("outcome", "error", "started", "ended"),
        )
        steps = connection.execute("SELECT * FROM steps WHERE run = ? ORDER BY position", (row["id"],))
        for roots in environment.get("source_roots", {}).values():
            from zenml_pin.importing.given_roots import know

            # Its sources and outputs have names with the ids of these roots.
            know(roots)
        return Run(
            **{name: row[name] for name in columns},
            environment=environment,
            steps=Steps(_step(step, self._database) for step in steps.fetchall()),
            _artifacts=self._artifacts,
            _texts=RunTexts(self._database, row["id"], 0),
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._database.writing() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._database.reading() as connection:
            yield connection


def _step(row: sqlite3.Row, database: Database) -> StepRun:
    columns = ("key", "source", "code_id", "output_name", "output", "started", "ended", "outcome", "error")
    values: dict[str, Any] = {name: row[name] for name in columns}
    return StepRun(
        **values,
        cached=bool(row["cached"]),
        args=json.loads(row["args"]),
        inputs=json.loads(row["inputs"]),
        _texts=RunTexts(database, row["run"], row["position"]),
    )
