"""Incomplete clones: shallow and partial ones, and the remote that they came from. Settings are data, never commands.

    shallow   the file `shallow` lists commits whose parents are left out
    partial   files (or trees too) are left out; a promisor remote has them

Sources: gitrepository-layout(5), partial-clone.
"""

from __future__ import annotations

import os

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import GitSettings, is_true, read_settings
from zenml_pin.git.layout import Layout
from zenml_pin.git.remote.url import is_url


def origin_remote(layout: Layout) -> str:
    """Return the URL, or absolute path, of the remote that a repository was cloned from.

    Raises:
        UnsupportedError: It has no such remote.
    """
    settings = read_settings(os.path.join(layout.commondir, "config"))
    for name in (_promisor(settings), "origin"):
        url = settings.get(("remote", name or "", "url"))
        if url:
            return url if is_url(url) else os.path.join(layout.root, os.path.expanduser(url))
    raise UnsupportedError(
        f"repository '{layout.root}' has no remote 'origin' to fetch from",
        "name a repository that has the commit with repo= (or -C)",
    )


def remedy_of(layout: Layout) -> str:
    """Return the hint that tells a user how to get a missing object; "" if the repository has no remote."""
    if not os.path.isdir(layout.commondir):
        return f"'{layout.root}' is gone: name another repository that has the commit with repo= (or -C)"
    try:
        settings = read_settings(os.path.join(layout.commondir, "config"))
        origin_remote(layout)
    except UnsupportedError:
        return ""
    otherwise = "or let it be fetched into the cache: use --fetch, or attach(repo, fetch=True)"
    if os.path.isfile(os.path.join(layout.commondir, "shallow")):
        return f"'{layout.root}' is a shallow clone: run 'git fetch --unshallow' there, {otherwise}"
    if _promisor(settings):
        return f"'{layout.root}' is a partial clone: run 'git fetch --refetch --no-filter' there, {otherwise}"
    return f"run 'git fetch origin <commit id>' in '{layout.root}', {otherwise}"


def _promisor(settings: GitSettings) -> str | None:
    """Return the name of the remote that has the missing objects of a partial clone; None if there is none."""
    named = settings.get(("extensions", "partialclone"))
    if named:
        return named
    marked = (key[1] for key in settings if len(key) == 3 and key[0] == "remote" and key[2] == "promisor")
    return next((name for name in marked if is_true(settings[("remote", name, "promisor")])), None)
