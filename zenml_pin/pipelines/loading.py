"""Loading a pipeline from its document: each class from its commit, built with the arguments of the document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.backends.base import BaseBackend
from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.errors import ComponentError, DocumentError, NotAClassError, PinError
from zenml_pin.importing import zenml_names
from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry, Document
from zenml_pin.pipelines.recipe import Part, remake
from zenml_pin.pipelines.runs.options import Options
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.source import Source
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.component import Component, accepts, build, decode_args
from zenml_pin.workspace.config import Workspace


def load_pipeline(document: Document, place: Workspace, options: Options) -> BasePipeline:
    """Return the pipeline of a document. It keeps its pins through run, save and copy.

    Args:
        document: The document, of any era.
        place: The workspace: which repository is asked first, and where artifacts and runs lie.
        options: With `allow_dirty` a pinned class is loaded although its folder has uncommitted changes now.

    Raises:
        UncommittedChangesError: The folder of a pinned class has uncommitted changes.
        DocumentError: A class is of the wrong kind, or raised when it was built; the key path says which.
        PinError: A class, or its commit, is not here.
    """
    # Bundles beside documents keep what git may have forgotten.
    registry.watch(place.pipelines_dir)
    if document.path is not None and os.path.isabs(document.path):
        registry.watch(os.path.dirname(document.path))
    return _Loader(place, options).pipeline(document)


class _Loader:
    def __init__(self, place: Workspace, options: Options) -> None:
        self._place = place
        self._options = options
        self._store = LocalStore(place.store_dir)

    def pipeline(self, document: Document) -> BasePipeline:
        own = Source.parse(document.pipeline.source)
        cls = self._class(own)
        if not issubclass(cls, BasePipeline):
            raise ComponentError(
                f"'{own}' is no BasePipeline", "the document names it as its pipeline's class"
            )
        with _at(document, "pipeline"):
            args = self._args(document.pipeline)
            made: BasePipeline = remake(cls, document.name, document.enable_cache, args)
        made._own = Part(made, own)
        made._workspace = self._place
        made._document = document
        if document.datasource is not None:
            with _at(document, DATASOURCE):
                made._parts[DATASOURCE] = self._datasource(document.datasource)
        for key, entry in document.steps.items():
            with _at(document, f"steps.{key}"):
                made._parts[key] = self._part(entry, BaseStep)
        for key, entry in document.backends.items():
            with _at(document, f"environment.backends.{key}"):
                made._backends[key] = self._part(entry, BaseBackend)
        return made

    def _datasource(self, entry: ComponentEntry) -> Part:
        cls = self._class(Source.parse(entry.source))
        # ZenML kept the name beside the arguments.
        if entry.name is not None and "name" not in entry.args and accepts(cls, "name"):
            entry = attrs.evolve(entry, args={"name": entry.name, **entry.args})
        part = self._part(entry, BaseDatasource)
        made = part.component
        made.identify(entry.name or made.name, entry.id or made.id)
        return part

    def _part(self, entry: ComponentEntry, kind: type[Component]) -> Part:
        source = Source.parse(entry.source)
        cls = self._class(source)
        if not issubclass(cls, kind):
            raise ComponentError(f"'{source}' is no {kind.__name__}")
        return Part(build(cls, self._args(entry)), source)

    def _args(self, entry: ComponentEntry) -> dict[str, Any]:
        args: dict[str, Any] = decode_args(
            entry.args, lambda text: self._class(Source.parse(text)), self._store.get_value
        )
        return args

    def _class(self, source: Source) -> type:
        if zenml_names.is_legacy(source):
            found = zenml_names.get_named(source.name)
            if not isinstance(found, type):
                raise NotAClassError(f"'{source}' stands for no class")
            return found
        return resolver.load(
            source,
            repo=self._place.git_root,
            allow_dirty=self._options.allow_dirty,
            strict=self._options.require_pins,
        )


@contextmanager
def _at(document: Document, key_path: str) -> Iterator[None]:
    """Name document and key in what goes wrong in a block; what already says which class it is of comes through."""
    try:
        yield
    except ComponentError as error:
        raise _pointed(document, key_path, error.message, error.hint) from error
    except PinError:
        raise
    except Exception as error:
        said = f"it cannot be built from its arguments: {type(error).__name__}: {error}"
        raise _pointed(document, key_path, said) from error


def _pointed(document: Document, key_path: str, reason: str, hint: str = "") -> DocumentError:
    return DocumentError(reason, path=document.path or document.name, key_path=key_path, hint=hint)
