"""Work: what runs in the process of one trial. Arguments and answers are plain data.

judge_class      loads a class from its commit, and lets a function of the user judge it
run_command      replaces the process by a command of the user
run_document     runs a pipeline's document in a store of its own, and answers its metrics
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

from zenml_pin.base import process_environment
from zenml_pin.base.script_arguments import module_of, script_arguments
from zenml_pin.isolation.attempt import outcome_of
from zenml_pin.isolation.outcomes import FAILED, LOADED, LONGEST_MESSAGE, OUT_OF_MEMORY
from zenml_pin.isolation.tester import run_tester

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Answers of a trial, besides those of a tester.
NOT_LOADED, FAILED_LOAD, SKIPPED_LOAD = "not loaded", "failed load", "skipped load"
RAN, DID_NOT_RUN, NO_COMMAND = "ran", "did not run", "no command"


def look_for_function(path: list[str], module: str, function: str) -> dict[str, Any]:
    """Answer whether a module has a function, by importing it."""
    from importlib import import_module

    sys.path[:0] = path
    outcome, message = outcome_of(lambda: import_module(module))
    if outcome != LOADED:
        return {"answer": "failed", "message": message[:LONGEST_MESSAGE]}
    is_there = callable(getattr(sys.modules[module], function, None))
    return {"answer": "found" if is_there else "missing"}


def judge_class(
    source: str,
    root: str,
    tester: dict[str, Any] | None,
    skip_on: list[str],
    path: list[str],
    env: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Load a class and judge it; without a tester answer whether it loads.

    Args:
        source: The source, pinned to a commit.
        root: The repository.
        tester: As `isolation.tester` takes it.
        skip_on: Names of exceptions that say nothing about the class.
        path: Where modules of the tester are found first.
        env: How it gets the libraries of its commit, as `EnvSettings` has it; None for those of this process.
    """
    from zenml_pin import resolver

    if env is not None:
        return _judge_in_environment(env, source, root, tester, skip_on, path)

    loaded: list[Any] = []
    skips: list[str] = []

    def load() -> None:
        try:
            with script_arguments(module_of(source)):
                loaded.append(resolver.load(source, repo=root, allow_dirty=True))
        except BaseException as error:
            skips.extend(name for name in names_of(error) if name in skip_on)
            raise

    outcome, message = outcome_of(load)
    if outcome == OUT_OF_MEMORY:
        return {"answer": OUT_OF_MEMORY}
    if outcome == FAILED:
        kind = SKIPPED_LOAD if skips else FAILED_LOAD
        return {"answer": kind, "message": message[:LONGEST_MESSAGE]}
    if tester is None:
        return {"answer": "good", "message": ""}
    sys.path[:0] = path
    return dict(run_tester({**tester, "skip_on": skip_on}, loaded[0], source))


def _judge_in_environment(env: dict[str, Any], source: str, *others: Any) -> dict[str, Any]:
    from zenml_pin.backends.env import EnvBackend
    from zenml_pin.errors import PinError

    try:
        with EnvBackend(**env) as backend:
            return dict(backend.submit(judge_class, source, *others).result())
    except PinError as error:
        return {"answer": SKIPPED_LOAD, "message": error.message[:LONGEST_MESSAGE]}


def names_of(error: BaseException) -> list[str]:
    """Return the names of the classes of an exception, and of those that it was raised from."""
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 100:
        names += [name for cls in type(current).__mro__ for name in (cls.__name__, cls.__qualname__)]
        current = current.__cause__
    return names


def run_command(words: list[str], source: str, dotted: str, commit_id: str, root: str) -> dict[str, Any]:
    """Run a command in place of this process; answer only if it cannot be started."""
    process_environment.set_trial(source, dotted, commit_id, root)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        return {"answer": NO_COMMAND, "message": error.strerror or str(error)}


def run_document(
    text: str, name: str, root: str, folder: str, path: list[str], env: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Run a document and answer its metrics.

    Args:
        text: The document, with the pins to run.
        name: Its file's name, for messages.
        root: A folder of its workspace.
        folder: An empty folder for documents, runs and artifacts.
        path: Where unpinned classes are found first.
        env: How steps get the libraries of their commit, as `EnvSettings` has it; None for those of this process.
    """
    sys.path[:0] = path
    metrics: list[Any] = []
    outcome, message = outcome_of(lambda: metrics.append(_run(text, name, root, folder, env)))
    if outcome == OUT_OF_MEMORY:
        return {"answer": OUT_OF_MEMORY}
    if outcome == FAILED:
        return {"answer": DID_NOT_RUN, "message": message[:LONGEST_MESSAGE]}
    return {"answer": RAN, "metrics": metrics[0]}


def _run(text: str, name: str, root: str, folder: str, env: dict[str, Any] | None) -> Any:
    import json
    import warnings

    from zenml_pin.at import registry
    from zenml_pin.backends.env import EnvBackend
    from zenml_pin.backends.local import LocalBackend
    from zenml_pin.base.values import evolve
    from zenml_pin.pipelines.documents.document import parse_document
    from zenml_pin.pipelines.loading import load_pipeline
    from zenml_pin.pipelines.runs.options import Options, using
    from zenml_pin.workspace.config import get_workspace_at

    own = get_workspace_at(root)
    registry.watch(own.pipelines_dir)
    workspace = evolve(
        own,
        pipelines_dir=os.path.join(folder, "pipelines"),
        store_dir=os.path.join(folder, "store"),
        # The user's store is read, for data that is kept there, and never written.
        own_store_dir=own.store_dir,
    )
    with warnings.catch_warnings(), ExitStack() as opened:
        warnings.simplefilter("ignore")
        backend = None if env is None else opened.enter_context(EnvBackend(**env))
        options = Options(allow_dirty=True, env=backend)
        opened.enter_context(using(options))
        pipeline = load_pipeline(parse_document(text, name), workspace, options)
        metrics = pipeline.run(backend=LocalBackend(), allow_dirty=True).metrics
    return json.loads(json.dumps(metrics))
