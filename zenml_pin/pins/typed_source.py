"""Sources as people type them: behind the "@" any revision may stand; the result has the full commit id."""

from __future__ import annotations

from zenml_pin.errors import SourceSyntaxError
from zenml_pin.git.revision import resolve_revision
from zenml_pin.source import MAX_LENGTH, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.any_repository import AnyRepository


def at_revision(text: str, get_repository: Callable[[], AnyRepository], error: SourceSyntaxError) -> Source:
    """Return a source whose pin is a revision of the repository.

    Args:
        text: The source as it was typed.
        get_repository: Returns the repository that has the revision, or raises NotARepositoryError.
        error: Says why the text is not a source as documents have it.

    Raises:
        SourceSyntaxError: The text has no revision, or a fault before it.
        NotARepositoryError: As `get_repository` raises it.
        RevisionError: The revision does not name a commit.
    """
    dotted, _, revision = text.partition("@")
    if not revision or "@" in revision[1:] or len(text) > MAX_LENGTH or not _is_one_word(revision):
        raise error
    try:
        source = Source.parse(dotted)
    except SourceSyntaxError as fault:
        # Shown in the text as it was typed.
        raise SourceSyntaxError(fault.message, text, fault.start, fault.end, fault.hint) from None
    return source.at(resolve_revision(get_repository(), revision))


def _is_one_word(revision: str) -> bool:
    """Tell whether a text can be a revision: no name of a ref has a space or a control character."""
    return revision.isprintable() and " " not in revision
