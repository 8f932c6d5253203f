"""load: load a class from its commit, and say where it came from."""

from __future__ import annotations

from zenml_pin.base.script_arguments import script_arguments
from zenml_pin.cli.arguments import SOURCE, parse_source
from zenml_pin.cli.isolation import add_sandbox, show_trial
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import of_class, of_trial, print_json
from zenml_pin.cli.show import show_provenance
from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.source import Source


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    load = verbs.add_parser(
        "load",
        help="load a class or function and print where it came from",
        description="Load a class or function from its commit, which runs its module, and print commit, author, date, "
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
    load.add_argument(
        "--isolated",
        action="store_true",
        help="load it in another process, behind walls, and print facts about the class and what its code did",
    )
    add_sandbox(load, ("auto", "require"))
    add_json(load)
    add_fetch(load)
    load.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Load a class and print where it came from."""
    from zenml_pin import resolver
    from zenml_pin.at import registry
    from zenml_pin.pins.functions import dotted_name, kind_of
    from zenml_pin.pins.provenance import provenance_of

    source = parse_source(arguments.source)
    if arguments.isolated:
        return _run_isolated(arguments, source)
    with script_arguments(source.module):
        loaded = resolver.load(
            source,
            allow_dirty=arguments.allow_dirty,
            strict=arguments.strict,
            materialize=arguments.materialize,
            require_signed=arguments.require_signed,
        )
    if arguments.format == "json":
        pinned = source.commit_id is not None
        provenance = provenance_of(registry.get_namespace(source.pin), source) if pinned else None
        print_json(**of_class(loaded, str(source), provenance))
        return 0
    if source.commit_id is None:
        print(f"{source}\n{kind_of(loaded):<7} {dotted_name(loaded)}")
        return 0
    show_provenance(loaded, provenance_of(registry.get_namespace(source.pin), source))
    return 0


def _run_isolated(arguments: argparse.Namespace, source: Source) -> int:
    """Load a class in the sandbox and print what is known of it; 1 if it failed, or tried what is denied."""
    if arguments.materialize or arguments.require_signed or arguments.strict:
        raise UnsupportedError(
            "an isolated load takes no --materialize, --require-signed or --strict",
            "verify the source first with 'zenml-pin verify'",
        )
    from zenml_pin import isolated

    trial = isolated.load(source, sandbox=arguments.sandbox, env_pass=arguments.env_pass)
    if arguments.format == "json":
        print_json(source=str(source), **of_trial(trial))
    else:
        show_trial(str(source), trial)
    return 0 if trial.outcome == "loaded" and not trial.alarms else 1
