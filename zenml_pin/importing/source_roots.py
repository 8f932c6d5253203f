"""Source roots: the folders of a repository from which its modules are named, decided from the commit alone.

    [zenml_pin]
    source_roots = src, tools/python

Without that setting in the `setup.cfg` of the commit they are the repository root, and `src/` too unless that is a
package. A module is named from the longest source root that contains it.
"""

from __future__ import annotations

import posixpath

from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree


def source_roots(tree: Tree) -> tuple[str, ...]:
    """Return the source roots of a commit as paths, "" for the repository root, in the order of the search.

    Raises:
        UnsupportedError: The setting is malformed.
    """
    listed = stated_roots(tree)
    if listed:
        return listed
    src = tree.find("src")
    if src is not None and src.is_folder and "__init__.py" not in tree.children("src"):
        return "", "src"
    return ("",)


def stated_roots(tree: Tree) -> tuple[str, ...]:
    """Return the source roots that a commit's own files state; () where they state none.

    Raises:
        UnsupportedError: The setting is malformed.
    """
    return _setting(tree)


def _setting(tree: Tree) -> tuple[str, ...]:
    entry = tree.find("setup.cfg")
    if entry is None or not entry.is_file:
        return ()
    text = tree.read("setup.cfg").decode("utf-8", "replace")
    if "[zenml_pin]" not in text:
        return ()
    from configparser import Error, RawConfigParser

    # A file that has some other option twice is still good for this one.
    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except Error as error:
        raise UnsupportedError(f"setup.cfg has a section [zenml_pin], and is malformed: {error}") from error
    value = parser.get("zenml_pin", "source_roots", fallback="")
    return tuple(dict.fromkeys(_clean(part) for part in value.replace(",", "\n").split("\n") if part.strip()))


def _clean(listed: str) -> str:
    path = posixpath.normpath(listed.strip())
    if path.startswith(("/", "../")) or path == "..":
        raise UnsupportedError(
            f"setup.cfg lists the source root '{listed.strip()}', which is not a folder of the repository"
        )
    return "" if path == "." else path


def to_dotted(path: str, roots: tuple[str, ...]) -> str | None:
    """Return the dotted name of a module's file, or None when it is not below a source root.

    >>> to_dotted("src/pkg/step.py", ("", "src"))
    'pkg.step'
    >>> to_dotted("trainers/__init__.py", ("",))
    'trainers'
    """
    candidates = [root for root in roots if not root or path.startswith(root + "/")]
    if not candidates or not path.endswith(".py"):
        return None
    root = max(candidates, key=len)
    parts = path[len(root) :].strip("/").removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and not any("." in part for part in parts) else None
