"""Running and saving a pipeline: resolve, choose the document, build from its pins, carry out, record."""

from __future__ import annotations

import logging
import os
import secrets
import time
from contextlib import ExitStack, nullcontext
from typing import Any

import attrs

from zenml_pin.at import registry
from zenml_pin.backends.base import BaseBackend
from zenml_pin.backends.env import EnvBackend
from zenml_pin.backends.local import LocalBackend
from zenml_pin.base.values import evolve
from zenml_pin.errors import ComponentError, UnpinnedError
from zenml_pin.pins.origin import origin_of
from zenml_pin.pipelines.bundled import write_beside
from zenml_pin.pipelines.documents.catalogue import settle
from zenml_pin.pipelines.documents.folders import document_folders
from zenml_pin.pipelines.documents.given_roots import KEY, roots_in
from zenml_pin.pipelines.documents.model import DATASOURCE, ORCHESTRATOR, Document, sources_in
from zenml_pin.pipelines.recipe import Part, Recipe, order_of
from zenml_pin.pipelines.resolving import Resolver, code_in, refuse_inside_load
from zenml_pin.pipelines.runs.earlier_runs import notes_on
from zenml_pin.pipelines.runs.executor import Executor
from zenml_pin.pipelines.runs.failures import in_one_line
from zenml_pin.pipelines.runs.options import Options
from zenml_pin.pipelines.runs.plan import Task, public_source, source_that_runs
from zenml_pin.pipelines.runs.run import FAILED, INTERRUPTED, RUNNING, SUCCEEDED, Run
from zenml_pin.pipelines.runs.run_environment import environment
from zenml_pin.pipelines.runs.run_id import name_run
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.pipelines.runs.texts import Detail
from zenml_pin.pipelines.runs.worktree_trace import trace_uncommitted
from zenml_pin.source import Source
from zenml_pin.workspace.config import Workspace, get_current_workspace

_log = logging.getLogger("zenml_pin")


def save_pipeline(pipeline: Recipe, options: Options) -> str:
    """Resolve a pipeline and store its document; return the path. Runs nothing."""
    workspace = pipeline._workspace or get_current_workspace()
    with ExitStack() as kept:
        resolver = _resolver(workspace, options, pipeline._document, kept)
        resolved = _resolve(pipeline, backends_of(pipeline, None), resolver)
        _refuse_other_code(pipeline, resolved)
        document = _settle(resolved, workspace, pipeline._document)
    if options.bundle:
        write_beside(document)
    assert document.path is not None
    return document.path


def run_pipeline(pipeline: Recipe, backend: BaseBackend | None, options: Options) -> Run:
    """Run a pipeline from its pins and return the run, as the store has it."""
    refuse_inside_load(pipeline.name)
    if options.materialize is None:
        return _run_in(pipeline, backend, options)
    before = registry.materialize_in(options.materialize)
    try:
        return _run_in(pipeline, backend, options)
    finally:
        registry.materialize_in(before)


def _run_in(pipeline: Recipe, backend: BaseBackend | None, options: Options) -> Run:
    """Run a pipeline; with an EnvBackend inside its block, since classes are imported in its processes."""
    chosen = backend or backends_of(pipeline, None)[ORCHESTRATOR].component
    if options.env is None and isinstance(chosen, EnvBackend):
        options = attrs.evolve(options, env=chosen)
    with nullcontext() if options.env is None else options.env:
        return _run(pipeline, backend, options)


def _run(pipeline: Recipe, backend: BaseBackend | None, options: Options) -> Run:
    workspace = pipeline._workspace or get_current_workspace()
    backends = backends_of(pipeline, backend)
    with ExitStack() as kept:
        resolver = _resolver(workspace, options, pipeline._document, kept)
        resolved = _resolve(pipeline, backends, resolver)
        _refuse_other_code(pipeline, resolved)
        document = _settle(resolved, workspace, pipeline._document)
    if options.bundle:
        write_beside(document)
    resolver.trust(document)
    tasks = _tasks(pipeline, document, resolver)
    # Not the document's backends: an earlier run may have stored it with others.
    used = resolved.backends if backend is None else {ORCHESTRATOR: resolved.backends[ORCHESTRATOR]}
    built = {key: resolver.build(key, entry, backends[key].component) for key, entry in used.items()}
    source = source_that_runs(document.pipeline.source, pipeline)
    if options.env is not None:
        built = {ORCHESTRATOR: options.env}
    prepare_backends(built, tasks)
    backend_source = source_that_runs(used[ORCHESTRATOR].source, built[ORCHESTRATOR])
    backend_source = _env_source(built[ORCHESTRATOR]) or backend_source
    run = _new_run(document, workspace, source, backend_source)
    run = evolve(run, environment=run.environment | built[ORCHESTRATOR].facts())
    store = LocalStore.of(workspace)
    use_cache = pipeline.enable_cache and options.use_cache
    executor = Executor(run, store, built, options, use_cache, code_in(workspace))
    trace = trace_uncommitted(resolver.unpinned(), workspace.git_root)
    finished = _carry_out(run, trace, tasks, built, store, executor)
    for note in notes_on(finished, store.record):
        if options.note is not None:
            options.note(note.text)
        else:
            _log.log(logging.WARNING if note.is_warning else logging.INFO, "run %s: %s", run.id, note.text)
    return finished


def prepare_backends(built: dict[str, Any], tasks: list[Task]) -> None:
    """Let each backend get ready for the tasks that it will run."""
    for key, backend in built.items():
        own = [task for task in tasks if key == (task.key if task.key in built else ORCHESTRATOR)]
        backend.prepare(task.component for task in own)


