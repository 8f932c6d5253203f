"""Where the documents of a workspace are: its pipelines folder, then what its repository's setup.cfg lists.

    [zenml_pin]
    documents = conf/pipelines, team/pipelines

Folders are relative to the root of the repository. Runs write only to the workspace's own folder.
"""

from __future__ import annotations

import os

from zenml_pin.base.files import read_small

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.workspace.config import Workspace

# The option in section [zenml_pin].
OPTION = "documents"


def document_folders(workspace: Workspace) -> tuple[str, ...]:
    """Return the folders of a workspace's documents, absolute, its own first. The setting is read as the file is now.

    Raises:
        UnsupportedError: `setup.cfg` is malformed, or a folder in it is not one of the repository.
    """
    root = workspace.git_root
    # Most repositories have no setting, and a list of pipelines needs nothing of git then.
    if root is None or b"[zenml_pin]" not in (read_small(os.path.join(root, "setup.cfg")) or b""):
        return (workspace.pipelines_dir,)
    from zenml_pin.git.objects.worktree_files import WorktreeTree
    from zenml_pin.importing.source_roots import stated_folders

    own = os.path.realpath(workspace.pipelines_dir)
    others = (os.path.join(root, folder) for folder in stated_folders(WorktreeTree(root), OPTION))
    return (workspace.pipelines_dir, *(folder for folder in others if os.path.realpath(folder) != own))
