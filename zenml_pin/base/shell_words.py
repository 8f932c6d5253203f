"""Hints speak to callers of the library; the command line has options in place of their keyword arguments."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OPTIONS = {
    "source_roots=[...], or ": "",
    "allow_dirty=True": "--allow-dirty",
    ", or attach(repo, fetch=True)": "",
}
# What a hint proposes besides something else, by the option that it needs.
_PROPOSALS = {
    "fetch": ", or let it be fetched into the cache: use --fetch",
    "allow_dirty": ", or load with --allow-dirty",
}


def in_the_shell(hint: str, options: Collection[str] = tuple(_PROPOSALS)) -> str:
    """Return a hint in the words of the command line, without proposals that the command does not know.

    Args:
        hint: The hint, as the library gives it.
        options: The options that the command has besides those that were given, by the names of their values.

    >>> in_the_shell("commit them, or load with allow_dirty=True")
    'commit them, or load with --allow-dirty'
    >>> in_the_shell("commit them, or load with allow_dirty=True", ["fetch"])
    'commit them'
    """
    for python, option in _OPTIONS.items():
        hint = hint.replace(python, option)
    for option in _PROPOSALS:
        if option not in options:
            hint = without_proposal(hint, option)
    return hint


def not_given(values: Mapping[str, object]) -> list[str]:
    """Return the options that were not given, by the values of all that a command has."""
    return [name for name, value in values.items() if not value]


def without_proposal(hint: str, option: str) -> str:
    """Return a hint that does not propose an option.

    >>> without_proposal("run 'git fetch', or let it be fetched into the cache: use --fetch", "fetch")
    "run 'git fetch'"
    """
    return hint.replace(_PROPOSALS[option], "")