def _env_source(backend: BaseBackend) -> str | None:
    """Return the source of an EnvBackend, which may run instead of the document's backend; None for another one."""
    own = origin_of(type(backend)).source if isinstance(backend, EnvBackend) else None
    return None if own is None else str(public_source(own, type(backend)))


def backends_of(pipeline: Recipe, backend: BaseBackend | None) -> dict[str, Part]:
    """Return the backends of a run by step: those that its document names, and the given one for all other steps."""
    default = pipeline._backends.get(ORCHESTRATOR) or Part(LocalBackend())
    return {**pipeline._backends, ORCHESTRATOR: default if backend is None else Part(backend)}


def _resolver(workspace: Workspace, options: Options, document: Document | None, kept: ExitStack) -> Resolver:
    """Return a resolver. The values that it puts into the store stay there at least until `kept` is closed."""
    store = LocalStore.of(workspace)
    registry.watch(workspace.pipelines_dir)
    is_old = document is not None and document.era != "1"
    return Resolver(options, store.putting(kept), store.get_value, workspace.git_root, is_old)


def _resolve(pipeline: Recipe, backends: dict[str, Part], resolver: Resolver) -> Document:
    """Return the document of a pipeline with its code as of now."""
    missing = [key for key in pipeline.MANDATORY if key not in pipeline._parts]
    if missing or not pipeline._parts:
        raise ComponentError(
            f"pipeline '{pipeline.name}' has no {missing[0] + ' step' if missing else 'datasource and no step'}",
            "add one: add_trainer(...)" if missing == ["training"] else "add one before you run or save it",
        )
    return resolver.document(pipeline, backends)


def _refuse_other_code(pipeline: Recipe, resolved: Document) -> None:
    """Refuse to run another document than the one whose number was asked for.

    Raises:
        UnpinnedError: A class has no pin in that document, and has one now.
    """
    asked = pipeline._document
    if asked is None or not pipeline._is_exact:
        return
    pairs = [(asked.pipeline, resolved.pipeline)]
    if asked.datasource is not None and resolved.datasource is not None:
        pairs.append((asked.datasource, resolved.datasource))
    pairs += [(entry, resolved.steps[key]) for key, entry in asked.steps.items() if key in resolved.steps]
    for before, now in pairs:
        if not Source.parse(before.source).is_pinned and Source.parse(now.source).commit_id is not None:
            raise UnpinnedError(
                f"document {asked.number} of '{asked.name}' has no pin for '{before.source}', so what it ran is not "
                "known, and HEAD's code is another document",
                "run it without a number to get that document, or fill in the pins of this one with "
                f"'zenml-pin pin {asked.path}'",
            )


def _settle(document: Document, workspace: Workspace, loaded: Document | None) -> Document:
    """Return the stored document of the same content; without one, store this one."""
    store = LocalStore.of(workspace)
    with store.exclusive():
        used = store.record.numbers(document.name)
        settled = settle(document, document_folders(workspace), code_in(workspace), used, loaded)
    older = {source for source in _pins(settled) - _pins(document) if source.is_pinned}
    if older:
        _log.info(
            "pipeline '%s' keeps the pins of '%s', whose content is the same: %s",
            *(document.name, settled.path, ", ".join(sorted(map(str, older)))),
        )
    return settled


def _pins(document: Document) -> set[Source]:
    return {Source.parse(text) for text in sources_in(document)}


def _tasks(pipeline: Recipe, document: Document, resolver: Resolver) -> list[Task]:
    """Return what runs, in the order that the pipeline's own class gives, loaded from its pin."""
    tasks = []
    if document.datasource is not None:
        recipe = pipeline._parts[DATASOURCE].component
        tasks.append(
            Task(DATASOURCE, document.datasource, resolver.build(DATASOURCE, document.datasource, recipe))
        )
    for key in order_of(resolver.build_pipeline(document, pipeline)):
        entry = document.steps[key]
        tasks.append(Task(key, entry, resolver.build(key, entry, pipeline._parts[key].component)))
    return tasks


def _new_run(document: Document, workspace: Workspace, source: str, backend: str) -> Run:
    started = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(started))
    assert document.path is not None
    return Run(
        id=f"{stamp}-{secrets.token_hex(3)}",
        pipeline=document.name,
        number=document.number,
        document=os.path.relpath(document.path, workspace.root),
        source=source,
        backend=backend,
        environment=environment() | _given_roots(document),
        steps=(),
        outcome=RUNNING,
        error="",
        started=started,
        ended=None,
        _artifacts=LocalStore.of(workspace).artifacts,
    )


def _given_roots(document: Document) -> dict[str, Any]:
    """Return what the roots ids in the recorded sources stand for, under the key of a document."""
    roots = roots_in(document)
    return {KEY: roots} if roots else {}


def _carry_out(
    run: Run,
    details: list[Detail],
    tasks: list[Task],
    backends: dict[str, Any],
    store: LocalStore,
    executor: Executor,
) -> Run:
    with store.alive(run, details):
        outcome, error = SUCCEEDED, ""
        try:
            with ExitStack() as stack:
                for backend in backends.values():
                    stack.enter_context(backend)
                executor.carry_out(tasks)
        except BaseException as raised:
            outcome = FAILED if isinstance(raised, Exception) else INTERRUPTED
            error = in_one_line(raised)
            name_run(raised, run.id)
            raise
        finally:
            store.record.end(run.id, outcome, error, time.time())
        # As long as it is alive, no cleaning removes it.
        return store.record.run(run.id)
