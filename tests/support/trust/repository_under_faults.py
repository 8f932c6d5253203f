"""A repository in which operations fail: what they may write there, and whether it is undamaged afterwards."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.support.repositories import commit, init
from tests.support.trust.injected_faults import INJECTED, LIMITS, MOMENTS, Came, Operator
from tests.support.trust.operations_under_faults import DONE, INTERRUPTED, OPERATIONS, REFUSED, SYSTEM
from zenml_pin import __version__

STEP = """\
from zenml_pin.steps import BaseTrainerStep


class A(BaseTrainerStep):
    epochs = 1

    def run_fn(self, data):
        return {"rows": len(data)}
"""
DOCUMENT = """\
version: '1'
pipeline: {{name: {name}, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_{version}, args: {{}}}}
datasource: {{id: d, name: d, source: zenml_pin.datasources.CSVDatasource@zenml_{version}, args: {{path: data.csv}}}}
steps: {{training: {{source: trainers.step.A{pin}, args: {{}}}}}}
"""
# Files that an operation may leave behind; no code reads them.
TEMPORARY = ".zenml-pin-"
STORE = ".zenml/local_store"


def build(path: Path, epochs: str) -> Path:
    """Make a repository with a class, a document that pins it and one that does not, and a workspace."""
    repo = init(path)
    step = STEP + f"# {epochs}\n"
    head = commit(
        repo,
        {
            "trainers": {"step.py": step, "helper.py": "x = 1\n"},
            "data.csv": "x\n1\n2\n",
            ".gitignore": "*.log\n",
        },
    )
    (path / "pipelines").mkdir()
    for name, pin in (("p", f"@{head}"), ("old", "")):
        text = DOCUMENT.format(name=name, version=__version__, pin=pin)
        (path / "pipelines" / f"{name}.yaml").write_text(text)
    return path


def contents(repo: Path) -> dict[str, bytes]:
    """Return every file's content by path, without files of runs, whose names and times always differ."""
    contents_by_path = {}
    for where, top in (("repo", repo), ("files", Path(f"{repo}-files"))):
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder, name)
                key = f"{where}/{path.relative_to(top)}"
                if TEMPORARY not in key and STORE not in key:
                    contents_by_path[key] = path.read_bytes()
    return contents_by_path


def store_is_sound(repo: Path) -> bool:
    """Tell whether the record of runs is readable, and each artifact has the content that its name promises."""
    store = repo / STORE
    record = store / "runs.sqlite"
    if record.exists():
        with closing(sqlite3.connect(record)) as base:
            if base.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return False
    return all(
        hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        for path in (store / "artifacts").rglob("*.*")
        if not path.name.startswith(TEMPORARY)
    )


class Ground:
    """Copies of one repository, in which operations fail.

    Attributes:
        operator: Carries out the operations.
        before: The files' content before an operation.
        after: The content after each operation, if nothing fails.
    """

    def __init__(self, folder: Path, operator: Operator, template: Path) -> None:
        self._folder, self.operator, self._template = folder, operator, template
        self.before = contents(template)
        self.after = {operation: self._clean(operation) for operation in OPERATIONS}

    def copy(self) -> Path:
        """Replace the last copy by a new one."""
        target = self._folder / "repo"
        for path in (target, Path(f"{target}-files")):
            if path.exists():
                shutil.rmtree(path)
        shutil.copytree(self._template, target)
        return target

    def _clean(self, operation: str) -> dict[str, bytes]:
        repo = self.copy()
        came = self.operator.do(operation, str(repo))
        assert came.code == DONE, (operation, came)
        return contents(repo)

    def faults(self, operation: str, fault: str) -> Iterator[tuple[str, list[str]]]:
        """Let an operation fail in each way; yield the outcome and what is wrong afterwards."""
        if fault == "limits":
            for limit in LIMITS:
                yield self._one(operation, limit, partial(self.operator.do, operation, limit=limit))
            return
        for moment in MOMENTS[fault]:
            inject = INJECTED[fault] % moment
            yield self._one(operation, f"at {moment}", partial(self.operator.do, operation, inject=inject))

    def _one(self, operation: str, label: str, do: Callable[[str], Came]) -> tuple[str, list[str]]:
        repo = self.copy()
        came = do(str(repo))
        wrong = []
        word = "hang" if came.code is None else WORDS.get(came.code, f"code {came.code}")
        if word not in WORDS.values():
            wrong.append(f"{label}: {word}: {came.output}")
        current = contents(repo)
        for path, data in current.items():
            if data not in (self.before.get(path), self.after[operation].get(path)):
                wrong.append(f"{label}: '{path}' is half written")
        wrong += [f"{label}: '{path}' is lost" for path in self.before if path not in current]
        again = self.operator.do(operation, str(repo))
        if again.code != DONE or contents(repo) != self.after[operation] or not store_is_sound(repo):
            wrong.append(f"{label}: the next call: {again}")
        return word, wrong


WORDS = {DONE: "done", REFUSED: "refused", SYSTEM: "system error", INTERRUPTED: "interrupted", -9: "killed"}
