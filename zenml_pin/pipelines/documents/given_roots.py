"""Source roots that a document states, for pins to commits that state none.

source_roots: [lib]                          written by hand: for all pins of the document without a roots id
source_roots: {r1a2b3c4d: [lib], ...}        written by `save`: what the roots ids in the document stand for
"""

from __future__ import annotations

from zenml_pin.base.forms import CLASS
from zenml_pin.base.values import evolve
from zenml_pin.errors import PinError
from zenml_pin.pipelines.documents.model import ComponentEntry, Document, sources_in
from zenml_pin.source import find_source, join_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.pipelines.documents.checked_view import CheckedView

KEY = "source_roots"


def read_given_roots(view: CheckedView) -> str | None:
    """Return the roots id for pins without one; from now on this process knows what the ids stand for.

    Raises:
        DocumentError: The value is malformed.
    """
    if not view.present:
        return None
    if isinstance(view.value, dict):
        for key, roots in view.value.items():
            if f"r{_know(view, roots)}" != key:
                raise view.error(
                    f"'{key}' is not the id of these source roots", "write them as they were, or a list"
                )
        return None
    return _know(view, view.value)


def _know(view: CheckedView, roots: object) -> str:
    if not isinstance(roots, list):
        raise view.error("expected a list of folders", "as in source_roots: [lib]")
    # Few documents state source roots.
    from zenml_pin.importing.given_roots import know

    try:
        return know(roots)
    except PinError as error:
        raise view.error(error.message, error.hint) from error


def with_roots_id(document: Document, roots_id: str) -> Document:
    """Return a document whose pins to commits have a roots id."""
    datasource = document.datasource
    return evolve(
        document,
        pipeline=_entry(document.pipeline, roots_id),
        datasource=None if datasource is None else _entry(datasource, roots_id),
        steps={key: _entry(step, roots_id) for key, step in document.steps.items()},
        backends={key: _entry(backend, roots_id) for key, backend in document.backends.items()},
    )


def _entry(entry: ComponentEntry, roots_id: str) -> ComponentEntry:
    return evolve(entry, source=_text(entry.source, roots_id), args=_args(entry.args, roots_id))


def _args(value: Any, roots_id: str) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(CLASS), str):
            return {CLASS: _text(value[CLASS], roots_id)}
        return {key: _args(item, roots_id) for key, item in value.items()}
    return [_args(item, roots_id) for item in value] if isinstance(value, list) else value


def with_given_roots(root: CheckedView, text: str) -> str:
    """Return a source of a document with the roots id that the document gives it.

    Args:
        root: The whole document, which was read before without an error.
        text: The source as it is written.
    """
    view = root.child(KEY)
    return _text(text, _know(view, view.value)) if isinstance(view.value, list) else text


def _text(text: str, roots_id: str) -> str:
    source = find_source(text)
    if source is None or source.commit_id is None or source.roots_id is not None:
        return text
    return f"{text.partition('@')[0]}@{join_pin(source.commit_id, roots_id)}"


def roots_in(document: Document) -> dict[str, list[str]]:
    """Return the source roots that a document's pins need, by their ids as a document writes them."""
    ids = {
        source.roots_id
        for source in map(find_source, sources_in(document))
        if source is not None and source.roots_id is not None
    }
    if not ids:
        return {}
    from zenml_pin.importing.given_roots import find_known

    known = {roots_id: find_known(roots_id) for roots_id in sorted(ids)}
    return {f"r{roots_id}": [root or "." for root in roots] for roots_id, roots in known.items() if roots}
