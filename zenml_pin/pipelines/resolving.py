"""Resolving: from the classes of a pipeline to sources, and from pinned sources to the objects that run.

There are two passes, because the document is chosen between them:

    pipeline  ->  Document        every class is pinned, or there is one warning
    document  ->  components      pinned ones are built again from their pins; unpinned ones stay as the user built them
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.base.values import evolve
from zenml_pin.errors import ComponentError, PinError
from zenml_pin.pins.code_id import code_id
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pins.origin import origin_of
from zenml_pin.pins.unpinned_warnings import told_once
from zenml_pin.pipelines.documents.content_id import CodeOf
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry, Document, sources_in
from zenml_pin.pipelines.function_parts import part_of
from zenml_pin.pipelines.recipe import Part, Recipe, order_of, remake
from zenml_pin.pipelines.runs.options import Options
from zenml_pin.pipelines.runs.plan import public_source
from zenml_pin.source import Source, split_pinned
from zenml_pin.steps.component import decode_args, definition_of, encode_args
from zenml_pin.workspace.config import Workspace

_loading: ContextVar[str] = ContextVar("zenml_pin_loading", default="")


def refuse_inside_load(pipeline: str) -> None:
    """Refuse to run a pipeline while a pinned module is imported: a script without a `__main__` guard would do that.

    Raises:
        ComponentError: A pinned module is being imported.
    """
    if source := _loading.get():
        raise ComponentError(
            f"importing '{source}' from its commit would run pipeline '{pipeline}' again",
            "put what the script does under: if __name__ == '__main__'",
        )


@contextmanager
def _importing(source: Source) -> Iterator[None]:
    token = _loading.set(str(source))
    try:
        yield
    finally:
        _loading.reset(token)


class Resolver:
    """Finds the sources of one run's classes, and builds objects from sources.

    Args:
        options: How pins are treated.
        put: Writes a value to the store and returns its sha256.
        get: Returns a value of the store by its sha256.
        repo: The repository to ask for commits first.
        is_old: Whether the pipeline comes from a document of ZenML, which may name modules from a subfolder.
    """

    def __init__(
        self,
        options: Options,
        put: Callable[[Any], str],
        get: Callable[[str], Any],
        repo: str | None,
        is_old: bool = False,
    ) -> None:
        self._options = options
        self._put = put
        self._get = get
        self._repo = repo
        self._is_old = is_old
        # By id, with the class or function, which must live as long: one that can be called may not be hashable.
        self._sources: dict[int, tuple[Any, Source]] = {}
        # Sources of classes whose folders were clean in this run.
        self._fresh: set[Source] = set()
        # What is imported here although an EnvBackend imports the steps in its processes.
        self._here: set[str] = set()

    # Pipeline to document

    def document(self, pipeline: Recipe, backends: dict[str, Part]) -> Document:
        """Return the document of a pipeline with its code as of now; the number is 1 and there is no path yet."""
        with told_once():
            return self._document(pipeline, backends)

    def _document(self, pipeline: Recipe, backends: dict[str, Part]) -> Document:
        parts = pipeline._parts
        datasource = parts.get(DATASOURCE)
        own = self._entry(Part(pipeline, pipeline._own.source if pipeline._own else None))
        own_keys = ("name", "enable_cache")
        args = {key: value for key, value in own.args.items() if key not in own_keys}
        return Document(
            name=pipeline.name,
            number=1,
            type=_type_of(pipeline),
            pipeline=evolve(own, args=args),
            datasource=self._datasource(datasource) if datasource is not None else None,
            steps={key: self._entry(parts[key]) for key in order_of(pipeline)},
            backends={key: self._entry(part) for key, part in backends.items()},
            # Set on a pipeline that was loaded, it changes the runs of that object and not its document.
            enable_cache=(pipeline._document or pipeline).enable_cache,
        )

    def _datasource(self, part: Part) -> ComponentEntry:
        datasource = part.component
        return evolve(self._entry(part), id=str(datasource.id), name=str(datasource.name))

    def _entry(self, part: Part) -> ComponentEntry:
        source = part.source
        if source is None or not source.is_pinned:
            source = self.source_of(definition_of(part.component))
        elif source.release is not None and self._options.require_pins:
            # Raises if another release is installed; loading only warned.
            resolver.load(source, strict=True)
        args = encode_args(part.component, lambda cls: str(self.source_of(cls)), self._put)
        return ComponentEntry(str(source), args)

    def source_of(self, cls: Any) -> Source:
        """Return the source of a class or function. Each is pinned once in a run, so it has one warning at most."""
        if id(cls) not in self._sources:
            self._sources[id(cls)] = cls, self._pin(cls)
        return self._sources[id(cls)][1]

    def _pin(self, cls: Any) -> Source:
        origin = origin_of(cls)
        if origin.module.partition(".")[0] in sys.stdlib_module_names:
            # A class of Python; the run records Python's version.
            return Source(origin.module, origin.name)
        source = resolver.pin(cls, strict=self._options.require_pins)
        # This class's folder is clean now. A class that came from a pin is checked when it is loaded.
        if source.commit_id is not None and split_pinned(origin.module) is None:
            self._fresh.add(source)
            # The class may be in another repository than the workspace, such as a library of the same user.
            registry.get_namespace(source.pin, find_repository(None, origin.file))
        return public_source(source, cls)

    def unpinned(self) -> list[tuple[Any, Source]]:
        """Return the classes and functions that have no pin, with their sources; not those of Python."""
        return [
            (cls, source)
            for cls, source in self._sources.values()
            if not source.is_pinned and source.module.partition(".")[0] not in sys.stdlib_module_names
        ]

    # Document to components

    def build(self, key: str, entry: ComponentEntry, recipe: Any) -> Any:
        """Return the component that runs, built from its pin; the recipe itself when the entry has no pin.

        Args:
            key: Of the step, or "datasource"; it says what a function is.
            entry: The source and the arguments.
            recipe: The object that the user built.
        """
        source = Source.parse(entry.source)
        if not source.is_pinned:
            return recipe
        loaded = self._load(source) if source.commit_id is not None else definition_of(recipe)
        return self._build(key, loaded, entry)

    def rebuild(self, key: str, entry: ComponentEntry) -> Any:
        """Return the component that an entry describes, without an object that a user built."""
        return self._build(key, self._load(Source.parse(entry.source)), entry)

    def _build(self, key: str, loaded: Any, entry: ComponentEntry) -> Any:
        component = part_of(loaded, key, decode_args(entry.args, self._load_text, self._get))
        if entry.id is not None:
            component.identify(entry.name or component.name, entry.id)
        return component

    def build_pipeline(self, document: Document, recipe: Recipe) -> Recipe:
        """Return the pipeline that gives the order of the steps, built from its pin."""
        self._here.add(document.pipeline.source)
        source = Source.parse(document.pipeline.source)
        if not source.is_pinned:
            return recipe
        cls = self._load(source) if source.commit_id is not None else type(recipe)
        args = decode_args(document.pipeline.args, self._load_text, self._get)
        pipeline: Recipe = remake(cls, document.name, document.enable_cache, args)
        pipeline._parts = dict(recipe._parts)
        return pipeline

    def _load_text(self, text: str) -> Any:
        return self._load(Source.parse(text))

    def _load(self, source: Source) -> Any:
        known = next((cls for cls, own in self._sources.values() if own == source), None)
        if source.commit_id is None and known is not None:
            return known
        allow = self._options.allow_dirty or source in self._fresh
        if self._is_old:
            source = named_from_below(source, find_repository(self._repo))
        env = self._options.env
        if env is not None and source.commit_id is not None and str(source) not in self._here:
            return env.load(source, repo=self._repo, allow_dirty=allow)
        with _importing(source):
            return resolver.load(
                source, repo=self._repo, allow_dirty=allow, materialize=self._options.materialize
            )

    def trust(self, document: Document) -> None:
        """Do not check clean classes again where a stored document has older pins of the same code."""
        clean = {source.at(None) for source in self._fresh}
        for source in map(Source.parse, sources_in(document)):
            if source.at(None) in clean:
                self._fresh.add(source)


def _type_of(pipeline: Recipe) -> str:
    """Return a pipeline's type: of one that was loaded its document's, else its class's, by ZenML's name for it too."""
    if pipeline._document is not None:
        return pipeline._document.type
    old = getattr(pipeline, "PIPELINE_TYPE", None)
    return old if isinstance(old, str) and old else pipeline.TYPE


def code_of(source: Source, pipelines: str | None = None) -> str:
    """Return a text that identifies a source's code: its code id, its release, or "unpinned".

    Args:
        source: The source.
        pipelines: The pipelines folder, relative to the repository's root.
    """
    if source.commit_id is None:
        return f"release {source.release}" if source.release is not None else "unpinned"
    try:
        return code_id(source, pipelines=pipelines)
    except PinError:
        # The commit is not available here, so its code equals no other code.
        return f"commit {source.commit_id}"


def code_in(workspace: Workspace) -> CodeOf:
    """Return `code_of` for a workspace: documents in its pipelines folder do not count as code."""
    pipelines = None
    if workspace.git_root is not None:
        git_root = os.path.realpath(workspace.git_root)
        below = os.path.relpath(workspace.pipelines_dir, git_root).replace(os.sep, "/")
        pipelines = below if below != ".." and not below.startswith("../") else None
    return partial(code_of, pipelines=pipelines)
