"""Loading a pipeline from its document: each class from its commit, built with the arguments of the document."""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin import legacy, resolver
from zenml_pin.component import accepts, build, decode
from zenml_pin.errors import ComponentError, NotAClassError
from zenml_pin.pipelines.base import DATASOURCE, BasePipeline, Part, remake
from zenml_pin.pipelines.entries import ComponentEntry, Document
from zenml_pin.pipelines.options import Options
from zenml_pin.pipelines.store import LocalStore
from zenml_pin.source import Source
from zenml_pin.workspace import Workspace


def load_pipeline(document: Document, place: Workspace, options: Options) -> BasePipeline:
    """Return the pipeline of a document. It keeps its pins through run, save and copy.

    Args:
        document: The document, of any era.
        place: The workspace: which repository is asked first, and where artifacts and runs lie.
        options: With `allow_dirty` a pinned class is loaded although its folder has uncommitted changes now.

    Raises:
        UncommittedChangesError: The folder of a pinned class has uncommitted changes.
        PinError: A class, or its commit, is not here.
    """
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
        args = self._args(document.pipeline)
        made: BasePipeline = remake(cls, document.name, document.enable_cache, args)
        made._own = Part(made, own)
        made._workspace = self._place
        if document.datasource is not None:
            made._parts[DATASOURCE] = self._datasource(document.datasource)
        for key, entry in document.steps.items():
            made._parts[key] = self._part(entry)
        made._backends = {key: self._part(entry) for key, entry in document.backends.items()}
        return made

    def _datasource(self, entry: ComponentEntry) -> Part:
        cls = self._class(Source.parse(entry.source))
        # ZenML kept the name beside the arguments.
        if entry.name is not None and "name" not in entry.args and accepts(cls, "name"):
            entry = attrs.evolve(entry, args={"name": entry.name, **entry.args})
        part = self._part(entry)
        if entry.name is not None:
            part.component.name = entry.name
        if entry.id is not None:
            part.component.id = entry.id
        return part

    def _part(self, entry: ComponentEntry) -> Part:
        source = Source.parse(entry.source)
        return Part(build(self._class(source), self._args(entry)), source)

    def _args(self, entry: ComponentEntry) -> dict[str, Any]:
        args: dict[str, Any] = decode(
            entry.args, lambda text: self._class(Source.parse(text)), self._store.get_value
        )
        return args

    def _class(self, source: Source) -> type:
        if legacy.is_legacy(source):
            found = legacy.get_named(source.name)
            if not isinstance(found, type):
                raise NotAClassError(f"'{source}' stands for no class")
            return found
        return resolver.load(
            source,
            repo=self._place.git_root,
            allow_dirty=self._options.allow_dirty,
            strict=self._options.require_pins,
        )
