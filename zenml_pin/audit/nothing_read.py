"""The finding that no document was read."""

from __future__ import annotations

import os

from zenml_pin.audit.rules import RULES, Finding
from zenml_pin.base.text import printable
from zenml_pin.workspace.folders import CONFIG, named_pipelines_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.git.repository import GitRepository


def nothing_read(folders: Iterable[str], repository: GitRepository) -> tuple[Finding, ...]:
    """Return the finding (ZP020) that there is no document: "nothing to report" would be a wrong answer.

    Args:
        folders: Where documents were looked for.
        repository: The repository; its workspace may name a folder of another machine.
    """
    places = ", ".join(repr(folder or ".") for folder in folders)
    named = named_pipelines_folder(repository.root) if repository.worktree is not None else None
    is_foreign = named is not None and os.path.isabs(named) and not os.path.isdir(named)
    reason = f"; {CONFIG} names '{named}', which is not on this machine" if is_foreign else ""
    return (
        Finding(
            RULES["ZP020"],
            printable(f"no pipeline document was found in {places}, so nothing was checked{reason}"),
            path=".",
            hint="name documents or their folder: --documents DIR, or 'documents = DIR' in section [zenml_pin] of "
            "setup.cfg; --allow-empty accepts that there is none",
        ),
    )
