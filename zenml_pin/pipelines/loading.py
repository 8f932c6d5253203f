"""Loading a pipeline from its document: each class from its commit, built with the arguments of the document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.backends.base import BaseBackend
from zenml_pin.base.values import evolve
from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.errors import ComponentError, DocumentError, NotAClassError, PinError
from zenml_pin.importing import zenml_names
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry, Document
from zenml_pin.pipelines.function_parts import part_of
from zenml_pin.pipelines.recipe import Part, remake
from zenml_pin.pipelines.runs.options import Options
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.source import Source
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.component import Component, accepts, decode_args
from zenml_pin.workspace.config import Workspace


def load_pipeline(document: Document, workspace: Workspace, options: Options) -> BasePipeline:
    """Return the pipeline of a document. `run`, `save` and `copy` keep its pins.

    Args:
        document: The document, of any era.
        workspace: Says which repository to ask first, and where artifacts and runs are.
        options: With `allow_dirty` a pinned class is loaded although its folder has uncommitted changes now.

    Raises:
        UncommittedChangesError: The folder of a pinned class has uncommitted changes.
        DocumentError: A class is of the wrong kind, or raised when it was built; the key path says which class.
        PinError: A class, or its commit, is not available here.
    """
    # Bundles beside documents keep commits that git may have removed.
    registry.watch(workspace.pipelines_dir)
    if document.path is not None and os.path.isabs(document.path):
        registry.watch(os.path.dirname(document.path))
    return _Loader(workspace, options).pipeline(document)


class _Loader:
    def __init__(self, workspace: Workspace, options: Options) -> None:
        self._workspace = workspace
        self._options = options
        self._store = LocalStore.of(workspace)
        self._is_old = False
        # What is imported here although an EnvBackend imports the steps in its processes.
        self._here: set[str] = set()

    def pipeline(self, document: Document) -> BasePipeline:
        self._is_old = document.era != "1"
        self._here = {document.pipeline.source, *(entry.source for entry in document.backends.values())}
        own = Source.parse(document.pipeline.source)
        cls = self._class(own)
        if not isinstance(cls, type) or not issubclass(cls, BasePipeline):
            raise ComponentError(
                f"'{own}' is not a BasePipeline", "the document names it as its pipeline's class"
            )
        with _at(document, "pipeline"):
            args = self._args(document.pipeline)
            pipeline: BasePipeline = remake(cls, document.name, document.enable_cache, args)
        pipeline._own = Part(pipeline, own)
        pipeline._workspace = self._workspace
        pipeline._document = document
        if document.datasource is not None:
            with _at(document, DATASOURCE):
                pipeline._parts[DATASOURCE] = self._datasource(document.datasource)
        for key, entry in document.steps.items():
            with _at(document, f"steps.{key}"):
                pipeline._parts[key] = self._part(key, entry, BaseStep)
        for key, entry in document.backends.items():
            with _at(document, f"environment.backends.{key}"):
                pipeline._backends[key] = self._part(key, entry, BaseBackend)
        return pipeline

    def _datasource(self, entry: ComponentEntry) -> Part:
        cls = self._class(Source.parse(entry.source))
        # ZenML wrote the name beside the arguments, not among them.
        if (
            entry.name is not None
            and "name" not in entry.args
            and isinstance(cls, type)
            and accepts(cls, "name")
        ):
            entry = evolve(entry, args={"name": entry.name, **entry.args})
        part = self._part(DATASOURCE, entry, BaseDatasource)
        datasource = part.component
        datasource.identify(entry.name or datasource.name, entry.id or datasource.id)
        return part

    def _part(self, key: str, entry: ComponentEntry, kind: type[Component]) -> Part:
        source = Source.parse(entry.source)
        loaded = self._class(source)
        fits = issubclass(loaded, kind) if isinstance(loaded, type) else kind is not BaseBackend
        if not fits:
            raise ComponentError(f"'{source}' is not a {kind.__name__}")
        return Part(part_of(loaded, key, self._args(entry)), source)

    def _args(self, entry: ComponentEntry) -> dict[str, Any]:
        args: dict[str, Any] = decode_args(
            entry.args, lambda text: self._class(Source.parse(text)), self._store.get_value
        )
        return args

    def _class(self, source: Source) -> Any:
        if zenml_names.is_legacy(source):
            cls = zenml_names.get_class(source)
            if not isinstance(cls, type):
                raise NotAClassError(f"'{source}' does not stand for a class")
            return cls
        if self._is_old:
            source = named_from_below(source, find_repository(self._workspace.git_root))
        env, allow = self._options.env, self._options.allow_dirty
        if env is not None and source.commit_id is not None and str(source) not in self._here:
            return env.load(source, repo=self._workspace.git_root, allow_dirty=allow)
        return resolver.load(
            source,
            repo=self._workspace.git_root,
            allow_dirty=allow,
            strict=self._options.require_pins,
        )


@contextmanager
def _at(document: Document, key_path: str) -> Iterator[None]:
    """Add document and key to errors of a block; an error that already names its class passes unchanged."""
    try:
        yield
    except ComponentError as error:
        raise _pointed(document, key_path, error.message, error.hint) from error
    except PinError:
        raise
    except Exception as error:
        reason = f"it cannot be built from its arguments: {type(error).__name__}: {error}"
        raise _pointed(document, key_path, reason) from error


def _pointed(document: Document, key_path: str, reason: str, hint: str = "") -> DocumentError:
    return DocumentError(reason, path=document.path or document.name, key_path=key_path, hint=hint)
