"""Choosing source roots: the caller's, or the commit's own.

    1. source_roots= in the call, --source-root on the command line
    2. the roots id in the name, which a document, a pickle or an earlier call gave
    3. attach(..., source_roots=), for the commits of that repository
    4. ZENML_PIN_SOURCE_ROOTS, for commits whose files state no source roots
    5. what the commit's files say

1 to 4 give the name a roots id; 5 is the plain name. A setting of today's working tree never counts.
"""

from __future__ import annotations

from zenml_pin.base.environment import given_source_roots
from zenml_pin.importing.source_roots import source_roots, stated_roots
from zenml_pin.load_errors import UnsupportedError
from zenml_pin.source import Source, join_pin, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree

# What `--source-root` gives; the innermost block comes last.
_of_the_command: list[tuple[str, ...]] = []


class use_source_roots:
    """Name modules from given source roots during a block, as with `source_roots=` in each call.

    Raises:
        UnsupportedError: One of them is not a folder of a repository.
    """

    def __init__(self, roots: Iterable[str]) -> None:
        from zenml_pin.importing.given_roots import parse_roots

        self._roots = parse_roots(roots)

    def __enter__(self) -> None:
        _of_the_command.append(self._roots)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _of_the_command.pop()


def with_roots(
    source: Source,
    repository: AnyRepository | None = None,
    given: Iterable[str] | None = None,
) -> Source:
    """Return a source that is pinned to a commit with the roots id that it has by the rules above.

    Args:
        source: The source; one that is not pinned to a commit is returned as it is.
        repository: The repository to search first.
        given: The source roots of this call.

    Raises:
        UnsupportedError: A given root is not a folder of a repository, or the name has the id of other roots.
    """
    if source.commit_id is None:
        return source
    pin = choose_pin(source.pin, repository, given)
    return source if pin == source.pin else source.at(*split_pin(pin) or ("", None))


def choose_pin(
    pin: str,
    repository: AnyRepository | None = None,
    given: Iterable[str] | None = None,
) -> str:
    """Return a pin with the roots id that it has by the rules above. The arguments are those of `with_roots`."""
    if given is None and _of_the_command:
        given = _of_the_command[-1]
    # Only here: `status` of a class asks for roots, and loads nothing.
    from zenml_pin.at import registry

    if given is None and not (registry.has_roots or given_source_roots()):
        return pin
    from zenml_pin.importing.given_roots import know, parse_roots

    commit_id, roots_id = split_pin(pin) or (pin, None)
    if given is not None:
        roots = parse_roots(given)
        chosen = know(roots)
        if roots_id not in (None, chosen):
            raise UnsupportedError(
                f"the name has other source roots, '_r{roots_id}', than {list(roots)}, which are given",
                "leave them out, or leave the roots id out of the name",
            )
        return join_pin(commit_id, chosen)
    if roots_id is not None:
        return pin
    serving, tree = registry.find_commit(commit_id, repository)
    assumed = registry.roots_of(serving) or _of_the_environment(tree)
    return pin if assumed is None else join_pin(commit_id, know(assumed))


def roots_of(source: Source, tree: Tree) -> tuple[str, ...]:
    """Return the source roots from which a source is named at a commit, without a namespace for it.

    Raises:
        UnknownRootsError: The source has a roots id, and its roots are not known here.
        UnsupportedError: The commit states its source roots in a malformed file.
    """
    if source.roots_id is not None:
        from zenml_pin.importing.given_roots import get_roots

        return get_roots(source.roots_id, tree)
    return given_roots(tree) or source_roots(tree)


def given_roots(tree: Tree) -> tuple[str, ...] | None:
    """Return the source roots that the command line or the environment gives to a commit; None for none."""
    return _of_the_command[-1] if _of_the_command else _of_the_environment(tree)


def are_given() -> bool:
    """Tell whether the command line or the environment gives source roots to any commit."""
    return bool(_of_the_command or given_source_roots())


def all_given() -> str:
    """Return what the command line and the environment give to every commit, as a part of a key."""
    return f"{_of_the_command[-1:]!a} {given_source_roots()!a}"


def _of_the_environment(tree: Tree) -> tuple[str, ...] | None:
    listed = given_source_roots()
    if not listed or stated_roots(tree):
        return None
    from zenml_pin.importing.given_roots import parse_roots

    return parse_roots(listed)
