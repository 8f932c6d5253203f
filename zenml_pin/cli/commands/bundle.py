"""bundle: put pins, and pipelines with their documents, into one file."""

from __future__ import annotations

import sys

from zenml_pin.base.text import printable
from zenml_pin.cli.arguments import SOURCE, parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import print_json
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "bundle",
        help="put pins, and pipelines with their documents, into one file",
        description="Write a bundle: the code of each pin and everything that it imports from the repository. It "
        "loads anywhere: zenml-pin -C FILE load SOURCE, repo=FILE, ZENML_PIN_PATH=FILE. For a pipeline's "
        "document, the bundle gets the document and its pins, and runs with: zenml-pin run FILE. git "
        "reads bundles too. Exits with 1 if a class of a document is unpinned, because no bundle can "
        "hold its code.",
    )
    verb.add_argument("what", metavar="SOURCE|FILE", nargs="+", help=f"{SOURCE}; or a .yaml or .yml file")
    verb.add_argument("-o", "--output", metavar="FILE", required=True, help="the bundle to write")
    verb.add_argument(
        "--full",
        action="store_true",
        help="put in whole commits and all history, so that 'git clone' takes it",
    )
    add_json(verb)
    add_fetch(verb)
    verb.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Write the bundle; print its contents."""
    from zenml_pin import resolver
    from zenml_pin.pipelines.bundled import bundle_documents

    documents = [name for name in arguments.what if has_document_suffix(name)]
    sources = [
        resolver.pin(parse_source(name), strict=True)
        for name in arguments.what
        if not has_document_suffix(name)
    ]
    bundled = bundle_documents(documents, sources, arguments.output, full=arguments.full)
    code = 1 if bundled.unpinned else 0
    if arguments.format == "json":
        print_json(
            path=arguments.output,
            bytes=len(bundled.bundle.data),
            pins=[str(pinned) for pinned in bundled.pins],
            unpinned=[str(source) for source in bundled.unpinned],
        )
        return code
    print(printable(f"{arguments.output}: {len(bundled.bundle.data)} bytes"))
    for pinned in bundled.pins:
        print(printable(str(pinned)))
    for source in bundled.unpinned:
        print(
            printable(f"warning: '{source}' is unpinned, so its code is not in the bundle"), file=sys.stderr
        )
    return code
