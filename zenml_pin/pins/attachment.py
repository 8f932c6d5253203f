"""Attachments: repositories in which the pinned namespace finds commits, for a while or for the life of the process."""

from __future__ import annotations

from zenml_pin.at import registry
from zenml_pin.pins.lookup import get_origin, get_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from zenml_pin.pins.lookup import Repo


class attach:
    """Let the pinned namespace find commits in a repository, from now on or during a `with` block.

    Args:
        repository: A path at or below a repository's root, a URL, a bundle file, or a Bundle.
        fetch: Fetch the objects that the repository lacks, as a shallow or partial clone does, from the remote that it
            was cloned from. They go into the user's cache folder, never into the repository.
        source_roots: Folders from which `load`, `import_module` and `checkout` name the modules of the commits that
            this repository serves, instead of those that each commit's own files say. In names they stay known.

    Raises:
        NotARepositoryError: It is none of these.
        BundleError: The bundle is damaged.
        UnsupportedError: With `fetch`: the repository has no remote. Or a source root is not a folder.
    """

    def __init__(
        self, repository: Repo, *, fetch: bool = False, source_roots: Iterable[str] | None = None
    ) -> None:
        self._roots = None
        if source_roots is not None:
            from zenml_pin.importing.given_roots import know, parse_roots

            self._roots = parse_roots(source_roots)
            know(self._roots)
        opened = get_repository(repository)
        # The registry searches the newest attachment first.
        self._repositories = [*([get_origin(opened)] if fetch else []), opened]
        self._attached = False
        self.__enter__()

    def __enter__(self) -> attach:
        if not self._attached:
            for repository in self._repositories:
                registry.attach(repository, self._roots)
            self._attached = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._attached:
            for repository in self._repositories:
                registry.detach(repository)
            self._attached = False
