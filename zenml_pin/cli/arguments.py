"""What a person types: sources with any revision, REV:PATH, folders."""

from __future__ import annotations

import sys

from zenml_pin.base.text import printable
from zenml_pin.load_errors import (
    CommitNotFoundError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UnsupportedError,
)
from zenml_pin.source import RELEASE_PREFIX, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import CommitTree

# What the help says of arguments that `parse_source` and `get_at_commit` read.
SOURCE = "trainers.step.MyTrainer@COMMIT, where COMMIT may be any revision here: an id, v1.2, HEAD~3"
AT_COMMIT = "a source, or REV:PATH as git writes it; a source without a pin means HEAD"

_CLONE = "name a clone that has a worktree with -C (or repo=)"


def parse_source(text: str) -> Source:
    """Read a source whose pin may be any revision of the current repository; the result has the full id."""
    from zenml_pin.pins.choosing_roots import with_roots
    from zenml_pin.pins.lookup import find_repository, read_source

    source = read_source(text, None)
    return source if source.commit_id is None else with_roots(source, find_repository(None))


def parse_other(text: str, source: Source) -> Source:
    """Read the other side of a comparison: a source, or a revision, which means the same class there."""
    dotted = f"{source.module}.{source.name}"
    if "@" in text[1:] or text == dotted or _is_module(text):
        return parse_source(text)
    return parse_source(f"{dotted}@{text}")


def get_at_commit(what: str, is_quiet: bool) -> tuple[CommitTree, str, tuple[str, ...]]:
    """Return the commit that a source or REV[:PATH] names, the path in it, and for a source the source roots.

    A file that this Python cannot parse need not define the class: unless it is quiet, a note on stderr says so.

    Raises:
        PinnedModuleNotFoundError, PinnedAttributeError: The commit has no such module or class.
    """
    from zenml_pin.at import registry
    from zenml_pin.git.revision import resolve_revision
    from zenml_pin.pins.lookup import get_repository

    revision, colon, path = what.partition(":")
    if not colon and "@" in what[1:]:
        return _of_source(parse_source(what), is_quiet)
    repository = get_repository(None)
    if not colon and _is_module(what):
        head = resolve_revision(repository, "HEAD")
        return _of_source(parse_source(f"{what}@{head}"), is_quiet)
    try:
        commit_id = resolve_revision(repository, revision or "HEAD")
    except CommitNotFoundError:
        # Another known repository or bundle may have it.
        commit_id = revision
    return registry.find_tree(commit_id, repository), path.strip("/"), ()


def find_installed(what: str) -> str | None:
    """Return the file of the installed class that a source of a release names; None for everything else.

    Raises:
        PinnedAttributeError, UnsupportedError: The release has no such class, or does not ship with this package.
    """
    dotted, _, pin = what.partition("@")
    if ":" in dotted or not pin.startswith(RELEASE_PREFIX):
        return None
    import inspect
    import warnings

    from zenml_pin.pins.releases import load_release

    with warnings.catch_warnings():
        # Only the file is shown, whatever its release.
        warnings.simplefilter("ignore")
        return inspect.getfile(load_release(Source.parse(what), strict=False))


def _of_source(source: Source, is_quiet: bool) -> tuple[CommitTree, str, tuple[str, ...]]:
    from zenml_pin.at import registry
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.pins.loading import path_of_source
    from zenml_pin.pins.lookup import find_repository
    from zenml_pin.pins.pinning import require_class
    from zenml_pin.pins.unparsed import find_reason

    pin = registry.get_namespace(source.pin, find_repository(None))
    assert isinstance(pin.tree, CommitTree)
    path = path_of_source(pin, source)
    try:
        require_class(pin.tree, pin.source_roots, path, source.name)
    except UnsupportedError:
        # To show a file needs no parser, and it may be newer or older than this Python.
        reason = find_reason(pin.tree, path)
        if reason is None:
            raise
        if not is_quiet:
            note = f"note: {reason}; whether it defines '{source.name}' is unknown"
            print(printable(note), file=sys.stderr)
    return pin.tree, path, pin.source_roots


def _is_module(text: str) -> bool:
    """Tell a source without a pin from a revision such as v1.2: the repository has its module."""
    from zenml_pin.pins.class_paths import find_name_path
    from zenml_pin.pins.lookup import get_repository

    try:
        return isinstance(find_name_path(Source.parse(text), get_repository(None)), str)
    except (SourceSyntaxError, PinnedModuleNotFoundError):
        return False


def folder_argument(what: str) -> str:
    """Return a folder that is typed relative to the current one, relative to the root.

    Raises:
        UnsupportedError: It is outside the worktree, or there is none.
    """
    from zenml_pin.pins.lookup import get_repository

    repository = get_repository(None)
    if repository.worktree is None:
        raise UnsupportedError(
            f"repository '{repository.root}' is bare: it has no worktree to compare", _CLONE
        )
    folder = repository.relative(what)
    if folder is None:
        raise UnsupportedError(
            f"'{what}' is outside '{repository.worktree}'", "name its own repository with -C"
        )
    return folder
