"""The conditions of `includeIf`: on the git directory, the branch that is checked out, and the URLs of remotes.

Sources: git-config(1), "Conditional includes".
"""

from __future__ import annotations

import os

from zenml_pin.errors import UnsupportedError

# git has no other condition that begins with "hasconfig:".
_URL = "remote.*.url:"


def is_met(condition: str, path: str | None, gitdir: str, branch: str, urls: tuple[str, ...]) -> bool:
    """Tell whether a file is included.

    Args:
        condition: The part of the setting's name between the dots.
        path: The file with the setting; None for the environment.
        gitdir: The repository's git directory.
        branch: Full name of the branch that is checked out; "" if HEAD is detached.
        urls: The URLs of all remotes.

    Raises:
        UnsupportedError: It depends on more than these.
    """
    kind, colon, pattern = condition.partition(":")
    if not colon:
        return False
    if kind in ("gitdir", "gitdir/i"):
        return _in_gitdir(pattern, path, gitdir, kind == "gitdir/i")
    if kind == "onbranch":
        return branch.startswith("refs/heads/") and _matches(pattern, branch.removeprefix("refs/heads/"))
    if kind == "hasconfig" and pattern.startswith(_URL):
        return any(_matches_url(pattern.removeprefix(_URL), url) for url in urls)
    if kind in ("worktree", "worktree/i"):
        raise UnsupportedError(
            f"git configuration has includeIf '{condition}', which versions of git evaluate differently"
        )
    return False


def _in_gitdir(pattern: str, path: str | None, gitdir: str, ignore_case: bool) -> bool:
    if pattern.startswith("~"):
        home, slash, rest = pattern.partition("/")
        pattern = os.path.realpath(os.path.expanduser(home)) + slash + rest
    if pattern.startswith("./"):
        if path is None:
            raise UnsupportedError(f"includeIf '{pattern}' is not in a file")
        pattern = os.path.dirname(os.path.realpath(path)) + pattern[1:]
    elif not pattern.startswith("/"):
        pattern = f"**/{pattern}"
    if _matches(pattern, gitdir, ignore_case):
        return True
    if _matches(_resolved(pattern), gitdir, ignore_case):
        raise UnsupportedError(f"includeIf '{pattern}' depends on the links in the path to a repository")
    return False


def _resolved(pattern: str) -> str:
    """Return a pattern with the links in its fixed beginning resolved."""
    length = next((position for position, letter in enumerate(pattern) if letter in "*?[\\"), len(pattern))
    fixed = pattern[:length] if length == len(pattern) else pattern[: pattern.rfind("/", 0, length)]
    if not fixed or fixed == "/":
        return pattern
    return os.path.realpath(fixed) + pattern[len(fixed.rstrip("/")) :]


def _matches_url(pattern: str, url: str) -> bool:
    from zenml_pin.git.wildmatch import compile_path

    matcher = compile_path(os.fsencode(pattern), False)
    return matcher is not None and matcher.fullmatch(os.fsencode(url)) is not None


def _matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    from zenml_pin.git.wildmatch import compile_path

    matcher = compile_path(os.fsencode(pattern + "**" if pattern.endswith("/") else pattern), ignore_case)
    return matcher is not None and matcher.fullmatch(os.fsencode(text)) is not None
