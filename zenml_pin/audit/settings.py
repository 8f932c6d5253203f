"""Settings of `check`: which findings count, as the working tree's own files say, in ruff's words.

    [tool.zenml_pin]                              in pyproject.toml; in setup.cfg it is [zenml_pin]
    select = ["ZP0"]                              only rules whose ids begin like this
    ignore = ["ZP015"]                            none of these
    severity = {ZP010 = "note"}                   "error", "warning" or "note"
    baseline = "zenml-pin-baseline.json"          findings that are known; this name is the default

    [tool.zenml_pin.per-file-ignores]
    "pipelines/old_*.yaml" = ["ZP003"]

The nearest file at or above the workspace that has one of these keys counts, up to the repository's root. Paths are
relative to its folder. `audit` does not use them: a repository must not hide anything from an auditor.
"""

from __future__ import annotations

import os
import posixpath

from zenml_pin.audit.report import AuditReport, DocumentReport
from zenml_pin.audit.rules import RULES, Finding, Level
from zenml_pin.base.text import count
from zenml_pin.base.values import Value, evolve
from zenml_pin.errors import DocumentError
from zenml_pin.yaml.input import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

BASELINE = "zenml-pin-baseline.json"
_FILES = ("pyproject.toml", "setup.cfg")
_KEYS = ("select", "ignore", "per-file-ignores", "severity", "baseline")


class Settings(Value):
    """Which findings count.

    Attributes:
        path: The file that says so, absolute; "" if no file does.
        folder: The folder to which paths are relative, absolute.
        select: Beginnings of the ids of rules that count; () means all.
        ignore: Beginnings of the ids of rules that do not count.
        per_file: Patterns of documents, each with beginnings of ids that do not count there.
        severity: Levels of rules that have another one than theirs, by id.
        baseline: The file of known findings, absolute.
    """

    path: str
    folder: str
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    severity: dict[str, Level] = {}
    baseline: str = ""

    def apply(self, report: AuditReport) -> AuditReport:
        """Return a report with the findings that count; its notes say how many others there are."""
        known = _read_baseline(self.baseline)
        if not (known or self.select or self.ignore or self.per_file or self.severity):
            return report
        hidden = {"ignored": 0, "known": 0}

        def kept(findings: Iterable[Finding]) -> tuple[Finding, ...]:
            left = [finding for finding in findings if self._counts(finding, report.root)]
            return tuple(self._with_level(finding) for finding in left if finding.fingerprint not in known)

        for finding in report.findings:
            if not self._counts(finding, report.root):
                hidden["ignored"] += 1
            elif finding.fingerprint in known:
                hidden["known"] += 1
        return evolve(
            report,
            documents=tuple(_with_findings(document, kept) for document in report.documents),
            own_findings=kept(report.own_findings),
            notes=(*report.notes, *self._notes(hidden)),
        )

    def _counts(self, finding: Finding, root: str) -> bool:
        rule = finding.rule.id
        if (self.select and not rule.startswith(self.select)) or rule.startswith(self.ignore or "-"):
            return False
        if not self.per_file:
            return True
        from fnmatch import fnmatch

        path = os.path.relpath(os.path.join(root, finding.path), self.folder).replace(os.sep, "/")
        return not any(
            rule.startswith(ids) and (fnmatch(path, pattern) or fnmatch(posixpath.basename(path), pattern))
            for pattern, ids in self.per_file
        )

    def _with_level(self, finding: Finding) -> Finding:
        level = self.severity.get(finding.rule.id)
        return finding if level is None else evolve(finding, rule=evolve(finding.rule, level=level))

    def _notes(self, hidden: dict[str, int]) -> Iterator[str]:
        if hidden["ignored"]:
            verb = "does" if hidden["ignored"] == 1 else "do"
            yield f"'{self.path}' says that {count(hidden['ignored'], 'finding')} {verb} not count"
        if hidden["known"]:
            yield f"'{self.baseline}' lists {count(hidden['known'], 'finding')} as known"


def _with_findings(
    document: DocumentReport, kept: Callable[[Iterable[Finding]], tuple[Finding, ...]]
) -> DocumentReport:
    sources = tuple(evolve(source, findings=kept(source.findings)) for source in document.sources)
    return evolve(document, findings=kept(document.findings), sources=sources)


