"""The log: lines of JSON that a later search can start from, also after an interruption.

    head      {"zenml_pin_bisect": 1, "what", "bad", "goods", "first_parent", "test"}
    verdict   {"commit_id", "code", "answer", "reason", "message", "value", "seconds"}

A line is written as soon as it is known. A reader may change answers, as in git's log. An unfinished last line, of a
process that was killed, is left out.
"""

from __future__ import annotations

import json
from typing import Any

import attrs

from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.errors import DocumentError
from zenml_pin.pipelines.bisecting.search import BAD, GOOD, UNKNOWN
from zenml_pin.pipelines.bisecting.verdict import CommitVerdict

_KEY, _VERSION = "zenml_pin_bisect", 1


@attrs.frozen
class BisectLog:
    """A log that was read.

    Attributes:
        head: Its first line.
        verdicts: The verdicts by commit.
    """

    head: dict[str, Any]
    verdicts: dict[str, CommitVerdict]


class LogWriter:
    """Writes a log to a file; a new file replaces an old one.

    Args:
        path: The file; None writes nothing.
        head: The first line.
    """

    def __init__(self, path: str | None, head: dict[str, Any]) -> None:
        self._path = path
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(_line({_KEY: _VERSION, **head}))

    def add(self, commit_id: str, code: str | None, verdict: CommitVerdict) -> None:
        """Write a verdict."""
        if self._path is not None:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(_line({"commit_id": commit_id, "code": code, **verdict.to_dict()}))


def read_log(path: str) -> BisectLog:
    """Return a log.

    Raises:
        DocumentError: The file cannot be read, or is not a log.
    """
    try:
        data = read_regular(path, DEFAULT_LIMITS.document)
    except (OSError, OverflowError) as error:
        raise DocumentError(f"it cannot be read: {error}", path=path) from error
    if data is None:
        raise DocumentError("it does not exist, or is not a regular file", path=path)
    *lines, _ = data.decode("utf-8", "replace").split("\n")
    head = _read(lines[0], path, 1) if lines else {}
    if head.get(_KEY) != _VERSION:
        raise DocumentError("it is not a log of 'zenml-pin bisect'", path=path)
    verdicts: dict[str, CommitVerdict] = {}
    for number, line in enumerate(lines[1:], 2):
        row = _read(line, path, number)
        verdicts[str(row.get("commit_id"))] = _verdict(row, path, number)
    return BisectLog(head, verdicts)


def _verdict(row: dict[str, Any], path: str, number: int) -> CommitVerdict:
    answer, value = row.get("answer"), row.get("value")
    if answer not in (GOOD, BAD, UNKNOWN):
        raise DocumentError("expected the answer good, bad or unknown", path=path, line=number, column=1)
    is_number = isinstance(value, (int, float))
    return CommitVerdict(
        str(answer),
        str(row.get("reason", "")),
        str(row.get("message", "")),
        float(value) if is_number and value is not None else None,
    )


def _read(line: str, path: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise DocumentError("expected a line of JSON", path=path, line=number, column=1)
    return row


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"
