r"""Pipeline documents: the YAML files that name each class of a pipeline with its pin.

    version: '1'
    pipeline: {name, number?, type, source, args, id?, enable_cache?}
    datasource: {id, name, source, args}
    source_roots: [FOLDER, ...]     of pins to commits that state none (`given_roots`)
    environment: {backends: {orchestrator: {source, args}, KEY?: {source, args}}, artifact_store?, metadata?}
    steps:
      training: {source, args}

An absent part is the same as an empty one. Unknown keys are refused.

>>> document = parse_document(b"pipeline: {name: mine, type: training, source: a.P}\nsteps: {}\n", "p.yaml")
>>> document.name, document.pipeline.source
('mine', 'a.P')
>>> parse_document(dump_document(document).encode(), "p.yaml") == document
True
"""

from __future__ import annotations

from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.values import evolve
from zenml_pin.pipelines.documents.checked_view import CheckedView
from zenml_pin.pipelines.documents.file_names import document_paths, pipeline_file_name
from zenml_pin.pipelines.documents.given_roots import KEY, read_given_roots, roots_in, with_roots_id
from zenml_pin.pipelines.documents.model import STEP_KEYS, ComponentEntry, Document
from zenml_pin.pipelines.documents.zenml_formats import STEPS_ALONE, era_of, is_steps_alone, parse_legacy
from zenml_pin.yaml.nodes import YamlText
from zenml_pin.yaml.reading import read, read_yaml_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

__all__ = [
    "STEP_KEYS",
    "ComponentEntry",
    "Document",
    "document_paths",
    "dump_document",
    "load_document",
    "parse_document",
    "pipeline_file_name",
    "read_document",
]

VERSION = "1"


def parse_document(data: bytes | str, path: str = "", limits: Limits = DEFAULT_LIMITS) -> Document:
    """Return the document in a file's bytes, of this era or an older one. Runs nothing.

    Args:
        data: The bytes, UTF-8.
        path: The file's name in messages.
        limits: The longest length of the file.

    Raises:
        DocumentError: It is not a document; the error has line, column and key path.
    """
    return parse_yaml(read(data, path, limits, tags=True))


def load_document(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Document:
    """Return the document in a file.

    Raises:
        DocumentError: The file cannot be read, or is not a document.
    """
    return parse_yaml(read_yaml_file(path, limits, tags=True))


def read_document(path: str | os.PathLike[str], *, limits: Limits | None = None) -> dict[str, Any]:
    """Return a document's file as plain data, in the shape in which it was written. Runs nothing.

    Raises:
        DocumentError: The file cannot be read, or is not a pipeline document.
    """
    text = read_yaml_file(path, limits or DEFAULT_LIMITS, tags=True)
    parse_yaml(text)
    return CheckedView.root(text).mapping()


def parse_yaml(text: YamlText) -> Document:
    """Return the document in a text, of any era. The text was read with `tags=True`.

    Raises:
        DocumentError: It is not a document; the error has line, column and key path.
    """
    root = CheckedView.root(text)
    if not root.present:
        raise root.error("it is empty", "a pipeline document has a 'pipeline' and 'steps'")
    root.mapping()
    _check_version(root)
    era = era_of(root)
    if era != "1":
        return parse_legacy(root, era)
    if text.allowed:
        # Only ZenML wrote tags.
        raise text.allowed[0]
    roots_id = read_given_roots(root.child(KEY))
    document = _parse(root)
    return document if roots_id is None else with_roots_id(document, roots_id)


def _check_version(root: CheckedView) -> None:
    version = root.child("version")
    # 1 without quotes is accepted too: people who write the file by hand forget the quotes.
    if (version.present and version.value not in (VERSION, 1)) or isinstance(version.value, bool):
        raise version.error(f"expected version '{VERSION}', found {version.value!r}")


def _parse(root: CheckedView) -> Document:
    root.only(("version", "pipeline", "datasource", "environment", "steps", KEY))
    pipeline, environment = root.child("pipeline"), root.child("environment")
    pipeline.only(("name", "number", "type", "source", "args", "id", "enable_cache"))
    environment.only(("backends", "artifact_store", "metadata"))
    datasource, metadata = root.child("datasource"), environment.child("metadata")
    return Document(
        name=pipeline.text("name"),
        number=pipeline.number("number", 1),
        type=pipeline.text("type"),
        pipeline=_read_pipeline(pipeline),
        datasource=_read_entry(datasource) if datasource.mapping() else None,
        steps={key: _read_entry(step) for key, step in root.child("steps").children()},
        backends={key: _read_entry(backend) for key, backend in environment.child("backends").children()},
        artifact_store=environment.optional_text("artifact_store"),
        metadata=metadata.plain_args() if metadata.present else None,
        enable_cache=pipeline.flag("enable_cache", True),
        path=root.text_of.path or None,
    )


def _read_pipeline(view: CheckedView) -> ComponentEntry:
    """Return the entry of the pipeline's own class. `name` belongs to the document."""
    return ComponentEntry(
        source=view.text("source").strip(),
        args=view.child("args").plain_args(),
        id=view.optional_text("id"),
    )


def _read_entry(view: CheckedView) -> ComponentEntry:
    view.only(("id", "name", "source", "args"))
    return ComponentEntry(
        source=view.text("source").strip(),
        args=view.child("args").plain_args(),
        id=view.optional_text("id"),
        name=view.optional_text("name"),
    )


def dump_document(document: Document) -> str:
    """Return a document as YAML: in today's shape, or with its steps alone if it was read so and has no more to say.

    Raises:
        DocumentError: An argument is not plain data; the key path says which.
    """
    from zenml_pin.yaml.writing import dump

    if document.era == STEPS_ALONE and is_steps_alone(document):
        return dump(
            {"version": VERSION, "steps": {key: _entry(step) for key, step in document.steps.items()}}
        )
    data: dict[str, Any] = {"version": VERSION, "pipeline": _pipeline(document)}
    if document.datasource is not None:
        data["datasource"] = _entry(document.datasource)
    environment = _environment(document)
    if environment:
        data["environment"] = environment
    data["steps"] = {key: _entry(step) for key, step in document.steps.items()}
    if roots := roots_in(document):
        data[KEY] = roots
    return dump(data)


def _pipeline(document: Document) -> dict[str, Any]:
    data: dict[str, Any] = {"name": document.name}
    if document.number != 1:
        data["number"] = document.number
    data["type"] = document.type
    if not document.enable_cache:
        data["enable_cache"] = False
    return {**data, **_entry(evolve(document.pipeline, name=None))}


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