def read_settings(start: str, root: str) -> Settings:
    """Return the settings of the working tree.

    Args:
        start: The folder of the workspace.
        root: The repository's root, where the search ends.

    Raises:
        DocumentError: A file cannot be read, or has an unknown key, rule or level.
    """
    folder, root = os.path.realpath(start), os.path.realpath(root)
    while True:
        for name in _FILES:
            path = os.path.join(folder, name)
            table = _table_of(path) if os.path.isfile(path) else {}
            if any(key in table for key in _KEYS):
                return _settings(path, folder, table)
        if folder == root or os.path.dirname(folder) == folder or not folder.startswith(root):
            return Settings("", root, baseline=os.path.join(root, BASELINE))
        folder = os.path.dirname(folder)


def _table_of(path: str) -> dict[str, Any]:
    text = read_bytes(path).decode("utf-8", "replace")
    if "zenml" not in text:
        return {}
    import configparser
    import tomllib

    try:
        if path.endswith(".toml"):
            tool = tomllib.loads(text).get("tool", {})
            table = tool.get("zenml_pin", tool.get("zenml-pin", {})) if isinstance(tool, dict) else {}
            return table if isinstance(table, dict) else {}
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(text)
        section = dict(parser["zenml_pin"]) if "zenml_pin" in parser else {}
    except (tomllib.TOMLDecodeError, configparser.Error) as error:
        raise DocumentError(str(error).splitlines()[0], path=path) from error
    return {key: _of_text(key, value) for key, value in section.items()}


def _of_text(key: str, text: str) -> Any:
    """Return a value of setup.cfg: a list, or for two keys a line "name: values" each."""
    if key in ("per-file-ignores", "severity"):
        pairs = (line.rpartition(":") for line in text.splitlines() if line.strip())
        return {
            name.strip(): _words(value) if key != "severity" else value.strip() for name, _, value in pairs
        }
    return _words(text) if key in ("select", "ignore") else text.strip()


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


class _Table:
    """The settings in one file, of which each is read with its own checks."""

    def __init__(self, path: str, values: dict[str, Any]) -> None:
        self._path = path
        self._values = values

    def ids(self, key: str) -> tuple[str, ...]:
        """Return the beginnings of ids that a key lists."""
        return self._ids(key, self._values.get(key, []))

    def ids_by_pattern(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return patterns of documents, each with beginnings of ids."""
        patterns = self._mapping("per-file-ignores").items()
        return tuple(
            (pattern, self._ids(f"per-file-ignores.{pattern}", value)) for pattern, value in patterns
        )

    def levels(self) -> dict[str, Level]:
        """Return the levels of rules that have another one than theirs."""
        levels = {}
        for rule, word in self._mapping("severity").items():
            if rule not in RULES or word not in [level.value for level in Level]:
                hint = 'write a rule and its level, as in ZP010 = "note"; levels are error, warning and note'
                raise self._fault(f"'{rule} = {word}' is not a level of a rule", "severity", hint)
            levels[rule] = Level(word)
        return levels

    def _ids(self, key: str, value: object) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise self._fault("expected a list of rules", key)
        for item in listed:
            if not any(rule.startswith(item) for rule in RULES):
                raise self._fault(f"no rule begins with '{item}'", key)
        return tuple(listed)

    def _mapping(self, key: str) -> dict[str, Any]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._fault("expected a table", key)
        return value

    def _fault(self, reason: str, key: str, hint: str = "") -> DocumentError:
        return DocumentError(reason, path=self._path, key_path=key, hint=hint)


def _settings(path: str, folder: str, values: dict[str, Any]) -> Settings:
    table = _Table(path, values)
    return Settings(
        path,
        folder,
        select=table.ids("select"),
        ignore=table.ids("ignore"),
        per_file=table.ids_by_pattern(),
        severity=table.levels(),
        baseline=os.path.join(folder, str(values.get("baseline", BASELINE))),
    )


def _read_baseline(path: str) -> set[str]:
    if not os.path.isfile(path):
        return set()
    import json

    try:
        return {finding["fingerprint"] for finding in json.loads(read_bytes(path))["findings"]}
    except (ValueError, KeyError, TypeError) as error:
        hint = "write it again with 'zenml-pin check --write-baseline'"
        raise DocumentError("it is not a list of findings", path=path, hint=hint) from error


def baseline_of(report: AuditReport) -> str:
    """Return the text of a file that lists the findings of a report as known."""
    import json

    findings = [
        {
            "fingerprint": finding.fingerprint,
            "rule": finding.rule.id,
            "path": finding.path,
            "message": finding.message,
        }
        for finding in report.findings
    ]
    return json.dumps({"findings": findings}, indent=2) + "\n"
