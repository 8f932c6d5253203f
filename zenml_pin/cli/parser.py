"""The arguments of every command."""

from __future__ import annotations

import argparse

from zenml_pin import __version__
from zenml_pin.cli import commands, documents
from zenml_pin.cli.pipelines import add_commands

_SOURCE = "trainers.step.MyTrainer@COMMIT, where COMMIT may be any revision here: an id, v1.2, HEAD~3"
_EPILOG = """exit codes: 0 nothing to report; 1 findings (unpinned, not clean, a refused or failed load);
2 usage or unreadable input; 130 interrupted"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; `arguments.run(arguments)` runs the command that was chosen.

    `arguments.failure` is its exit code for an error: 1 where that is a finding, 2 where it could not answer.
    """
    parser = argparse.ArgumentParser(
        prog="zenml-pin",
        description="Pin a pipeline's classes to commits, and load them from there: in memory, without git.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"zenml-pin {__version__}")
    parser.add_argument("-C", metavar="DIR", dest="directory", help="run as if started in DIR")
    parser.add_argument("-q", "--quiet", action="store_true", help="no warnings and hints")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the traceback of an error")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_init(verbs)
    _add_pin(verbs)
    _add_load(verbs)
    _add_reading(verbs)
    _add_status(verbs)
    add_commands(verbs)
    demo = verbs.add_parser("demo", help="show it all on a repository made for this, in a temporary folder")
    demo.set_defaults(run=commands.demo, failure=1)
    return parser


def _add_pin(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    pin = verbs.add_parser(
        "pin",
        help="print the pinned source of a class, or pin the classes of a document",
        description="Print the source of each class, pinned to HEAD when all files of its folder, and all that "
        "these import from the repository, are committed. In a pipeline document rewrite the source of each class "
        "so, and nothing else: comments, order, quotes and line ends stay. Exit with 1 when one stays unpinned.",
    )
    pin.add_argument(
        "classes",
        metavar="CLASS|FILE",
        nargs="+",
        help="a dotted name, trainers.step.MyTrainer, or a .yaml or .yml file",
    )
    pin.add_argument(
        "--dry-run", action="store_true", help="print what would change in documents; write nothing"
    )
    pin.add_argument(
        "--rev", metavar="REV", help="pin to this revision; asked is only that the class is there"
    )
    pin.add_argument(
        "--require-pins", action="store_true", help="stop with an error at the first that cannot be pinned"
    )
    pin.set_defaults(run=commands.pin, failure=1)


def _add_init(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = verbs.add_parser(
        "init",
        help="make a folder of a git repository a workspace",
        description="Write .zenml/.zenml_config, two lines of .gitignore, the pipelines folder and, below the git "
        "root, the source root into its setup.cfg. Done again, it adds only what is missing.",
    )
    init.add_argument("folder", metavar="DIR", nargs="?", default=".", help="the folder (default: .)")
    init.add_argument(
        "--scaffold", action="store_true", help="also lay the recommended structure, with working examples"
    )
    init.set_defaults(run=documents.init, failure=2)


def _add_load(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    load = verbs.add_parser(
        "load",
        help="load a class and print where it came from",
        description="Load a class from its commit, which runs its module, and print commit, author, date, "
        "folder, tree id and the blob ids of every file that was imported for it.",
    )
    load.add_argument("source", metavar="SOURCE", help=_SOURCE)
    load.add_argument(
        "--allow-dirty", action="store_true", help="load although its folder has uncommitted changes now"
    )
    load.add_argument("--strict", action="store_true", help="refuse unpinned sources and other releases")
    load.add_argument(
        "--materialize",
        metavar="DIR",
        help="also write the commit's files to a folder in DIR, and give modules its paths",
    )
    load.set_defaults(run=commands.load, failure=1)


def _add_reading(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "a source, or REV:PATH as git writes it; a source without a pin means HEAD"
    cat = verbs.add_parser(
        "cat",
        help="print a class's module, or any file, as of a commit",
        description="Print the bytes of a file as they were committed. Runs nothing.",
    )
    cat.add_argument("what", metavar="SOURCE|REV:PATH", help=what)
    cat.set_defaults(run=commands.cat, failure=2)
    ls = verbs.add_parser(
        "ls",
        help="list the files of a class's folder, or of any, as of a commit",
        description="List mode, type, id and path of every file, recursively, as 'git ls-tree -r' does. "
        "Runs nothing.",
    )
    ls.add_argument("what", metavar="SOURCE|REV[:PATH]", nargs="?", default="HEAD", help=what)
    ls.set_defaults(run=commands.ls, failure=2)


def _add_status(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = verbs.add_parser(
        "status",
        help="list what is uncommitted in a class's folder, or in any",
        description="List what keeps a class from being pinned: uncommitted files of its folder. Writes and "
        "runs nothing. Exit with 1 when there are any.",
    )
    status.add_argument(
        "what", metavar="FOLDER|CLASS", nargs="*", help="folders, or dotted names of classes (default: .)"
    )
    status.set_defaults(run=commands.status, failure=2)
