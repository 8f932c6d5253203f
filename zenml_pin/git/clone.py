"""Clones that lack something on purpose, and where they came from: settings read as data, never as commands.

    shallow   `shallow` lists commits whose parents are left out
    partial   files (or trees too) are left out, and a promisor remote has them

Sources: gitrepository-layout(5), partial-clone.
"""

from __future__ import annotations

import os

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import Settings, is_true, read_settings
from zenml_pin.git.layout import Layout
from zenml_pin.git.remote.url import is_url


def origin_remote(layout: Layout) -> str:
    """Return the URL, or absolute path, of the remote that a repository was cloned from.

    Raises:
        UnsupportedError: It names none.
    """
    settings = read_settings(os.path.join(layout.commondir, "config"))
    for name in (_promisor(settings), "origin"):
        url = settings.get(("remote", name or "", "url"))
        if url:
            return url if is_url(url) else os.path.join(layout.root, os.path.expanduser(url))
    raise UnsupportedError(
        f"repository '{layout.root}' names no remote 'origin' to fetch from",
        "name a repository that holds the commit with repo= (or -C)",
    )


def remedy_of(layout: Layout) -> str:
    """Return what brings an object that a repository lacks; "" where it does not say whence."""
    try:
        settings = read_settings(os.path.join(layout.commondir, "config"))
        origin_remote(layout)
    except UnsupportedError:
        return ""
    itself = "or let it be fetched into the cache: attach it with fetch=True"
    if os.path.isfile(os.path.join(layout.commondir, "shallow")):
        return f"'{layout.root}' is a shallow clone: run 'git fetch --unshallow' there, {itself}"
    if _promisor(settings):
        return f"'{layout.root}' is a partial clone: run 'git fetch --refetch --no-filter' there, {itself}"
    return f"run 'git fetch origin <commit id>' in '{layout.root}', {itself}"


def _promisor(settings: Settings) -> str | None:
    """Return the remote that has what a partial clone lacks."""
    named = settings.get(("extensions", "partialclone"))
    if named:
        return named
    marked = (key[1] for key in settings if len(key) == 3 and key[0] == "remote" and key[2] == "promisor")
    return next((name for name in marked if is_true(settings[("remote", name, "promisor")])), None)
