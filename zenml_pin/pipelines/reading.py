"""Reading documents as this package writes them, and telling by which era a document was written.

    version: '1'
    pipeline: {name, number?, type, source, args, id?, enable_cache?}
    datasource: {id, name, source, args}
    environment: {backends: {orchestrator: {source, args}, KEY?: {source, args}}, artifact_store?, metadata?}
    steps:
      training: {source, args}

Absent parts are empty ones; unknown keys are refused.
"""

from __future__ import annotations

from zenml_pin.pipelines.entries import ComponentEntry, Document
from zenml_pin.pipelines.legacy import find_era, parse_legacy
from zenml_pin.pipelines.view import View
from zenml_pin.yamlnodes import YamlText

VERSION = "1"


def parse(text: YamlText) -> Document:
    """Return the document that a text holds, of any era.

    Raises:
        DocumentError: It is none; the error says where.
    """
    root = View.root(text)
    if not root.present:
        raise root.error("it is empty", "a pipeline document has a 'pipeline' and 'steps'")
    root.mapping()
    _check_version(root)
    era = find_era(root)
    return _parse(root) if era == "1" else parse_legacy(root, era)


def _check_version(root: View) -> None:
    version = root.child("version")
    # A person who writes it by hand forgets the quotes.
    if (version.present and version.value not in (VERSION, 1)) or isinstance(version.value, bool):
        raise version.error(f"expected version '{VERSION}', found {version.value!r}")


def _parse(root: View) -> Document:
    root.only(("version", "pipeline", "datasource", "environment", "steps"))
    pipeline, environment = root.child("pipeline"), root.child("environment")
    pipeline.only(("name", "number", "type", "source", "args", "id", "enable_cache"))
    environment.only(("backends", "artifact_store", "metadata"))
    datasource, metadata = root.child("datasource"), environment.child("metadata")
    return Document(
        name=pipeline.text("name"),
        number=pipeline.number("number", 1),
        type=pipeline.text("type"),
        pipeline=_pipeline_entry(pipeline),
        datasource=_entry(datasource) if datasource.mapping() else None,
        steps={key: _entry(step) for key, step in root.child("steps").children()},
        backends={key: _entry(held) for key, held in environment.child("backends").children()},
        artifact_store=environment.optional_text("artifact_store"),
        metadata=metadata.plain_args() if metadata.present else None,
        enable_cache=pipeline.flag("enable_cache", True),
        path=root.text_of.path or None,
    )


def _pipeline_entry(view: View) -> ComponentEntry:
    """Return the pipeline's own class; its name is the document's."""
    return ComponentEntry(
        source=view.text("source").strip(),
        args=view.child("args").plain_args(),
        id=view.optional_text("id"),
    )


def _entry(view: View) -> ComponentEntry:
    view.only(("id", "name", "source", "args"))
    return ComponentEntry(
        source=view.text("source").strip(),
        args=view.child("args").plain_args(),
        id=view.optional_text("id"),
        name=view.optional_text("name"),
    )
