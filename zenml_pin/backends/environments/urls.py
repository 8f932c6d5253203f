"""URLs and paths in a lock: which of them a caller's trust opens, and which stay closed.

Without trust all are refused. With it, `https:`, `http:` and VCS URLs are followed, and so is a path of a file in the
commit. What leaves the repository, and every text with `${`, is refused always: nothing is taken from the environment.
"""

from __future__ import annotations

import posixpath
import re

from zenml_pin.backends.environments.lock_file import LockFile
from zenml_pin.backends.environments.settings import EnvSettings

_WEB = re.compile(r"(https?|(git|hg|svn|bzr)\+(https?|ssh))://[^\s\"'\\]+$")
_SECRET = re.compile(r"//[^/@]*@")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?$")


def refuse_expansion(lock: LockFile, line: int, text: str) -> None:
    """Refuse a text with `${...}` in it.

    Raises:
        DocumentError: It has one.
    """
    if "${" in text:
        raise lock.broken(f"'{_shown(text)}' has '${{', and variables are never expanded", line)


def allowed_url(lock: LockFile, settings: EnvSettings, line: int, name: str, url: str) -> str:
    """Return a URL that may be followed.

    Raises:
        DocumentError: The lock is not trusted, or the URL is of another kind.
    """
    refuse_expansion(lock, line, url)
    if not settings.trust:
        raise lock.refused(line, name, f"is required from a URL, {_shown(url)}")
    if _WEB.match(url) is None:
        raise lock.broken(f"'{name}' is required from '{_shown(url)}', which is not followed", line)
    return url


def vcs_url(
    lock: LockFile, settings: EnvSettings, line: int, name: str, parts: tuple[str, str, str, str]
) -> str:
    """Return the URL of a commit in a VCS.

    Args:
        lock: The lock that asks for it.
        settings: Whether the lock is trusted.
        line: The line that asks for it.
        name: The distribution's name.
        parts: The VCS, the URL, the commit and the folder in it.

    Raises:
        DocumentError: The lock is not trusted, or does not name a commit.
    """
    vcs, url, commit_id, subfolder = parts
    if not settings.trust:
        raise lock.refused(line, name, f"is required from a {vcs} repository, {_shown(url)}")
    if _COMMIT.match(commit_id) is None:
        raise lock.broken(f"'{name}' is required from a {vcs} repository without a full commit id", line)
    ending = f"#subdirectory={subfolder}" if subfolder else ""
    return allowed_url(lock, settings, line, name, f"{vcs}+{url.removeprefix(vcs + '+')}@{commit_id}{ending}")


def own_folder(lock: LockFile, path: str) -> str | None:
    """Return a path of a lock as a path of the commit; None if it leaves the repository."""
    if path.startswith(("/", "~")) or ":" in path.split("/", 1)[0] or "\\" in path:
        return None
    joined = posixpath.normpath(posixpath.join(lock.folder, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


def own_file(lock: LockFile, settings: EnvSettings, line: int, name: str, path: str) -> str:
    """Return the path of a file of the commit that a trusted lock asks for.

    Raises:
        DocumentError: The lock is not trusted, or the commit has no such file.
    """
    refuse_expansion(lock, line, path)
    if not settings.trust:
        raise lock.refused(line, name, f"is required from the path '{path}'")
    inside = own_folder(lock, path)
    entry = lock.tree.find(inside) if inside is not None else None
    if inside is None or entry is None or not entry.is_file:
        raise lock.broken(f"'{name}' is required from '{path}', which is not a file of the commit", line)
    return inside


def _shown(url: str) -> str:
    return _SECRET.sub("//***@", url)[:200]
