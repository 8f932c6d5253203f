"""Where a command works: in a folder, or in the repository or bundle that `-C` names."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def add_fetch(parser: argparse.ArgumentParser) -> None:
    """Add `--fetch`, for commands that read commits."""
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="fetch missing objects of a shallow or partial clone from its remote into the user's cache folder",
    )


@contextmanager
def working_in(target: str | None, fetch: bool) -> Iterator[None]:
    """Work in a folder, a repository or a bundle for the time of a block; in the current folder by default.

    Raises:
        OSError: The name is that of a folder, and the process cannot enter the folder.
        NotARepositoryError, UnsupportedError: With `fetch`, there is no repository, or it has no remote.
    """
    with ExitStack() as stack:
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
