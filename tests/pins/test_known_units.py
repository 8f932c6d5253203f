"""A walk that is kept yields what a walk finds, and a further walk looks only at new commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repositories import Files, Repo, commit, pack
from zenml_pin.cache import Cache
from zenml_pin.errors import ObjectNotFoundError
from zenml_pin.git.objects.commit_node import CommitNode, find_node
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins import first_parents
from zenml_pin.pins.first_parents import Step, iter_units
from zenml_pin.pins.known_units import iter_known_units


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    descriptor = os.open(tmp_path_factory.mktemp("known"), os.O_RDONLY | os.O_DIRECTORY)
    yield Cache(descriptor)
    os.close(descriptor)


def _history(repo: Repo, count: int, start: int = 0, parent: str | None = None) -> list[str]:
    """Commit a class that comes, changes, goes and comes again; return the ids, newest first."""
    ids = [] if parent is None else [parent]
    for number in range(start, start + count):
        step: Files = {"step.py": f"x = {number // 3}\n"} if number % 8 > 1 else {}
        files: Files = {"pkg": {"other": "o", **step}, "README": str(number)}
        ids.append(commit(repo, files, parent=ids[-1] if ids else None, checkout=False))
    return ids[::-1]


def _walks(repo: Repo, start: str, disk: Cache) -> tuple[list[Step], list[Step], list[str]]:
    """Return the steps of a walk, those of a walk with the cache, and the commits that it read."""
    with GitRepository.open(repo.path) as repository:
        expected = list(iter_units(repository.objects, start, "pkg.step"))
    with GitRepository.open(repo.path) as repository, pytest.MonkeyPatch.context() as patch:
        read: list[str] = []

        def note(objects: Objects, name: str) -> CommitNode | None:
            read.append(name)
            return find_node(objects, name)

        patch.setattr(first_parents, "find_node", note)
        return expected, list(iter_known_units(repository.objects, start, "pkg.step", disk=disk)), read


def test_second_walk_reads_the_new_commits_alone(repo: Repo, disk: Cache) -> None:
    """It goes on where a walk before has begun, also after two walks; the steps are the same."""
    ids = _history(repo, 12)
    expected, steps, read = _walks(repo, ids[0], disk)
    assert (steps, read) == (expected, ids)

    expected, steps, read = _walks(repo, ids[0], disk)
    assert (steps, read) == (expected, [])

    for start in (12, 15):
        old, ids = ids, _history(repo, 3, start, ids[0])
        expected, steps, read = _walks(repo, ids[0], disk)
        assert steps == expected
        # The known commit is read to see that it is known.
        assert read == [*ids[:3], *old[:2]]
    expected, steps, read = _walks(repo, ids[0], disk)
    assert (steps, read) == (expected, [])


def test_rewritten_history_is_walked_from_where_it_differs(repo: Repo, disk: Cache) -> None:
    """What is kept belongs to the ids of commits, wherever branches are now."""
    ids = _history(repo, 12)
    _walks(repo, ids[5], disk)
    _walks(repo, ids[0], disk)

    other = _history(repo, 2, 40, ids[5])
    expected, steps, read = _walks(repo, other[0], disk)

    assert steps == expected
    assert read == [*other, ids[6]]
    assert [step.id for step in steps] == [*other[:2], *ids[5:]]


def test_end_of_a_shallow_clone_is_walked_again(repo: Repo, disk: Cache) -> None:
    """Whether it moves up or down; the walk ends where it ends without a cache."""
    ids = _history(repo, 12)
    contents = {commit_id: Path(repo.loose(commit_id)).read_bytes() for commit_id in ids}
    _walks(repo, ids[0], disk)

    for last in (4, 9, 11, 2, 11):
        for number, commit_id in enumerate(ids):
            path = Path(repo.loose(commit_id))
            path.unlink(missing_ok=True)
            if number <= last:
                path.write_bytes(contents[commit_id])
        expected, steps, _ = _walks(repo, ids[0], disk)
        assert steps == expected
        assert [step.id for step in steps] == ids[: last + 1]
        assert steps[-1].is_complete == (last == 11)


def test_commits_that_are_gone_with_their_pack_are_not_known(repo: Repo, disk: Cache) -> None:
    """Of those that a pack has, its index tells."""
    ids = _history(repo, 12)
    stem = pack(repo, ids[5:])
    _walks(repo, ids[0], disk)
    assert _walks(repo, ids[0], disk)[2] == []

    for suffix in (".pack", ".idx"):
        os.rename(stem + suffix, stem + suffix + ".away")
    expected, steps, _ = _walks(repo, ids[0], disk)

    assert steps == expected
    assert [step.id for step in steps] == ids[:5]


def test_nothing_is_kept_of_a_walk_that_a_missing_tree_ends(repo: Repo, disk: Cache) -> None:
    """When the tree is there again, the walk finds what it has."""
    ids = _history(repo, 12)
    with GitRepository.open(repo.path) as repository:
        trees = [repository.objects.get_commit(commit_id).tree for commit_id in ids]
    path = Path(repo.loose(trees[4]))
    content = path.read_bytes()
    path.unlink()
    with GitRepository.open(repo.path) as repository, pytest.raises(ObjectNotFoundError):
        list(iter_known_units(repository.objects, ids[0], "pkg.step", disk=disk))

    path.write_bytes(content)
    for _ in range(2):
        expected, steps, _ = _walks(repo, ids[0], disk)
        assert steps == expected
        assert steps[4].unit is not None


def test_what_malformed_settings_decided_is_not_kept(repo: Repo, disk: Cache) -> None:
    """Where they are, the commit has no unit, and all that is older is looked up again."""
    files: Files = {"pkg": {"step.py": "x = 1\n"}}
    malformed: Files = {**files, "setup.cfg": "[zenml_pin]\nmalformed\n"}
    ids = [commit(repo, each, checkout=False) for each in (files, malformed, files)][::-1]

    for reads in (ids, ids[1:]):
        expected, steps, read = _walks(repo, ids[0], disk)
        assert steps == expected
        assert [step.unit is None for step in steps] == [False, True, False]
        assert read == reads


def test_walk_that_the_caller_ends_is_kept_so_far(repo: Repo, disk: Cache) -> None:
    """As `versions` ends one where the class had another name before."""
    ids = _history(repo, 12)
    with GitRepository.open(repo.path) as repository:
        walk = iter_known_units(repository.objects, ids[0], "pkg.step", disk=disk)
        for _ in range(6):
            next(walk)
        walk.close()

    expected, steps, read = _walks(repo, ids[0], disk)

    assert steps == expected
    assert read == ids[5:]


def test_another_module_is_another_walk(repo: Repo, disk: Cache) -> None:
    """The key of an entry names it."""
    ids = _history(repo, 12)
    _walks(repo, ids[0], disk)
    with GitRepository.open(repo.path) as repository:
        steps = list(iter_known_units(repository.objects, ids[0], "pkg.missing", disk=disk))
    assert {step.unit for step in steps} == {None}
