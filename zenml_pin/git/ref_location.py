"""Where a repository's refs are: in its own folders, or where extensions.refStorage or GIT_REFERENCE_BACKEND says.

    value   = storage [ "://" path ]
    storage = "files" | "reftable"

A relative path begins at the common git directory. A linked worktree's own refs are then in `PATH/worktrees/NAME`.

Sources: git-config(1) extensions.refStorage; git(1) GIT_REFERENCE_BACKEND.
"""

from __future__ import annotations

import os

from zenml_pin.base import environment
from zenml_pin.base.values import Value
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.layout import Layout, parse_ref_storage


class RefLocation(Value):
    """Where refs are.

    Args:
        storage: "files" or "reftable".
        shared: The folder of the refs that all worktrees share.
        own: The folder of HEAD and the other refs that only this worktree has.
    """

    storage: str
    shared: str
    own: str


def locate_refs(layout: Layout) -> RefLocation:
    """Return where a repository's refs are, for this process.

    Raises:
        UnsupportedError: There are no refs, or the environment names a storage that is not supported.
    """
    value = environment.git_reference_backend()
    storage, path = (layout.ref_storage, layout.ref_path) if value is None else parse_ref_storage(value, "")
    if path is None:
        return RefLocation(storage, layout.commondir, layout.gitdir)
    shared = os.path.realpath(os.path.join(layout.commondir, path))
    own = shared
    if os.path.lexists(os.path.join(layout.gitdir, "commondir")):
        own = os.path.join(shared, "worktrees", os.path.basename(layout.gitdir))
    if not path or not os.path.lexists(os.path.join(own, "HEAD" if storage == "files" else "reftable")):
        setting = "GIT_REFERENCE_BACKEND" if value is not None else "extensions.refStorage"
        raise UnsupportedError(f"the refs of '{layout.root}' are not in '{own}', which {setting} names")
    return RefLocation(storage, shared, own)
