"""store: what the store has, and what refers to it; remove what nothing needs; copy runs and artifacts out of it."""

from __future__ import annotations

import argparse
import re

from zenml_pin.base.text import printable, show_size
from zenml_pin.cli.listing import open_repository
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import of_run, print_json
from zenml_pin.cli.table import print_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.runs.store_cleaning import Cleaning
    from zenml_pin.pipelines.runs.store_contents import Reference, StoreContents, StoredArtifact

_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
# More artifacts than these are counted; --all lists them.
_SHOWN = 20


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments, and those of its own commands."""
    verb = verbs.add_parser(
        "store",
        help="show the runs and artifacts in the store; remove what nothing needs; copy them out",
        description="Without a further command: print how large the store is, how many runs and artifacts it has, and "
        "what refers to each artifact, the largest first. Runs nothing.",
    )
    verb.add_argument(
        "--all", action="store_true", help=f"list every artifact, not only the {_SHOWN} largest"
    )
    add_json(verb)
    verb.set_defaults(run=_show, failure=2)
    actions = verb.add_subparsers(title="commands", metavar="COMMAND", dest="action")
    _add_gc(actions)
    _add_export(actions)
    _add_artifact(actions)


def _add_gc(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = actions.add_parser(
        "gc",
        help="remove artifacts that nothing refers to, and runs that are not kept",
        description="Remove the artifacts that no run and no document in the pipelines folder needs, and what killed "
        "runs left behind. All runs are kept, unless an option says otherwise; with both options, a run goes when both "
        "say so. Safe while pipelines run.",
    )
    verb.add_argument(
        "--keep-runs", metavar="N", type=_count, help="of each document, keep the N newest runs only"
    )
    verb.add_argument(
        "--older-than",
        metavar="AGE",
        type=_age,
        help="remove runs that began longer ago than this: hours, days or weeks, such as 12h, 30d or 8w",
    )
    verb.add_argument(
        "--dry-run", action="store_true", help="print what would be removed, and remove nothing"
    )
    add_json(verb)
    verb.set_defaults(run=_clean, failure=2)


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = actions.add_parser(
        "export",
        help="write a run with its artifacts and its document into a new folder",
        description="Write a run into a new folder: run.json, the document, and each artifact as a file. The folder is "
        "complete or does not exist. Exits with 1 if an artifact of the run is not in the store any more.",
    )
    verb.add_argument("id", metavar="RUN", help="the run's id, as 'zenml-pin runs' prints it")
    verb.add_argument("-o", "--output", metavar="DIR", required=True, help="the new folder")
    add_json(verb)
    verb.set_defaults(run=_export, failure=2)


def _add_artifact(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = actions.add_parser(
        "artifact",
        help="write one artifact to a file",
        description="Write the bytes of an artifact to a file, after their sha256 has been checked.",
    )
    verb.add_argument(
        "id", metavar="ID", help="its id, or the first digits of it, as 'zenml-pin store' prints it"
    )
    verb.add_argument("-o", "--output", metavar="FILE", required=True, help="the file")
    add_json(verb)
    verb.set_defaults(run=_artifact, failure=2)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"'{printable(text)}' is not a number of runs, such as 5")
    return int(text)


def _age(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"'{printable(text)}' is not an age: give hours, days or weeks, such as 12h, 30d or 8w"
        )
    return int(match[1]) * _SECONDS[match[2]]


def _show(arguments: argparse.Namespace) -> int:
    from zenml_pin.pipelines.documents.folders import document_folders
    from zenml_pin.pipelines.runs.store_contents import read_contents

    repository = open_repository()
    contents = read_contents(repository.store, *document_folders(repository.workspace))
    if arguments.format == "json":
        print_json(**contents.to_dict())
        return 0
    _print_facts(contents)
    shown = contents.artifacts if arguments.all else contents.artifacts[:_SHOWN]
    print_table(("artifact", "kind", "size", "referred to by"), map(_fields, shown))
    if len(shown) < len(contents.artifacts):
        print(f"and {len(contents.artifacts) - len(shown)} smaller artifacts: --all lists them")
    return 0


def _print_facts(contents: StoreContents) -> None:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in contents.outcomes.items())
    unused = contents.unused
    print(f"store        {printable(contents.folder)}")
    print(f"size         {show_size(contents.size)}")
    print(f"runs         {len(contents.runs)}{f' ({outcomes})' if outcomes else ''}")
    print(f"artifacts    {len(contents.artifacts)}, {show_size(sum(one.size for one in contents.artifacts))}")
    if unused:
        print(
            f"unused       {_counted(len(unused), 'artifact')}, {show_size(sum(one.size for one in unused))}: "
            "'zenml-pin store gc' removes what nothing refers to"
        )
    for name, references in contents.missing.items():
        print(f"missing      {printable(name)}: {_show_references(references)}")
    if contents.leftovers:
        print(f"leftovers    {_counted(len(contents.leftovers), 'file')} of killed processes")


def _fields(artifact: StoredArtifact) -> list[str]:
    references = _show_references(artifact.references)
    return [
        artifact.id,
        artifact.kind,
        show_size(artifact.size),
        references or ("a text" if artifact.is_mentioned else "nothing"),
    ]


def _show_references(references: tuple[Reference, ...]) -> str:
    texts = [f"{one.kind} {one.name} ({one.use})" for one in references[:2]]
    more = len(references) - len(texts)
    return ", ".join([*texts, *([f"and {more} more"] if more else [])])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _clean(arguments: argparse.Namespace) -> int:
    from zenml_pin.pipelines.documents.folders import document_folders
    from zenml_pin.pipelines.runs.store_cleaning import clean_store

    repository = open_repository()
    cleaning = clean_store(
        repository.store,
        *document_folders(repository.workspace),
        keep_runs=arguments.keep_runs,
        older_than=arguments.older_than,
        dry_run=arguments.dry_run,
    )
    if arguments.format == "json":
        print_json(**cleaning.to_dict())
    else:
        _print_cleaning(cleaning)
    return 0


def _print_cleaning(cleaning: Cleaning) -> None:
    for run in cleaning.runs:
        print(printable(f"run          {run.id}  {run.pipeline} ({run.number})  {run.outcome}"))
    for name in cleaning.artifacts:
        print(printable(f"artifact     {name}"))
    for path in cleaning.leftovers:
        print(printable(f"leftover     {path}"))
    counts = [
        _counted(len(cleaning.runs), "run"),
        _counted(len(cleaning.artifacts), "artifact"),
        _counted(len(cleaning.leftovers), "leftover"),
    ]
    verb = "would remove" if cleaning.is_dry else "removed"
    print(f"{verb:<12} {', '.join(counts)}: {show_size(cleaning.size)}")


def _export(arguments: argparse.Namespace) -> int:
    from zenml_pin.pipelines.runs.store_export import export_run

    repository = open_repository()
    run = repository.get_run(arguments.id)
    exported = export_run(run, of_run(run), arguments.output, repository.root)
    if arguments.format == "json":
        print_json(**exported.to_dict())
    else:
        print(f"run          {printable(exported.run)}")
        print(f"folder       {printable(exported.folder)}")
        for artifact, path in exported.files.items():
            print(printable(f"artifact     {artifact}  {path}"))
        for artifact in exported.missing:
            print(printable(f"missing      {artifact}"))
    return 1 if exported.missing else 0


def _artifact(arguments: argparse.Namespace) -> int:
    from zenml_pin.base.atomic import write_whole
    from zenml_pin.errors import UnsupportedError
    from zenml_pin.pipelines.runs.store_export import get_artifact_id

    artifacts = open_repository().store.artifacts
    name = get_artifact_id(artifacts, arguments.id)
    data = artifacts.get(name)
    try:
        write_whole(arguments.output, data)
    except OSError as error:
        raise UnsupportedError(
            f"'{arguments.output}' cannot be written: {error.strerror or error}"
        ) from error
    if arguments.format == "json":
        print_json(artifact=name, file=arguments.output, bytes=len(data))
    else:
        print(f"artifact     {printable(name)}")
        print(f"file         {printable(arguments.output)}, {show_size(len(data))}")
    return 0
