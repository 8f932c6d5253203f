"""ls: list files as they were committed."""

from __future__ import annotations

from zenml_pin.base.text import printable
from zenml_pin.cli.arguments import AT_COMMIT, find_installed, get_at_commit
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import of_entries, print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    ls = verbs.add_parser(
        "ls",
        help="list the files of the folder of a class or function, or of any, as of a commit",
        description="List mode, type, id and path of every file, recursively, as 'git ls-tree -r' does. "
        "Runs nothing.",
    )
    ls.add_argument("what", metavar="SOURCE|REV[:PATH]", nargs="?", default="HEAD", help=AT_COMMIT)
    add_json(ls)
    add_fetch(ls)
    ls.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List files as they were committed."""
    from zenml_pin.git.objects.commit_files import describe_entry
    from zenml_pin.pins.unit import unit_of

    installed = find_installed(arguments.what)
    if installed is not None:
        print(f"installed\t{printable(installed)}")
        return 0
    tree, path, roots = get_at_commit(arguments.what, arguments.quiet)
    entries = (
        (entry, "commit" if describe_entry(entry) == "submodule" else "blob")
        for entry in tree.iter_entries(unit_of(path, roots) if roots else path)
    )
    if arguments.format == "json":
        print_json(**of_entries(tree, entries))
        return 0
    for entry, kind in entries:
        print(f"{entry.mode:06o} {kind} {entry.id}\t{printable(entry.path)}")
    return 0
