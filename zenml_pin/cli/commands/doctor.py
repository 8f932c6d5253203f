"""doctor: what this repository, interpreter and environment can and cannot do."""

from __future__ import annotations

from zenml_pin.cli.output import add_arguments, to_json, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "doctor",
        help="check this repository, interpreter and environment",
        description="List what works here and what does not, with a remedy for each. Writes and runs nothing. Exit "
        "with 1 when there is a problem.",
    )
    add_arguments(verb, ("text", "json"))
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Print the checklist."""
    from zenml_pin.audit.diagnosis import doctor

    diagnosis = doctor()
    write_text(arguments, to_json(diagnosis.to_dict()) if arguments.format == "json" else diagnosis.to_text())
    return 0 if diagnosis.is_healthy else 1
