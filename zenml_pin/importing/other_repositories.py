"""Other repositories: where a commit may be that neither the caller's repository nor an attached one has.

    the bundles of a repository     in the pipelines folders of its working tree
    watched folders                 their bundles
    ZENML_PIN_PATH                  its entries, each with its bundles
    the current folder              the repository at or above it, with its bundles

Where nothing has the commit, `hint_on` says what helps. A load from the caller's repository does not import this file.
"""

from __future__ import annotations

import sys

from zenml_pin.base.environment import pin_path
from zenml_pin.git.any_repository import OPENED, here
from zenml_pin.load_errors import BundleError, PinError, RemoteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.any_repository import AnyRepository

    # The locations that were searched, each with its error if it could not be opened.
    Searched = dict[str, PinError | None]


def iter_bundles(repository: AnyRepository, searched: Searched) -> Iterator[AnyRepository]:
    """Yield the bundles of a repository with a working tree; `searched` gets those that cannot be opened."""
    if repository.worktree is not None:
        from zenml_pin.workspace.folders import bundles_of

        yield from _open_all(bundles_of(repository.worktree, here()), searched)


def iter_others(watched: Iterable[str], searched: Searched) -> Iterator[AnyRepository]:
    """Yield the repositories that this process finds by itself; `searched` gets those that cannot be opened.

    Args:
        watched: Folders whose bundles come first.
        searched: Errors by location.
    """
    for folder in watched:
        from zenml_pin.workspace.folders import list_bundles

        yield from _open_all(list_bundles(folder), searched)
    for repository in _open_all((*pin_path(), here()), searched):
        yield repository
        yield from iter_bundles(repository, searched)


def _open_all(paths: Iterable[str], searched: Searched) -> Iterator[AnyRepository]:
    for path in paths:
        try:
            repository = OPENED.open(path)
        except PinError as error:
            searched.setdefault(path, error)
        else:
            yield repository


def hint_on(searched: Searched, without: list[AnyRepository], first: AnyRepository | None) -> str:
    """Return the hint for a commit that was not found: errors of bundles and servers, else a repository's remedy.

    Args:
        searched: Errors by location.
        without: The repositories that do not have the commit.
        first: The repository that the caller named.
    """
    faults = [error.message for error in searched.values() if isinstance(error, (BundleError, RemoteError))]
    if faults:
        return "; ".join(faults)
    if first is None and _is_pool_worker():
        return (
            "a new process does not know the repository of an object that it gets: pass ship(obj) instead, or call "
            "zenml_pin.attach(repo) at module level of the script"
        )
    from zenml_pin.git.bundle import BundleRepository

    # The remedy of a bundle helps only a caller who named that bundle.
    advisers = (
        repository
        for repository in without
        if repository is first or (first is None and not isinstance(repository, BundleRepository))
    )
    remedy = next(filter(None, (repository.objects.source.remedy for repository in advisers)), "")
    return f"{remedy}, or list a repository or a bundle that holds it in ZENML_PIN_PATH" if remedy else ""


def _is_pool_worker() -> bool:
    """Tell whether multiprocessing started this process."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
