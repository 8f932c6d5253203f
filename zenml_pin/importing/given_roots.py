"""Source roots that a caller gives, for commits of the past whose files state none.

    load("orm.Session@<commit id>", source_roots=["lib"])      names modules from lib/
    zenml_pin.at.g<commit id>_r<8 digits>.orm                  and this is the module's name

The 8 digits are the *roots id*: the start of the SHA-256 of the roots. It is a part of every name, so modules of one
commit that are named from other roots are other modules, and another process cannot find another file under a name.

A process knows which roots an id stands for when a call, ZENML_PIN_SOURCE_ROOTS, a document, a bundle or a shipped
object gave them. An id that is not known yet is compared with the folders of the commit: each of them alone, and each
beside the repository root or the commit's own roots; then each pair of those that are not packages. Only the id
decides, so a folder of another name cannot match.

>>> know(["./lib/"])
'76b5a357'
>>> find_known("76b5a357")
('lib',)
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.environment import given_source_roots
from zenml_pin.errors import PinError, UnknownRootsError, UnsupportedError
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.source import ROOTS_ID_LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.bundle import BundleRepository
    from zenml_pin.git.objects.commit_files import Tree

# In bundles, a ref of this name and the roots id leads to the roots.
ROOTS_REF = "refs/zenml-pin/source-roots/"
_MOST_ROOTS = 1000
_MOST_FOLDERS = 100_000
# Their pairs take a tenth of a second.
_MOST_PAIRED = 300
_known: dict[str, tuple[str, ...]] = {}


def parse_roots(given: Iterable[str]) -> tuple[str, ...]:
    """Return source roots as paths from the repository root, each once, in the order of the search.

    Raises:
        UnsupportedError: There are none or too many, or one is not a folder of a repository.
    """
    if isinstance(given, (str, bytes)):
        raise UnsupportedError(f"the source roots {given!r} are not a list", "write a list: ['src', 'tools']")
    roots = tuple(dict.fromkeys(_clean(root) for root in given))
    if not 0 < len(roots) <= _MOST_ROOTS:
        raise UnsupportedError(f"{len(roots)} source roots are given, and 1 to {_MOST_ROOTS} are possible")
    return roots


def _clean(root: object) -> str:
    path = posixpath.normpath(root or ".") if isinstance(root, str) else root
    if not isinstance(path, str) or path.startswith(("/", "../")) or path == ".." or "\0" in path:
        raise UnsupportedError(
            f"the source root {root!r} is not a folder of the repository",
            "name it from the repository root, as in 'src'",
        )
    return "" if path == "." else path


def roots_id_of(roots: tuple[str, ...]) -> str:
    """Return the id of source roots, as `parse_roots` returns them: 8 hexadecimal digits."""
    # Few loads are given roots, and hashlib takes as long to import as a small load.
    import hashlib

    return hashlib.sha256(to_bytes(roots), usedforsecurity=False).hexdigest()[:ROOTS_ID_LENGTH]


def to_bytes(roots: tuple[str, ...]) -> bytes:
    """Return source roots as one text, which is hashed, and which bundles carry."""
    return "\0".join(roots).encode("utf-8", "surrogateescape")


def know(given: Iterable[str]) -> str:
    """Return the id of source roots; from now on this process knows which roots the id stands for.

    Raises:
        UnsupportedError: There are none, one is not a folder of a repository, or another list has the same id.
    """
    roots = parse_roots(given)
    roots_id = roots_id_of(roots)
    if _known.setdefault(roots_id, roots) != roots:
        raise UnsupportedError(
            f"the source roots {list(roots)} and {list(_known[roots_id])} have the same id '{roots_id}'",
            "list them in another order",
        )
    return roots_id


def find_known(roots_id: str) -> tuple[str, ...] | None:
    """Return the source roots of an id that this process, or its environment, was given."""
    if roots_id not in _known and (listed := given_source_roots()):
        know(listed)
    return _known.get(roots_id)


def known_roots() -> list[tuple[str, ...]]:
    """Return all source roots that this process was given, for another process."""
    return list(_known.values())


def get_roots(roots_id: str, tree: Tree, repositories: Iterable[AnyRepository] = ()) -> tuple[str, ...]:
    """Return the source roots of an id.

    Args:
        roots_id: The id.
        tree: The files of a commit that is named with it.
        repositories: Where a bundle with the roots may be.

    Raises:
        UnknownRootsError: They are not known here, and no folder or pair of folders of the commit has this id.
    """
    known = find_known(roots_id) or _in_bundles(roots_id, repositories)
    if known is not None:
        return known
    matches = _matching(roots_id, _candidates(tree)) or _matching(roots_id, _pairs(tree))
    if len(matches) != 1:
        raise UnknownRootsError(roots_id)
    know(*matches)
    return matches.pop()


def _in_bundles(roots_id: str, repositories: Iterable[AnyRepository]) -> tuple[str, ...] | None:
    """Return the source roots of an id from the first bundle that carries them."""
    from zenml_pin.git.bundle import BundleRepository

    for repository in repositories:
        for roots in roots_in_bundle(repository) if isinstance(repository, BundleRepository) else ():
            if roots_id_of(roots) == roots_id:
                know(roots)
                return roots
    return None


def roots_in_bundle(repository: BundleRepository) -> list[tuple[str, ...]]:
    """Return the lists of source roots that a bundle carries, without those that do not have the id of their ref."""
    all_roots = []
    for ref, name in sorted(repository.header.refs.items()):
        if not ref.startswith(ROOTS_REF):
            continue
        try:
            roots = parse_roots(repository.objects.blob(name).decode("utf-8", "surrogateescape").split("\0"))
        except PinError:
            continue
        if ref == ROOTS_REF + roots_id_of(roots):
            all_roots.append(roots)
    return all_roots


def _candidates(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Yield the lists of source roots that name one folder of a commit, and perhaps its root or own roots."""
    try:
        own = source_roots(tree)
    except PinError:
        own = ()
    for folder in ("", *folders_of(tree)):
        for others in dict.fromkeys(((), ("",), own)):
            yield tuple(dict.fromkeys((*others, folder)))
            yield tuple(dict.fromkeys((folder, *others)))


def _matching(roots_id: str, candidates: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {roots for roots in candidates if roots_id_of(roots) == roots_id}


def _pairs(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Yield the pairs of folders of a commit that are not packages, those near the root."""
    folders: list[str] = []
    for folder in folders_of(tree):
        if len(folders) < _MOST_PAIRED and "__init__.py" not in tree.names(folder):
            folders.append(folder)
    for first in folders:
        yield from ((first, second) for second in folders if first != second)


def folders_of(tree: Tree) -> Iterator[str]:
    """Yield the folders of a commit, without those whose objects are missing, as in a bundle."""
    left = [""]
    for _ in range(_MOST_FOLDERS):
        if not left:
            return
        folder = left.pop()
        try:
            below = [entry.path for entry in tree.children(folder).values() if entry.is_folder]
        except PinError:
            continue
        yield from below
        left += below


def require_folder(tree: Tree, roots: tuple[str, ...]) -> None:
    """Check that a commit has at least one of its source roots.

    Raises:
        UnsupportedError: It has none.
    """
    if not any((entry := tree.find(root)) is not None and entry.is_folder for root in roots):
        listed = ", ".join(repr(root or ".") for root in roots)
        raise UnsupportedError(
            f"the commit has no folder {listed}, which is given as its source root",
            "name source roots from the repository root, as 'zenml-pin ls REV:' lists it",
        )
