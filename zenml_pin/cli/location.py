"""Where a command stands: in a folder, or, where `-C` names a repository's URL or a bundle, in that."""

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
        help="fetch what a shallow or partial clone lacks from the remote it came from, into the user's cache folder",
    )


@contextmanager
def standing(place: str | None, fetch: bool) -> Iterator[None]:
    """Stand in a place for the time of a block, the current folder by default.

    Raises:
        OSError: It is a folder's name, and the folder cannot be entered.
        NotARepositoryError, UnsupportedError: It is to be fetched for, and names no remote.
    """
    with ExitStack() as stack:
        if place is not None and _enter_folder(place):
            place = None
        if place is not None:
            from zenml_pin.pins.lookup import standing_in

            stack.enter_context(standing_in(place))
        if fetch:
            from zenml_pin.resolver import attach

            stack.enter_context(attach(place or os.curdir, fetch=True))
        yield


def _enter_folder(place: str) -> bool:
    """Go to a folder; tell whether the place is one."""
    from zenml_pin.git.any_repository import is_folderless
    from zenml_pin.git.remote.url import is_url

    if is_folderless(place) or (is_url(place) and not os.path.exists(place)):
        return False
    os.chdir(place)
    return True
