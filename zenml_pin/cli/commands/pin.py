"""pin: print the pinned source of a class, or pin the classes of a document."""

from __future__ import annotations

from zenml_pin.cli.arguments import parse_source
from zenml_pin.cli.pin_document import bundle_document, pin_document
from zenml_pin.errors import UnsupportedError
from zenml_pin.source import RELEASE_PREFIX, Source
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    pin = verbs.add_parser(
        "pin",
        help="print the pinned source of a class, or pin the classes of a document",
        description="Print the source of each class. It is pinned to HEAD if all files of the class's folder, and "
        "everything that they import from the repository, are committed. In a pipeline document, write "
        "the pins that are missing in this way, complete short ids to full ones, and change nothing else: "
        "a pin never moves unless --update or --rev asks for it. Comments, order, quotes and line ends "
        "stay. Exits with 1 if a class stays unpinned.",
    )
    pin.add_argument(
        "classes",
        metavar="CLASS|FILE",
        nargs="+",
        help="a dotted name, trainers.step.MyTrainer, or a .yaml or .yml file",
    )
    pin.add_argument(
        "--dry-run", action="store_true", help="print what would change in documents; write nothing"
    )
    target = pin.add_mutually_exclusive_group()
    target.add_argument(
        "--update",
        action="store_true",
        help="also move a document's pins to HEAD, where HEAD has other code or does not lead to the commit",
    )
    target.add_argument(
        "--rev",
        metavar="REV",
        help="pin all classes to this revision; only checks that each class exists there",
    )
    pin.add_argument(
        "--require-pins", action="store_true", help="stop with an error at the first that cannot be pinned"
    )
    pin.add_argument(
        "--bundle", action="store_true", help="also write the code of a document's pins beside it"
    )
    pin.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Print the pinned source of each class, and pin the sources of each document."""
    code = 0
    for name in arguments.classes:
        if has_document_suffix(name):
            answer = pin_document(
                name, arguments.rev, arguments.require_pins, arguments.dry_run, arguments.update
            )
            code = max(code, answer)
            if arguments.bundle and not arguments.dry_run:
                bundle_document(name)
            continue
        if arguments.bundle:
            raise UnsupportedError(
                "--bundle writes beside a document", f"use 'zenml-pin bundle {name} -o FILE' for a class"
            )
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
