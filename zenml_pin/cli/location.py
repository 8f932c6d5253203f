"""Where a command works: in a folder, or in the repository or bundle that `-C` names."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack, contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def add_fetch(parser: argparse.ArgumentParser) -> None:
    """Add `--fetch`, for commands that read commits."""
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="fetch missing objects of a shallow or partial clone from its remote into the user's cache folder",
    )


def add_source_root(parser: argparse.ArgumentParser) -> None:
    """Add `--source-root`, for commands that name modules of commits; it may be given before the command too."""
    parser.add_argument(
        "--source-root",
        action="append",
        metavar="FOLDER",
        default=argparse.SUPPRESS,
        help="name the modules of commits from this folder of the repository, not from those that the commit says",
    )


@contextmanager
def working_in(target: str | None, fetch: bool, roots: list[str] | None = None) -> Iterator[None]:
    """Work in a folder, a repository or a bundle for the time of a block; in the current folder by default.

    Raises:
        OSError: The name is that of a folder, and the process cannot enter the folder.
        NotARepositoryError, UnsupportedError: With `fetch`, there is no repository, or it has no remote.
        UnsupportedError: A source root is not a folder of a repository.
    """
    with ExitStack() as stack:
        if roots:
            from zenml_pin.pins.choosing_roots import use_source_roots

            stack.enter_context(use_source_roots(roots))
        if target is not None and _enter_folder(target):
            target = None
        if target is not None:
            from zenml_pin.pins.lookup import use_repository

            stack.enter_context(use_repository(target))
        if fetch:
            from zenml_pin.resolver import attach

            stack.enter_context(attach(target or os.curdir, fetch=True))
        yield


def _enter_folder(target: str) -> bool:
    """Enter a folder; tell whether the target is one."""
    from zenml_pin.git.any_repository import is_folderless
    from zenml_pin.git.remote.url import is_url

    if is_folderless(target) or (is_url(target) and not os.path.exists(target)):
        return False
    os.chdir(target)
    return True
