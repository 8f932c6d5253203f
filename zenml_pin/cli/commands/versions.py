"""versions: the commits where the code of a class changes, and which pipelines pin each."""

from __future__ import annotations

from zenml_pin.cli.arguments import parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_arguments, to_json, write_text
from zenml_pin.cli.progress import ProgressMeter

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "versions",
        help="list the commits where the folder of a class or function changes, and what pins each",
        description="List the commits of the first-parent history where the folder of a class or function changes, "
        "newest first, with the pipelines that pin each. Runs nothing.",
    )
    verb.add_argument("source", metavar="CLASS", help="trainers.step.MyTrainer")
    verb.add_argument("--rev", metavar="REV", default="HEAD", help="where to begin (default: HEAD)")
    add_fetch(verb)
    add_arguments(verb, ("text", "json", "html"))
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List the versions of a class."""
    from zenml_pin.audit.history.tracing import versions

    with ProgressMeter(arguments.quiet) as meter:
        history = versions(
            parse_source(arguments.source), rev=arguments.rev, fetch=arguments.fetch, progress=meter
        )
    if arguments.format == "json":
        text = to_json(history.to_dict())
    elif arguments.format == "html":
        from zenml_pin.audit.formats.html.versions import versions_page

        text = versions_page(history)
    else:
        from zenml_pin.audit.formats.versions_text import render

        text = render(history)
    write_text(arguments, text)
    return 0
