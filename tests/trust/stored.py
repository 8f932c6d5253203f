"""One history of two commits, kept in each form that a repository has for objects."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import zenml_pin
from tests.git.crafted import ID_DELTA, Record, delta, insert, write_pack
from tests.repos import Files, Repo, commit, init, loose_ids, pack
from tests.trust.corruptions import object_files
from tests.trust.tally import Outcome, attempt
from zenml_pin.errors import ObjectNotFoundError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree

FIRST: Files = {
    "trainers": {
        "__init__.py": "",
        "step.py": "from trainers.helper import VALUE\n\nclass A:\n    epochs = VALUE\n" + "# a line\n" * 30,
        "helper.py": "VALUE = 1\n",
    },
    "data.txt": "one\n" * 40,
}
SECOND: Files = {"trainers": {"helper.py": "VALUE = 2\n"}, "data.txt": "one\n" * 40 + "two\n"}

Objects = dict[str, tuple[str, bytes]]


class Stored:
    """A repository whose objects are kept in one form.

    Attributes:
        repo: Where it is read.
        objects: The folder that holds the objects: its own, or an alternate's.
    """

    def __init__(self, folder: Path, form: str) -> None:
        object_format, keep = FORMS[form]
        self.repo = init(folder / "repo", object_format=object_format)
        self.first = commit(self.repo, FIRST)
        self.second = commit(self.repo, SECOND, base=self.first)
        self._contents = self._read_all(loose_ids(self.repo))
        self._files = {at: self._read_files(at) for at in (self.first, self.second)}
        self.objects = keep(self.repo, folder, self._contents)
        for path in object_files(self.objects):
            path.chmod(0o644)

    def outcomes(self) -> list[tuple[Outcome, str]]:
        """Judge each object by its id, the files of both commits by their paths, and the loaded class."""
        with GitRepository.open(self.repo.path) as repository:
            by_id = [
                attempt(lambda name=name: _get(repository, name), content)  # type: ignore[misc]
                for name, content in self._contents.items()
            ]
        by_path = [attempt(lambda at=at: self._read_files(at), files) for at, files in self._files.items()]  # type: ignore[misc]
        return [*by_id, *by_path, attempt(self._load, 1)]

    def _load(self) -> int:
        zenml_pin.unload(self.first)
        source = f"trainers.step.A@{self.first}"
        epochs: int = zenml_pin.load(source, repo=self.repo.path, allow_dirty=True).epochs  # type: ignore[attr-defined]
        return epochs

    def _read_all(self, ids: list[str]) -> Objects:
        with GitRepository.open(self.repo.path) as repository:
            return {name: _get(repository, name) for name in ids}

    def _read_files(self, commit_id: str) -> dict[str, bytes]:
        with GitRepository.open(self.repo.path) as repository:
            tree = CommitTree(repository.objects, commit_id)
            return {entry.path: tree.read(entry.path) for entry in tree.iter_entries()}


def _get(repository: GitRepository, name: str) -> tuple[str, bytes]:
    """Return an object; one that an index has lost is missing, which is an error of ours too."""
    found = repository.objects.find_any(name, 10**6)
    if found is None:
        raise ObjectNotFoundError(name, repository.root)
    return found


def _loose(repo: Repo, folder: Path, contents: Objects) -> str:
    return repo.objects


def _packed(repo: Repo, folder: Path, contents: Objects) -> str:
    pack(repo)
    return repo.objects


def _deltas(repo: Repo, folder: Path, contents: Objects) -> str:
    pack(repo, deltas=True)
    return repo.objects


def _deltas_by_id(repo: Repo, folder: Path, contents: Objects) -> str:
    """Each object as a delta of an unrelated base, by the base's id: a pack where no content stands whole but one."""
    numbers = {"commit": 1, "tree": 2, "blob": 3}
    bases: dict[str, tuple[str, bytes]] = {}
    records = []
    for name, (kind, data) in contents.items():
        if kind not in bases:
            bases[kind] = name, data
            records.append(Record(name, numbers[kind], data))
            continue
        base, content = bases[kind]
        steps = [insert(data[start : start + 100]) for start in range(0, len(data), 100)]
        records.append(Record(name, ID_DELTA, delta(len(content), len(data), *steps), base))
    write_pack(repo.objects, records)
    for name in contents:
        os.remove(repo.loose(name))
    return repo.objects


def _alternates(repo: Repo, folder: Path, contents: Objects) -> str:
    other = os.path.join(folder, "elsewhere")
    os.rename(repo.objects, other)
    os.makedirs(os.path.join(repo.objects, "info"))
    Path(repo.objects, "info", "alternates").write_text(other + "\n")
    return other


# The hash, and how the objects are put away; the folder that then holds them is returned.
FORMS: dict[str, tuple[str, Callable[[Repo, Path, Objects], str]]] = {
    "loose": ("sha1", _loose),
    "packed": ("sha1", _packed),
    "deltas": ("sha1", _deltas),
    "deltas by id": ("sha1", _deltas_by_id),
    "loose in an alternate": ("sha1", _alternates),
    "loose, sha256": ("sha256", _loose),
    "packed, sha256": ("sha256", _packed),
}
