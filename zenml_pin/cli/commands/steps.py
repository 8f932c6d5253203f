"""steps: list the versions of steps in use."""

from __future__ import annotations

from zenml_pin.cli.listing import add_listing, label_of, open_repository, report_broken
from zenml_pin.cli.plain_data import of_broken, print_json
from zenml_pin.cli.table import print_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    add_listing(
        verbs,
        "steps",
        "list all versions of each step and of its class arguments, and in which pipelines",
        run,
    )


def run(arguments: argparse.Namespace) -> int:
    """List the versions of steps; pins to the same code are one version, listed under the first that is used."""
    from zenml_pin.pipelines.documents.model import sources_of
    from zenml_pin.pipelines.resolving import code_in
    from zenml_pin.source import Source

    repository = open_repository()
    code_of = code_in(repository.workspace)
    users: dict[tuple[str, str], dict[str, list[str]]] = {}
    for document in repository.documents():
        for text in (text for entry in document.steps.values() for text in sources_of(entry)):
            source = Source.parse(text)
            # The code of two classes of one folder is the same text, and they are two classes.
            version = str(source.at(None)), code_of(source)
            users.setdefault(version, {}).setdefault(text, []).append(label_of(document))
    listed: list[tuple[str, list[str], list[str]]] = []
    for sources in sorted(users.values(), key=lambda sources: next(iter(sources))):
        first, *others = sources
        labels = list(dict.fromkeys(label for source in sources for label in sources[source]))
        listed.append((first, labels, others))
    if arguments.format == "json":
        print_json(
            steps=[
                {"source": first, "pipelines": labels, "same_code": others}
                for first, labels, others in listed
            ],
            broken=of_broken(repository),
        )
        return 1 if repository.broken else 0
    rows = [
        (first, ", ".join(labels), _same_code(others) if others else "") for first, labels, others in listed
    ]
    print_table(("source", "pipelines", "same code"), rows)
    return report_broken(repository)


def _same_code(sources: list[str]) -> str:
    return f"same code: {', '.join(source.partition('@')[2] for source in sources)}"
