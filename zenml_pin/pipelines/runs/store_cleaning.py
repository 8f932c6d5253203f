"""Cleaning a store: what no kept run and no document needs is removed.

Safe beside running runs and after `kill -9`, because of the order:

    1. the lock that runs hold shared from when they put an artifact until a row or a document names it
    2. runs that are not kept leave the record, in one transaction
    3. artifacts that neither the record nor a document mentions any more are removed, file by file

A process that is killed in between leaves artifacts that nothing refers to, and the next cleaning removes them. It
never leaves a reference to an artifact that is gone, or half a run.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import attrs

from zenml_pin.pipelines.runs.artifacts import StoredFile, writable
from zenml_pin.pipelines.runs.run import RUNNING, Run
from zenml_pin.pipelines.runs.step_files import abandoned_folders
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.pipelines.runs.store_contents import mentioned_in


@attrs.frozen
class Cleaning:
    """What a cleaning removed, or would remove.

    Attributes:
        runs: The runs, oldest first.
        artifacts: The ids of the artifacts.
        leftovers: Files that killed processes left half written, and folders of their steps.
        size: Of the artifacts and leftovers, in bytes.
        is_dry: Whether it only tells what it would remove.
    """

    runs: tuple[Run, ...]
    artifacts: tuple[str, ...]
    leftovers: tuple[str, ...]
    size: int
    is_dry: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "is_dry_run": self.is_dry,
            "bytes": self.size,
            "runs": [run.id for run in self.runs],
            "artifacts": list(self.artifacts),
            "leftovers": list(self.leftovers),
        }


def clean_store(
    store: LocalStore,
    *folders: str,
    keep_runs: int | None = None,
    older_than: float | None = None,
    dry_run: bool = False,
) -> Cleaning:
    """Remove what no kept run and no document of some folders needs from a store.

    Without `keep_runs` and `older_than` all runs are kept; with both, a run goes when both say so. A run that has not
    ended is always kept.

    Args:
        store: The store.
        folders: The folders of the documents.
        keep_runs: How many runs of each document are kept, the newest ones.
        older_than: Keep the runs that began in so many seconds before now.
        dry_run: Remove nothing.

    Raises:
        RecordError: The record or a document cannot be read, so what is needed is not known; or the store cannot be
            written. Nothing that is needed has been removed.
    """
    if not os.path.isdir(store.folder):
        return Cleaning((), (), (), 0, dry_run)
    if dry_run:
        return _clean(store, folders, keep_runs, older_than, dry_run=True)
    with writable(store.folder), store.collecting():
        return _clean(store, folders, keep_runs, older_than, dry_run=False)


def _clean(
    store: LocalStore,
    folders: tuple[str, ...],
    keep_runs: int | None,
    older_than: float | None,
    dry_run: bool,
) -> Cleaning:
    living = store.living()
    since = None if older_than is None else time.time() - older_than
    gone = [run for run in runs_to_remove(store.record.runs(), keep_runs, since) if run.id not in living]
    ids = {run.id for run in gone}
    if ids and not dry_run:
        store.record.remove(ids)
    # After the removal, what the record mentions is what the kept runs need.
    needed = mentioned_in(store, folders, without=ids)
    artifacts = [file for file in store.artifacts.files() if file.sha256 not in needed]
    leftovers, abandoned = store.artifacts.leftovers(), list(abandoned_folders())
    size = sum(file.size for file in artifacts) + sum(map(_size_of, (*leftovers, *abandoned)))
    if not dry_run:
        store.artifacts.remove([*(file.path for file in artifacts), *leftovers])
        for folder in abandoned:
            shutil.rmtree(folder, ignore_errors=True)
    return Cleaning(tuple(gone), tuple(_ids(artifacts)), (*leftovers, *abandoned), size, dry_run)


def _ids(files: Iterable[StoredFile]) -> list[str]:
    return sorted(file.name for file in files)


def _size_of(path: str) -> int:
    """Return the size of a file, or of all files in a folder."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names] or [path]
    size = 0
    for one in paths:
        with suppress(OSError):
            size += os.lstat(one).st_size if not os.path.isdir(one) else 0
    return size


def runs_to_remove(runs: Iterable[Run], keep_runs: int | None, since: float | None) -> list[Run]:
    """Return the runs that are not kept, oldest first.

    Args:
        runs: All runs.
        keep_runs: How many runs of each document are kept; None keeps as many as there are.
        since: Runs that began later are kept, in seconds since the epoch; None keeps none for its age.
    """
    if keep_runs is None and since is None:
        return []
    by_document: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.started, run.id), reverse=True):
        by_document[run.pipeline, run.number].append(run)
    beyond = [run for group in by_document.values() for run in group[keep_runs or 0 :]]
    gone = [run for run in beyond if run.outcome != RUNNING and (since is None or run.started < since)]
    return sorted(gone, key=lambda run: (run.started, run.id))
