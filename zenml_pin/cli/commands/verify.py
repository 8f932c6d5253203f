"""verify: check every byte of a pin and the signatures of its commit, or list the contents of a bundle."""

from __future__ import annotations

from zenml_pin.base.files import BUNDLE_SUFFIX
from zenml_pin.cli.arguments import SOURCE, parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.show import show_verification
from zenml_pin.errors import UnknownNameError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verify = verbs.add_parser(
        "verify",
        help="check every byte of a pinned class and its signatures, or list the contents of a bundle",
        description="Hash every object again from the commit to the bytes of the class and of its imports. Print the "
        "signatures of the commit and of its tags, and who made them. Runs no code. Exits with 1 if an object is "
        "damaged or a signature is bad, or, with --allowed-signers, if none of the signers signed. For a bundle, hash "
        "every object and print for each commit: author, date, the classes and functions that load from the bundle "
        "alone, and what is missing. Exits with 1 if something is missing, with 2 if the bundle is damaged.",
    )
    verify.add_argument("what", metavar="SOURCE|BUNDLE", help=f"{SOURCE}; or a bundle file")
    verify.add_argument(
        "--allowed-signers",
        metavar="FILE",
        help="accept only these signers (the format of ssh-keygen); the repository's own setting is not used",
    )
    verify.add_argument(
        "--format", choices=("text", "json"), default="text", help="the output format (default: text)"
    )
    add_fetch(verify)
    verify.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Check a source or a bundle."""
    from zenml_pin.git.any_repository import is_folderless

    if is_folderless(arguments.what):
        return _verify_bundle(arguments)
    if arguments.what.endswith(BUNDLE_SUFFIX):
        raise UnknownNameError("bundle", arguments.what, hint="'zenml-pin bundle' writes one")
    return _verify_source(arguments)


def _verify_bundle(arguments: argparse.Namespace) -> int:
    from zenml_pin.cli.show import verify_bundle

    if arguments.allowed_signers is not None:
        raise UnsupportedError(
            "--allowed-signers is for a source, not for a bundle",
            f"use 'zenml-pin -C {arguments.what} verify SOURCE --allowed-signers FILE'",
        )
    return verify_bundle(arguments.what, arguments.format)


def _verify_source(arguments: argparse.Namespace) -> int:
    from zenml_pin.verification import verify

    source = parse_source(arguments.what)
    verification = verify(source, signers=arguments.allowed_signers, fetch=arguments.fetch)
    if arguments.format == "json":
        import json

        print(json.dumps(verification.to_dict(), indent=2))
    else:
        show_verification(verification)
    return 0 if verification.is_verified else 1
