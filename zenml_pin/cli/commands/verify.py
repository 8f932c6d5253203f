"""verify: check a pin to the last byte, and who signed its commit; or say what is in a bundle."""

from __future__ import annotations

from zenml_pin.cli.arguments import SOURCE, parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.show import show_verification
from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verify = verbs.add_parser(
        "verify",
        help="check a pinned class to the last byte, and who signed its commit; or say what is in a bundle",
        description="Hash every object again between a commit and the bytes of a class and of what it imports, and "
        "tell whether the commit, or a tag on it, is signed and by whom. Runs no code. Exit with 1 when something is "
        "damaged or a signature is bad, or with --allowed-signers when none of them signed. Of a bundle, hash every "
        "object and print commit by commit what is in it: author, date, the classes that load from it alone, and what "
        "is missing. Exit with 1 when something is missing, with 2 when the bundle is damaged.",
    )
    verify.add_argument("what", metavar="SOURCE|BUNDLE", help=f"{SOURCE}; or a bundle file")
    verify.add_argument(
        "--allowed-signers",
        metavar="FILE",
        help="who must have signed, in the format of ssh-keygen; what a repository's config names is not asked",
    )
    verify.add_argument(
        "--format", choices=("text", "json"), default="text", help="how it is written (default: text)"
    )
    add_fetch(verify)
    verify.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Check what is named."""
    from zenml_pin.git.any_repository import is_folderless

    if is_folderless(arguments.what):
        return _verify_bundle(arguments)
    return _verify_source(arguments)


def _verify_bundle(arguments: argparse.Namespace) -> int:
    from zenml_pin.cli.show import verify_bundle

    if arguments.allowed_signers is not None:
        raise UnsupportedError(
            "--allowed-signers is asked of a source, not of a bundle",
            f"use 'zenml-pin -C {arguments.what} verify SOURCE --allowed-signers FILE'",
        )
    return verify_bundle(arguments.what, arguments.format)


def _verify_source(arguments: argparse.Namespace) -> int:
    from zenml_pin.verification import verify

    found = verify(parse_source(arguments.what), signers=arguments.allowed_signers)
    if arguments.format == "json":
        import json

        print(json.dumps(found.to_dict(), indent=2))
    else:
        show_verification(found)
    return 0 if found.is_verified else 1
