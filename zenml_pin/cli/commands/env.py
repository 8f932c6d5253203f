"""env: list and remove the environments that were made for commits."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from zenml_pin.base.text import printable
from zenml_pin.cli.output import add_json
from zenml_pin.cli.plain_data import print_json
from zenml_pin.cli.table import print_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.backends.environments.stored import StoredEnvironment

_SHORT = 12


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "env",
        help="list or remove the environments that --env made",
        description="List the environments that 'run --env' made with the libraries of commits: id, Python, lock, "
        "commit, number of packages, size, and when each was used last. They are in the user's cache, or where "
        "ZENML_PIN_ENVIRONMENTS says. With 'remove', remove them; those in use stay, and the command exits with 1.",
    )
    verb.add_argument(
        "action", choices=("list", "remove"), nargs="?", default="list", help="what to do (default: list)"
    )
    verb.add_argument(
        "ids", metavar="ID", nargs="*", help="which to remove: the beginning of an id is enough"
    )
    verb.add_argument("--all", action="store_true", help="remove all")
    add_json(verb)
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List or remove environments."""
    from zenml_pin.backends.environments.stored import list_environments
    from zenml_pin.errors import UnsupportedError

    if arguments.action == "remove":
        if bool(arguments.ids) == arguments.all:
            raise UnsupportedError(
                "'env remove' needs ids, or --all and no ids", "'zenml-pin env' lists the ids"
            )
        return _remove(arguments)
    if arguments.ids or arguments.all:
        raise UnsupportedError("'env list' takes no ids", "to remove environments: zenml-pin env remove ID")
    environments = list_environments()
    if arguments.format == "json":
        print_json(environments=[item.to_dict() for item in environments])
    else:
        head = ("id", "python", "lock", "commit", "packages", "MB", "used")
        print_table(head, map(_fields, environments))
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from zenml_pin.backends.environments.stored import list_environments, remove_environment
    from zenml_pin.errors import BackendError

    ids = [item.key for item in list_environments()] if arguments.all else arguments.ids
    removed, code = [], 0
    for key in ids:
        try:
            removed.append(remove_environment(key))
        except BackendError as error:
            print(f"error: {error}", file=sys.stderr)
            code = 1
    if arguments.format == "json":
        print_json(removed=[item.key for item in removed])
    else:
        for item in removed:
            print(printable(f"removed {item.key} ({item.lock})"))
    return code


def _fields(item: StoredEnvironment) -> list[str]:
    used = datetime.fromtimestamp(item.used, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
    lock = item.lock if item.is_locked else f"{item.lock} (not locked)"
    size = f"{item.size / 1e6:.1f}"
    return [item.key[:_SHORT], item.python, lock, item.commit[:8], str(len(item.packages)), size, used]
