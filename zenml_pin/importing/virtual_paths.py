"""Paths of modules that are in memory: what `__file__`, `__path__` and a traceback show.

A module's `__file__` is an absolute path with its real name at the end. It cannot exist, because nobody can create
files below /proc. So code that opens a file beside it fails at once, and the path says what to do instead. The file
name of its code starts with "<" (coverage skips it), does not end with ">" (linecache calls the loader), and does not
end with a real file's name (CPython up to 3.12 would look for that on `sys.path` and print its lines).
"""

from __future__ import annotations

VIRTUAL_ROOT = "/proc/zenml-pin-holds-this-in-memory--read-it-with-importlib.resources"
_CODE_ROOT = "<zenml-pin>/"


def virtual_path(pin: str, path: str) -> str:
    """Return the `__file__` of a path at a commit, or the `__path__` entry of a folder.

    Args:
        pin: The commit's id, with the roots id where a caller gave the source roots.
        path: The path at the commit.
    """
    base = f"{VIRTUAL_ROOT}/{pin}"
    return f"{base}/{path}" if path else base


def commit_path(pin: str, virtual: str) -> str | None:
    """Return the path at the commit that a virtual path means, or None when it belongs to another pin or none."""
    base = f"{VIRTUAL_ROOT}/{pin}"
    if virtual == base:
        return ""
    return virtual[len(base) + 1 :] if virtual.startswith(base + "/") else None


def code_name(pin: str, path: str) -> str:
    """Return the file name of a module's code objects."""
    return f"{_CODE_ROOT}{path}@{pin}"


def path_of_code(name: str) -> str:
    """Return the path at its commit of the file that a code object's file name stands for."""
    return name.removeprefix(_CODE_ROOT).rpartition("@")[0]


def is_code_name(file: object) -> bool:
    """Tell whether a file name belongs to the code of a pinned module."""
    return isinstance(file, str) and file.startswith(_CODE_ROOT)
