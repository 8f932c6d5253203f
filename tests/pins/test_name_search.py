"""Names in several commits: what one commit showed counts in another only where the deciding folders are the same."""

from __future__ import annotations

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.locate import follow
from zenml_pin.pins import name_search
from zenml_pin.pins.name_search import NameSearch
from zenml_pin.pins.tree_shape import FolderShapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pins.name_search import NameMemo


def test_name_is_looked_up_again_only_where_it_may_lead_elsewhere(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed text or a module of another name needs no look-up; one that becomes a package, or goes, does."""
    ids = [
        commit(repo, {"pkg": {"a.py": "1\n"}}),
        commit(repo, {"pkg": {"a.py": "2\n"}}),
        commit(repo, {"pkg": {"a.py": "2\n", "b.py": ""}}),
        commit(repo, {"pkg": {"a": {"__init__.py": ""}}}),
        commit(repo, {"pkg.py": ""}),
    ]
    memo: NameMemo = Bounded(8)
    calls: list[str] = []

    def count(tree: CommitTree, folders: tuple[str, ...], dotted: str) -> object:
        calls.append(dotted)
        return follow(tree, folders, dotted)

    monkeypatch.setattr(name_search, "follow", count)
    with GitRepository.open(repo.path) as repository:
        trees = [CommitTree(repository.objects, commit_id) for commit_id in ids]

        found = [NameSearch(tree, "", FolderShapes(tree), memo).find(("",), "pkg.a")[0] for tree in trees]

        assert found == [follow(tree, ("",), "pkg.a") for tree in trees]
    assert len(calls) == len(ids) - 2
