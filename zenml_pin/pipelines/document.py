r"""Pipeline documents: the YAML files that name each class of a pipeline with its pin.

>>> document = parse_document(b"pipeline: {name: mine, type: training, source: a.P}\nsteps: {}\n", "p.yaml")
>>> document.name, document.pipeline.source
('mine', 'a.P')
>>> parse_document(dump_document(document).encode(), "p.yaml") == document
True
"""

from __future__ import annotations

import os
from typing import Any

import attrs

from zenml_pin.git.limits import DEFAULT_LIMITS, Limits
from zenml_pin.pipelines.entries import STEP_KEYS, ComponentEntry, Document
from zenml_pin.pipelines.names import document_paths, pipeline_file_name
from zenml_pin.pipelines.reading import VERSION, parse
from zenml_pin.pipelines.rewriting import SourceSpan, rewrite_sources, source_spans
from zenml_pin.pipelines.view import View
from zenml_pin.yamltext import dump, read, read_file

__all__ = [
    "STEP_KEYS",
    "ComponentEntry",
    "Document",
    "SourceSpan",
    "document_paths",
    "dump_document",
    "load_document",
    "parse_document",
    "pipeline_file_name",
    "read_document",
    "rewrite_sources",
    "source_spans",
]


def parse_document(data: bytes | str, path: str = "", limits: Limits = DEFAULT_LIMITS) -> Document:
    """Return the document that a file's bytes hold, of this era or an older one. Runs nothing.

    Args:
        data: The bytes, UTF-8.
        path: The file's name in messages.
        limits: Its longest length.

    Raises:
        DocumentError: It is none; the error has line, column and key path.
    """
    return parse(read(data, path, limits))


def load_document(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Document:
    """Return the document in a file.

    Raises:
        DocumentError: It cannot be read, or is none.
    """
    return parse(read_file(path, limits))


def read_document(path: str | os.PathLike[str], *, limits: Limits | None = None) -> dict[str, Any]:
    """Return what a document's file says, as plain data in the shape in which it was written. Runs nothing.

    Raises:
        DocumentError: It cannot be read, or is no pipeline document.
    """
    text = read_file(path, limits or DEFAULT_LIMITS)
    parse(text)
    return View.root(text).mapping()


def dump_document(document: Document) -> str:
    """Return a document as YAML; whatever its era was, it is written in today's shape.

    Raises:
        DocumentError: An argument is no plain data; the key path says which.
    """
    data: dict[str, Any] = {"version": VERSION, "pipeline": _pipeline(document)}
    if document.datasource is not None:
        data["datasource"] = _entry(document.datasource)
    environment = _environment(document)
    if environment:
        data["environment"] = environment
    data["steps"] = {key: _entry(step) for key, step in document.steps.items()}
    return dump(data)


def _pipeline(document: Document) -> dict[str, Any]:
    data: dict[str, Any] = {"name": document.name}
    if document.number != 1:
        data["number"] = document.number
    data["type"] = document.type
    if not document.enable_cache:
        data["enable_cache"] = False
    return {**data, **_entry(attrs.evolve(document.pipeline, name=None))}


def _environment(document: Document) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if document.backends:
        data["backends"] = {key: _entry(backend) for key, backend in document.backends.items()}
    if document.artifact_store is not None:
        data["artifact_store"] = document.artifact_store
    if document.metadata is not None:
        data["metadata"] = document.metadata
    return data


def _entry(entry: ComponentEntry) -> dict[str, Any]:
    named = {"id": entry.id, "name": entry.name}
    given = {key: value for key, value in named.items() if value is not None}
    return {**given, "source": entry.source, "args": entry.args}
