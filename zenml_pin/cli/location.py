"""Where a command works: in a folder, or in the repository or bundle that `-C` names."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from contextlib import ExitStack
    from types import TracebackType


def add_fetch(parser: argparse.ArgumentParser) -> None:
    """Add `--fetch`, for commands that read commits."""
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="fetch missing objects of a shallow or partial clone from its remote into the user's cache folder",
    )


def add_source_root(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--source-root`, for commands that name modules of commits; it may be given before the command too.

    Args:
        parser: The parser of a command, or that of all.
        default: argparse.SUPPRESS; this file does not import argparse.
    """
    parser.add_argument(
        "--source-root",
        action="append",
        metavar="FOLDER",
        default=default,
        help="name the modules of commits from this folder of the repository, not from those that the commit says",
    )


class working_in:
    """Work in a folder, a repository or a bundle for the time of a block; in the current folder by default.

    Raises:
        OSError: The name is that of a folder, and the process cannot enter the folder.
        NotARepositoryError, UnsupportedError: With `fetch`, nothing there is a repository, or it has no remote.
        UnsupportedError: A source root is not a folder of a repository.
    """

    def __init__(self, target: str | None, fetch: bool, roots: list[str] | None = None) -> None:
        self._target = target
        self._fetch = fetch
        self._roots = roots
        self._stack: ExitStack | None = None

    def __enter__(self) -> None:
        # The usual command needs nothing of it, and no contextlib.
        if self._roots or self._target is not None or self._fetch:
            from contextlib import ExitStack

            with ExitStack() as stack:
                self._enter(stack)
                self._stack = stack.pop_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stack is not None:
            self._stack.__exit__(kind, error, trace)

    def _enter(self, stack: ExitStack) -> None:
        target = self._target
        if self._roots:
            from zenml_pin.pins.choosing_roots import use_source_roots

            stack.enter_context(use_source_roots(self._roots))
        if target is not None and _enter_folder(target):
            target = None
        if target is not None:
            from zenml_pin.pins.lookup import use_repository

            stack.enter_context(use_repository(target))
        if self._fetch:
            from zenml_pin.pins.attachment import attach

            stack.enter_context(attach(target or os.curdir, fetch=True))


def _enter_folder(target: str) -> bool:
    """Enter a folder; tell whether the target is one."""
    from zenml_pin.git.any_repository import is_folderless
    from zenml_pin.git.remote.url import is_url

    if is_folderless(target) or (is_url(target) and not os.path.exists(target)):
        return False
    os.chdir(target)
    return True
