"""reproduce: run again what a recorded run ran, and compare the outputs."""

from __future__ import annotations

import sys

from zenml_pin.cli.environments import add_env, chosen_env
from zenml_pin.cli.listing import open_repository_to_run
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_arguments, is_terminal, write_text
from zenml_pin.cli.plain_data import SCHEMA_VERSION
from zenml_pin.cli.printed_by_code import prints_on_stderr

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.pipelines.reproducing.reproduction import Reproduction


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "reproduce",
        help="run again what a recorded run ran, and compare the outputs",
        description="Run again exactly what a recorded run ran: its pins, its arguments, and for each step its "
        "recorded inputs; no cache. Say first whether the input data is the recorded one, then whether each output is "
        "identical, equal or different, and what differs around the run. Records nothing. Steps with effects "
        "outside, such as a deployment, have them again. Exits with 0 if the run was reproduced, 1 if not, 2 if "
        "there is no such run.",
    )
    verb.add_argument(
        "what",
        metavar="RUN|NAME",
        nargs="?",
        help="a run's id or the beginning of it, or a pipeline's name for its newest run (default: the newest run)",
    )
    verb.add_argument("--number", type=int, metavar="N", help="which content of that name")
    verb.add_argument(
        "--rtol",
        type=float,
        default=1e-9,
        metavar="R",
        help="numbers are equal this far apart, relative to the recorded one (default: %(default)g)",
    )
    verb.add_argument(
        "--atol",
        type=float,
        default=1e-12,
        metavar="A",
        help="and this far apart at all (default: %(default)g); integers must be the same",
    )
    verb.add_argument(
        "--store", metavar="DIR", help="the folder with the records and artifacts, as for ZENML_PIN_STORE"
    )
    add_env(verb)
    add_arguments(verb, ("text", "json", "html"))
    add_fetch(verb)
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Reproduce a run and write what came of it."""
    from zenml_pin.base.process_environment import store_in
    from zenml_pin.cli.progress import progress
    from zenml_pin.pipelines.reproducing.reproducing import reproduce
    from zenml_pin.pipelines.runs.options import Options, using

    repository = open_repository_to_run()
    # A step may import a library that is beside the code.
    sys.path.insert(0, repository.root)
    shown = progress(arguments.quiet)
    with (
        chosen_env(arguments) as env,
        using(Options(progress=shown, env=env)),
        store_in(arguments.store),
        prints_on_stderr(),
    ):
        reproduction = reproduce(
            arguments.what,
            repo=repository.root,
            number=arguments.number,
            rtol=arguments.rtol,
            atol=arguments.atol,
        )
    write_text(arguments, _render(arguments, reproduction))
    return 0 if reproduction.is_reproduced else 1


def _render(arguments: argparse.Namespace, reproduction: Reproduction) -> str:
    if arguments.format == "json":
        from zenml_pin.cli.output import to_json

        return to_json({"schema_version": SCHEMA_VERSION, **reproduction.to_dict()})
    if arguments.format == "html":
        from zenml_pin.audit.formats.html.reproduction import reproduction_page

        return reproduction_page(reproduction)
    from zenml_pin.audit.formats.reproduction_text import render

    return render(reproduction, short_ids=is_terminal(arguments))
