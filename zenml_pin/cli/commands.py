"""The commands: each takes its arguments, prints the answer and returns the exit code."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, timezone

from zenml_pin.errors import NotARepositoryError, SourceSyntaxError
from zenml_pin.source import RELEASE_PREFIX, Source, is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.snapshot import CommitTree
    from zenml_pin.git.status import Status
    from zenml_pin.provenance import Provenance


def pin(arguments: argparse.Namespace) -> int:
    """Print the pinned source of each class."""
    from zenml_pin import resolver

    code = 0
    for name in arguments.classes:
        source = resolver.pin(_source(name), commit=arguments.rev, strict=arguments.require_pins)
        print(source)
        code = code if source.is_pinned else 1
    return code


def load(arguments: argparse.Namespace) -> int:
    """Load a class and print where it came from."""
    from zenml_pin import resolver
    from zenml_pin.at import registry
    from zenml_pin.provenance import provenance_of

    source = _source(arguments.source)
    cls = resolver.load(source, allow_dirty=arguments.allow_dirty, strict=arguments.strict)
    if source.commit_id is None:
        print(f"{source}\nclass   {cls.__module__}.{cls.__qualname__}")
        return 0
    _print_provenance(cls, provenance_of(registry.get_pin(source.commit_id), source))
    return 0


def cat(arguments: argparse.Namespace) -> int:
    """Print a file as it was committed."""
    tree, path, _ = _at_commit(arguments.what)
    sys.stdout.flush()
    sys.stdout.buffer.write(tree.read(path))
    return 0


def ls(arguments: argparse.Namespace) -> int:
    """List files as they were committed."""
    from zenml_pin.closure import unit_of
    from zenml_pin.git.snapshot import describe

    tree, path, roots = _at_commit(arguments.what)
    for entry in tree.iter_entries(unit_of(path, roots) if roots else path):
        kind = "commit" if describe(entry) == "submodule" else "blob"
        print(f"{entry.mode:06o} {kind} {entry.id}\t{_shown(entry.path)}")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """List what is uncommitted."""
    from zenml_pin import resolver

    answers = []
    for what in arguments.what or ["."]:
        folder = _folder(what)
        answers.append(resolver.status(folder if folder is not None else Source.parse(what)))
    for answer in answers:
        _print_status(answer)
    return 0 if all(answer.clean for answer in answers) else 1


def demo(arguments: argparse.Namespace) -> int:
    """Show it all on a repository of its own."""
    from zenml_pin.cli.demo import run

    return run()


def _source(text: str) -> Source:
    """Read a source whose commit may be any revision of the repository here; what is kept is the full id."""
    dotted, at, revision = text.partition("@")
    if not at or is_commit_id(revision) or revision.startswith(RELEASE_PREFIX):
        return Source.parse(text)
    # Faults of the name are shown in the text as it was typed.
    try:
        source = Source.parse(dotted)
    except SourceSyntaxError as error:
        raise SourceSyntaxError(error.message, text, error.start, error.end, error.hint) from None
    if not revision or "@" in revision[1:]:
        return Source.parse(text)
    from zenml_pin.git.revision import resolve_revision

    return source.at(resolve_revision(_repository(), revision))


def _at_commit(what: str) -> tuple[CommitTree, str, tuple[str, ...]]:
    """Return the commit that a source or REV[:PATH] names, the path in it, and for a source the source roots."""
    from zenml_pin.at import registry
    from zenml_pin.git.revision import resolve_revision
    from zenml_pin.git.snapshot import CommitTree
    from zenml_pin.loading import require_path

    revision, colon, path = what.partition(":")
    if not colon and ("@" in what[1:] or _is_class_name(what)):
        source = _source(what)
        commit_id = source.commit_id or resolve_revision(_repository(), "HEAD")
        pin = registry.get_pin(commit_id, _find_repository())
        assert isinstance(pin.tree, CommitTree)
        return pin.tree, require_path(pin, source.module), pin.source_roots
    repository = _repository()
    tree = CommitTree(repository.objects, resolve_revision(repository, revision or "HEAD"))
    return tree, path.strip("/"), ()


def _is_class_name(text: str) -> bool:
    """Tell a source without a pin from a revision such as v1.2: its last part starts with a capital letter."""
    try:
        return Source.parse(text).name[:1].isupper() and not text.startswith("HEAD")
    except SourceSyntaxError:
        return False


def _find_repository() -> GitRepository | None:
    try:
        return _repository()
    except NotARepositoryError:
        return None


def _repository() -> GitRepository:
    from zenml_pin.at import registry

    return registry.open(os.getcwd())


def _folder(what: str) -> str | None:
    """Return a folder that is typed relative to the current one, relative to the root; None for a class's name."""
    if not os.path.lexists(what) and "/" not in what:
        return None
    folder = _repository().relative(what)
    if folder is None:
        raise NotARepositoryError(what)
    return folder


def _print_provenance(cls: type, found: Provenance) -> None:
    print(found.source)
    print(f"class   {cls.__module__}.{cls.__qualname__}")
    print(f"commit  {found.commit.id}")
    print(f"author  {_shown(found.commit.author)}")
    print(f"date    {_date(found.commit.time, found.commit.zone)}")
    is_file = found.unit.endswith(".py")
    print(f"{'file' if is_file else 'folder':<7} {_shown(found.unit)}")
    print(f"{'blob' if is_file else 'tree':<7} {found.unit_id}")
    for entry in found.files:
        print(f"blob    {entry.id}  {_shown(entry.path)}")


def _print_status(answer: Status) -> None:
    name = _shown(answer.folder or ".")
    if answer.clean:
        print(f"{name}: clean")
        return
    noun = "change" if len(answer.changes) == 1 else "changes"
    print(f"{name}: {len(answer.changes)} uncommitted {noun}")
    width = max(len(change.kind.value) for change in answer.changes) + 1
    for change in answer.changes:
        reason = f" ({_shown(change.reason)})" if change.reason else ""
        print(f"  {change.kind.value + ':':<{width}} {_shown(change.path)}{reason}")


def _date(seconds: int, minutes: int) -> str:
    """Return a commit's time as git shows it in ISO form; one that no calendar has stays a number."""
    try:
        zone = timezone(timedelta(minutes=minutes))
        return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S %z")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"


def _shown(text: str) -> str:
    """Return a path or name on one line: control characters and broken bytes are escaped, as git does."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
