"""What commands print with `--format json`, as plain data; `schema.json` beside this file describes it."""

from __future__ import annotations

from zenml_pin.errors import PinError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.git.status import Status
    from zenml_pin.isolation.trial import Trial
    from zenml_pin.pins.provenance import Provenance
    from zenml_pin.pipelines.repository import Repository
    from zenml_pin.pipelines.runs.run import Run

SCHEMA_VERSION = 1


def schema(command: str) -> dict[str, Any]:
    """Return the JSON schema of what a command prints.

    Reports have `zenml_pin.audit.formats.json.schema`.

    Args:
        command: Its name; "isolated_load" for `load --isolated`, "verify_bundle" for `verify BUNDLE`.
    """
    import json
    from importlib.resources import files

    content = json.loads(files(__package__).joinpath("schema.json").read_bytes())
    return {"$schema": content["$schema"], "$defs": content["$defs"], **content["$defs"][command]}


def print_json(**facts: Any) -> None:
    """Print the answer of a command."""
    import json

    print(json.dumps({"schema_version": SCHEMA_VERSION, **facts}, indent=2))


def of_status(status: Status) -> dict[str, Any]:
    """Return the uncommitted changes of a folder, and what else keeps a class from being pinned."""
    changes = [
        {"path": change.path, "kind": change.kind.value, "reason": change.reason} for change in status.changes
    ]
    return {
        "folder": status.folder,
        "is_clean": status.clean,
        "changes": changes,
        "reasons": list(status.reasons),
    }


def of_class(loaded: object, source: str, provenance: Provenance | None) -> dict[str, Any]:
    """Return a loaded class or function and where it came from; `commit` and the rest is None for an unpinned one."""
    from zenml_pin.pins.functions import dotted_name, kind_of

    data: dict[str, Any] = {"source": source, "class": dotted_name(loaded), "kind": kind_of(loaded)}
    if provenance is None:
        return {**data, "commit": None, "unit": None, "unit_id": None, "files": []}
    commit = provenance.commit
    return {
        **data,
        "commit": {"id": commit.id, "author": commit.author, "time": commit.time, "zone": commit.zone},
        "unit": provenance.unit,
        "unit_id": provenance.unit_id,
        "files": [{"path": entry.path, "id": entry.id} for entry in provenance.files],
    }


def of_trial(trial: Trial) -> dict[str, Any]:
    """Return how an isolated load ended, the class, what its code did and what it printed."""
    return {
        "outcome": trial.outcome,
        "message": trial.message,
        "seconds": trial.seconds,
        "walls": trial.walls.to_dict() if trial.walls is not None else None,
        "facts": trial.facts,
        "events": [event.to_dict() for event in trial.events],
        "printed": trial.printed,
    }


def of_entries(tree: CommitTree, entries: Iterable[tuple[Entry, str]]) -> dict[str, Any]:
    """Return files of a commit, each with its type."""
    listed = [
        {"mode": f"{entry.mode:06o}", "type": kind, "id": entry.id, "path": entry.path}
        for entry, kind in entries
    ]
    return {"commit": tree.commit_id, "entries": listed}


def of_run(run: Run) -> dict[str, Any]:
    """Return a run with its steps; `metrics` is None where they cannot be read any more."""
    try:
        metrics: dict[str, Any] | None = run.metrics
    except PinError:
        metrics = None
    names = (
        "id",
        "pipeline",
        "number",
        "document",
        "source",
        "backend",
        "outcome",
        "error",
        "started",
        "ended",
    )
    steps = (
        "key",
        "source",
        "code_id",
        "cached",
        "outcome",
        "error",
        "started",
        "ended",
        "output_name",
        "output",
    )
    return {
        **{name: getattr(run, name) for name in names},
        "metrics": metrics,
        "steps": [{name: getattr(step, name) for name in steps} for step in run.steps],
    }


def of_run_details(run: Run) -> dict[str, Any]:
    """Return all that is known of a run: also arguments, inputs, logs, packages and uncommitted code."""
    plain = of_run(run)
    for data, step in zip(plain["steps"], run.steps, strict=True):
        data |= {
            "seconds": step.seconds,
            "args": step.args,
            "inputs": step.inputs,
            "traceback": step.traceback,
            "log": step.log,
        }
    trace = run.uncommitted
    patch = (
        "" if trace is None else trace.patch().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )
    uncommitted = None if trace is None else {**trace.to_dict(), "patch": patch}
    return {**plain, "seconds": run.seconds, "environment": run.environment, "uncommitted": uncommitted}


def of_broken(repository: Repository) -> list[dict[str, str]]:
    """Return the documents that could not be read."""
    return [{"path": path, "message": error.message} for path, error in repository.broken.items()]
