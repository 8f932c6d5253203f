"""The quarantine of a push: where git keeps new objects while the hooks of the receiving repository decide.

git tells its hooks by GIT_OBJECT_DIRECTORY (the quarantine) and GIT_ALTERNATE_OBJECT_DIRECTORIES (the repository's own
objects). Only folders inside the git directory of the opened repository are read, so no other repository gets objects
by way of the environment.

Sources: git-receive-pack, "QUARANTINE ENVIRONMENT"; git, "GIT_ALTERNATE_OBJECT_DIRECTORIES".
"""

from __future__ import annotations

import os

from zenml_pin.base.environment import git_object_directories

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.layout import Layout


def find_quarantine(layout: Layout) -> tuple[str, ...]:
    """Return the folders of objects that git names in the environment and that are inside a repository."""
    named = git_object_directories()
    if not named:
        return ()
    own = os.path.realpath(layout.objects)
    inside = os.path.join(os.path.realpath(os.path.dirname(own)), "")
    folders = [os.path.realpath(folder) for folder in named]
    return tuple(folder for folder in dict.fromkeys(folders) if folder.startswith(inside) and folder != own)
