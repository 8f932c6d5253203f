"""init: make a folder of a git repository a workspace."""

from __future__ import annotations

from zenml_pin.base.text import printable
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import print_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    init = verbs.add_parser(
        "init",
        help="make a folder of a git repository a workspace",
        description="Write .zenml/.zenml_config, two lines of .gitignore, the pipelines folder and, below the git "
        "root, the source root into its setup.cfg. A second time, it only adds what is missing.",
    )
    init.add_argument("folder", metavar="DIR", nargs="?", default=".", help="the folder (default: .)")
    init.add_argument(
        "--scaffold", action="store_true", help="also lay the recommended structure, with working examples"
    )
    add_json(init)
    init.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Make a workspace and print where it keeps its files."""
    from zenml_pin.workspace.config import init_workspace

    workspace = init_workspace(arguments.folder, scaffold=arguments.scaffold)
    if arguments.format == "json":
        print_json(workspace=workspace.root, pipelines=workspace.pipelines_dir, store=workspace.store_dir)
        return 0
    print(f"workspace {printable(workspace.root)}")
    print(f"pipelines {printable(workspace.pipelines_dir)}")
    print(f"store     {printable(workspace.store_dir)}")
    return 0
