"""The commands: each takes its arguments, prints the answer and returns the exit code."""

from __future__ import annotations

import sys

from zenml_pin.cli.documents import is_document, pin_document
from zenml_pin.cli.names import find_at_commit, folder_of, parse_source
from zenml_pin.cli.show import show_provenance, show_status
from zenml_pin.errors import printable
from zenml_pin.source import RELEASE_PREFIX, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def pin(arguments: argparse.Namespace) -> int:
    """Print the pinned source of each class, and pin the sources of each document."""
    code = 0
    for name in arguments.classes:
        if is_document(name):
            code = max(code, pin_document(name, arguments.rev, arguments.require_pins, arguments.dry_run))
            continue
        source = _pin_one(name, arguments.rev, arguments.require_pins)
        print(source)
        code = code if source.is_pinned else 1
    return code


def _pin_one(name: str, revision: str | None, strict: bool) -> Source:
    """Pin one class. A revision behind its "@" asks for that commit, as --rev does: the class must be there."""
    from zenml_pin import resolver

    dotted, _, pinned = name.partition("@")
    if pinned and not pinned.startswith(RELEASE_PREFIX):
        return resolver.pin(parse_source(dotted), commit=pinned)
    return resolver.pin(parse_source(name), commit=revision, strict=strict)


def load(arguments: argparse.Namespace) -> int:
    """Load a class and print where it came from."""
    from zenml_pin import resolver
    from zenml_pin.at import registry
    from zenml_pin.provenance import provenance_of

    source = parse_source(arguments.source)
    cls = resolver.load(
        source,
        allow_dirty=arguments.allow_dirty,
        strict=arguments.strict,
        materialize=arguments.materialize,
    )
    if source.commit_id is None:
        print(f"{source}\nclass   {cls.__module__}.{cls.__qualname__}")
        return 0
    show_provenance(cls, provenance_of(registry.get_pin(source.commit_id), source))
    return 0


def cat(arguments: argparse.Namespace) -> int:
    """Print a file as it was committed."""
    tree, path, _ = find_at_commit(arguments.what)
    data = tree.read(path)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    return 0


def ls(arguments: argparse.Namespace) -> int:
    """List files as they were committed."""
    from zenml_pin.closure import unit_of
    from zenml_pin.git.snapshot import describe

    tree, path, roots = find_at_commit(arguments.what)
    for entry in tree.iter_entries(unit_of(path, roots) if roots else path):
        kind = "commit" if describe(entry) == "submodule" else "blob"
        print(f"{entry.mode:06o} {kind} {entry.id}\t{printable(entry.path)}")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """List what is uncommitted."""
    from zenml_pin import resolver

    answers = []
    for what in arguments.what or ["."]:
        folder = folder_of(what)
        answers.append(resolver.status(folder if folder is not None else Source.parse(what)))
    for answer in answers:
        show_status(answer)
    return 0 if all(answer.clean for answer in answers) else 1


def demo(arguments: argparse.Namespace) -> int:
    """Show it all on a repository of its own."""
    from zenml_pin.cli.demo import run

    return run()
