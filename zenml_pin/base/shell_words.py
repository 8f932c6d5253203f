"""Hints speak to callers of the library; the command line has options in place of their keyword arguments."""

from __future__ import annotations

_OPTIONS = {
    "source_roots=[...], or ": "",
    "allow_dirty=True": "--allow-dirty",
    ", or attach(repo, fetch=True)": "",
}


def in_the_shell(hint: str) -> str:
    """Return a hint in the words of the command line.

    >>> in_the_shell("use --fetch, or attach(repo, fetch=True)")
    'use --fetch'
    """
    for python, option in _OPTIONS.items():
        hint = hint.replace(python, option)
    return hint
