"""Workspaces: the folders below the root that a pyproject.toml calls members.

[tool.uv.workspace]                     packages/*, as uv reads it: each match with a pyproject.toml is a member
members = ["packages/*"]
exclude = ["packages/old"]
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from zenml_pin.errors import UnsupportedError
from zenml_pin.importing.project_files import MOST_MEMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.packaging.statements import Statement


def find_members(
    tree: Tree, members: Iterable[Statement], excluded: Iterable[str], path: str
) -> tuple[str, ...]:
    """Return the folders of a workspace's members, sorted.

    Args:
        tree: The commit.
        members: The patterns, relative to the folder of `path`.
        excluded: Patterns of folders that are not members.
        path: The file that states them, for messages.

    Raises:
        UnsupportedError: A pattern matches more than 1,000 folders; the message has path and line.
    """
    base = path.rpartition("/")[0]
    without = [_parts(base, pattern) for pattern in excluded]
    folders: dict[str, None] = {}
    for member in members:
        for count, folder in enumerate(_matches(tree, base, member.folder.strip("/").split("/"))):
            if count >= MOST_MEMBERS:
                raise UnsupportedError(
                    f"'{path}', line {member.line}: '{member.folder}' matches more than {MOST_MEMBERS} folders",
                    "name the roots of this commit with source_roots=[...], or --source-root FOLDER",
                )
            if "pyproject.toml" in tree.names(folder) and not _is_any(folder, without):
                folders[folder] = None
    return tuple(sorted(folders))


def _parts(base: str, pattern: str) -> list[str]:
    return [*(base.split("/") if base else []), *pattern.strip("/").split("/")]


def _is_any(folder: str, patterns: list[list[str]]) -> bool:
    names = folder.split("/")
    return any(len(parts) == len(names) and all(map(fnmatchcase, names, parts)) for parts in patterns)


def _matches(tree: Tree, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield the folders that a pattern names; "**" is any number of folders."""
    if not parts:
        yield folder
        return
    head, rest = parts[0], parts[1:]
    if head in ("", "."):
        yield from _matches(tree, folder, rest)
        return
    if head == "**":
        yield from _matches(tree, folder, rest)
    for name, entry in tree.children(folder).items():
        if entry.is_folder and head == "**" and not name.startswith("."):
            yield from _matches(tree, entry.path, parts)
        elif entry.is_folder and head != "**" and fnmatchcase(name, head):
            yield from _matches(tree, entry.path, rest)
