"""Sources as people type them: behind the "@" any revision may stand; the result has the full commit id."""

from __future__ import annotations

from zenml_pin.errors import SourceSyntaxError
from zenml_pin.git.revision import resolve_revision
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pins.lookup import Repo


def at_revision(text: str, repo: Repo, error: SourceSyntaxError) -> Source:
    """Return a source whose pin is a revision of the repository.

    Args:
        text: The source as it was typed.
        repo: The repository; by default the one at or above the current folder.
        error: Says why the text is not a source as documents have it.

    Raises:
        SourceSyntaxError: The text has no revision, or a fault before it.
        NotARepositoryError: There is no repository to look in.
        RevisionError: The revision does not name a commit.
    """
    dotted, _, revision = text.partition("@")
    if not revision or "@" in revision[1:]:
        raise error
    try:
        source = Source.parse(dotted)
    except SourceSyntaxError as fault:
        # Shown in the text as it was typed.
        raise SourceSyntaxError(fault.message, text, fault.start, fault.end, fault.hint) from None
    return source.at(resolve_revision(get_repository(repo), revision))
