"""How `check` reads and examines documents, as one value."""

from __future__ import annotations

from zenml_pin.audit.report import no_progress
from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.cache import Cache
    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.signers import Signers


class CheckOptions(Value):
    """How documents are read and examined.

    Attributes:
        repository: Where the documents and the commits of their pins are.
        start: A folder in the workspace that has the record of runs.
        staged, strict, fetch: As for `check`.
        signers: The allowed signers; None if none is required.
        disk: The cache for facts about texts; None for none.
        progress: As for `check`.
    """

    repository: GitRepository
    start: str
    staged: bool = False
    strict: bool = False
    fetch: bool = False
    signers: Signers | None = None
    disk: Cache | None = None
    progress: Progress = no_progress
