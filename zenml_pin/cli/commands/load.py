"""load: load a class from its commit, and say where it came from."""

from __future__ import annotations

from zenml_pin.cli.arguments import SOURCE, parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.show import show_provenance

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    load = verbs.add_parser(
        "load",
        help="load a class and print where it came from",
        description="Load a class from its commit, which runs its module, and print commit, author, date, "
        "folder, tree id and the blob ids of every file that was imported for it.",
    )
    load.add_argument("source", metavar="SOURCE", help=SOURCE)
    load.add_argument(
        "--allow-dirty", action="store_true", help="load although its folder has uncommitted changes now"
    )
    load.add_argument("--strict", action="store_true", help="refuse unpinned sources and other releases")
    load.add_argument(
        "--materialize",
        metavar="DIR",
        help="also write the commit's files to a folder in DIR, and give modules its paths",
    )
    load.add_argument(
        "--require-signed",
        metavar="FILE",
        help="refuse the load unless one of these allowed signers signed the commit or a tag on it",
    )
    add_fetch(load)
    load.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Load a class and print where it came from."""
    from zenml_pin import resolver
    from zenml_pin.at import registry
    from zenml_pin.pins.provenance import provenance_of

    source = parse_source(arguments.source)
    cls = resolver.load(
        source,
        allow_dirty=arguments.allow_dirty,
        strict=arguments.strict,
        materialize=arguments.materialize,
        require_signed=arguments.require_signed,
    )
    if source.commit_id is None:
        print(f"{source}\nclass   {cls.__module__}.{cls.__qualname__}")
        return 0
    show_provenance(cls, provenance_of(registry.get_namespace(source.commit_id), source))
    return 0
