"""pin: print the pinned source of a class, or pin the classes of a document."""

from __future__ import annotations

from zenml_pin.cli.arguments import parse_source
from zenml_pin.cli.output import add_json
from zenml_pin.cli.pin_document import bundle_document, changes_of, pin_document, show_bundle, show_changes
from zenml_pin.cli.plain_data import print_json
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
        help="print the pinned source of a class or function, or pin those of a document",
        description="Print the source of each class or function. It is pinned to HEAD if all files of its folder, and "
        "everything that they import from the repository, are committed. In a pipeline document, write "
        "the pins that are missing in this way, complete short ids to full ones, and change nothing else: "
        "a pin never moves unless --update or --rev asks for it. Comments, order, quotes and line ends "
        "stay. Exits with 1 if a class stays unpinned.",
    )
    pin.add_argument(
        "classes",
        metavar="CLASS|FILE",
        nargs="+",
        help="a dotted name of a class or function, trainers.step.MyTrainer, or a .yaml or .yml file",
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
    add_json(pin)
    pin.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Print the pinned source of each class, and pin the sources of each document."""
    shows = arguments.format == "text"
    answers: list[dict[str, object]] = []
    for name in arguments.classes:
        answer = _pin_document if has_document_suffix(name) else _pin_class
        answers.append(answer(name, arguments, shows))
    if not shows:
        print_json(answers=answers)
    return 0 if all(answer["is_pinned"] for answer in answers) else 1


def _pin_document(path: str, arguments: argparse.Namespace, shows: bool) -> dict[str, object]:
    repinned = pin_document(path, arguments.rev, arguments.require_pins, arguments.dry_run, arguments.update)
    if shows:
        show_changes(path, repinned)
    bundle = bundle_document(path) if arguments.bundle and not arguments.dry_run else None
    if bundle is not None and shows:
        show_bundle(bundle)
    return {
        "document": path,
        "is_pinned": repinned.complete,
        "changes": changes_of(repinned),
        "bundle": bundle,
    }


def _pin_class(name: str, arguments: argparse.Namespace, shows: bool) -> dict[str, object]:
    if arguments.bundle:
        raise UnsupportedError(
            "--bundle writes beside a document", f"use 'zenml-pin bundle {name} -o FILE' for a class"
        )
    source = _pin_one(name, arguments.rev, arguments.require_pins)
    if shows:
        print(source)
    return {"source": str(source), "is_pinned": source.is_pinned}


def _pin_one(name: str, revision: str | None, strict: bool) -> Source:
    """Pin one class. A revision behind its "@" asks for that commit, as --rev does: the class must be there."""
    from zenml_pin import resolver

    dotted, _, pinned = name.partition("@")
    if pinned and not pinned.startswith(RELEASE_PREFIX):
        return resolver.pin(parse_source(dotted), commit=pinned)
    return resolver.pin(parse_source(name), commit=revision, strict=strict)
