"""Places and sizes of texts, by blob id: an audit looks at the same few thousand files in hundreds of commits.

Whoever reads a text for other facts notes them here, so that it is read once.
"""

from __future__ import annotations

from zenml_pin.base.bounded import Bounded
from zenml_pin.importing.rewriting.compile import decode_text
from zenml_pin.importing.rewriting.place_words import find_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_KEPT = 16384
_places: Bounded[str, tuple[str, ...] | None] = Bounded(_KEPT)
sizes: Bounded[str, int] = Bounded(_KEPT)
# Marks a text that was not read yet.
_UNKNOWN: Any = object()


def note_text(blob_id: str, data: bytes, speaks: bool = True) -> tuple[str, ...] | None:
    """Note the facts about a text that the caller has read and verified; return its places, as `places_of` does.

    Args:
        blob_id: Its id.
        data: The text.
        speaks: False if it has none of `PLACE_WORDS`.
    """
    sizes.add(blob_id, len(data))
    # One look-up: another thread may drop the entry.
    places = _places.get(blob_id, _UNKNOWN)
    return _places.add(blob_id, _find(data) if speaks else None) if places is _UNKNOWN else places


def places_of(blob_id: str, read: Callable[[], bytes]) -> tuple[str, ...] | None:
    """Return the names that a text may look for beside its code, as `find_places` does; None if it is not text."""
    places = _places.get(blob_id, _UNKNOWN)
    return note_text(blob_id, read()) if places is _UNKNOWN else places


def _find(data: bytes) -> tuple[str, ...] | None:
    try:
        return find_places(decode_text(data, ""))
    except (SyntaxError, ValueError):
        return None
