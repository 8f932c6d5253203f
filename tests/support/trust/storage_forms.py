"""One history of two commits, kept in each form in which a repository stores objects."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import zenml_pin
from tests.support.git.pack_bytes import ID_DELTA, Record, delta, insert, write_pack
from tests.support.repositories import Files, Repo, commit, init, loose_ids, pack
from tests.support.trust.damaged_files import object_files
from tests.support.trust.outcome_counts import Outcome, attempt
from zenml_pin.errors import ObjectNotFoundError, PinError
from zenml_pin.git.any_repository import get_address, open_repository
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.remote.object_cache import ObjectCache

if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository

FIRST: Files = {
    "trainers": {
        "__init__.py": "",
        "step.py": "from trainers.helper import VALUE\n\nclass A:\n    epochs = VALUE\n" + "# a line\n" * 30,
        "helper.py": "VALUE = 1\n",
    },
    "data.txt": "one\n" * 40,
}
SECOND: Files = {"trainers": {"helper.py": "VALUE = 2\n"}, "data.txt": "one\n" * 40 + "two\n"}

Contents = dict[str, tuple[str, bytes]]


class Stored:
    """A repository whose objects are kept in one form.

    Attributes:
        repo: The repository.
        where: The value of `repo=` for reading it.
        objects: The folder that holds the objects: its own, or an alternate's.
    """

    def __init__(self, folder: Path, form: str) -> None:
        object_format, keep = FORMS[form]
        self.repo = init(folder / "repo", object_format=object_format)
        self.where = self.repo.path
        self.first = commit(self.repo, FIRST)
        self.second = commit(self.repo, SECOND, base=self.first)
        self._contents = self._read_all(loose_ids(self.repo))
        self._files = {at: self._read_files(at) for at in (self.first, self.second)}
        self.objects = keep(self.repo, folder, self._contents)
        for path in object_files(self.objects):
            path.chmod(0o644)

    def outcomes(self) -> list[tuple[Outcome, str]]:
        """Check each object by its id, the files of the commits by their paths, and the loaded class."""
        by_path = [attempt(partial(self._read_files, at), files) for at, files in self._files.items()]
        return [*self._by_id(), *by_path, attempt(self._load, 1)]

    def _by_id(self) -> list[tuple[Outcome, str]]:
        try:
            with closing(self._open()) as repository:
                return [
                    attempt(partial(_get, repository.objects, name), content)
                    for name, content in self._contents.items()
                ]
        except PinError as error:
            return [(Outcome.DETECTED, str(error))]

    def _open(self) -> AnyRepository:
        return open_repository(get_address(self.where))

    def _load(self) -> int:
        zenml_pin.unload(self.first)
        cls = zenml_pin.load(f"trainers.step.A@{self.first}", repo=self.where, allow_dirty=True)
        epochs: int = vars(cls)["epochs"]
        return epochs

    def _read_all(self, ids: list[str]) -> Contents:
        with closing(self._open()) as repository:
            return {name: _get(repository.objects, name) for name in ids}

    def _read_files(self, commit_id: str) -> dict[str, bytes]:
        with closing(self._open()) as repository:
            tree = CommitTree(repository.objects, commit_id)
            return {entry.path: tree.read(entry.path) for entry in tree.iter_entries("trainers")}


class Bundled(Stored):
    """A bundle with the pin of the first commit, without a repository."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "loose")
        self.objects = os.fspath(folder / "bundles")
        os.makedirs(self.objects)
        source = f"trainers.step.A@{self.first}"
        self.where = os.path.join(self.objects, "pin.bundle")
        zenml_pin.Bundle.create(source, self.where, repo=self.repo.path)
        shutil.rmtree(self.repo.path)
        del self._files[self.second]
        with closing(self._open()) as repository:
            ids = repository.ids_with_prefix("")
        self._contents = {name: content for name, content in self._contents.items() if name in ids}


class Cached(Stored):
    """The cache of fetched objects, which is read by ids alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "loose")
        self.objects = os.fspath(folder / "cache")
        ObjectCache(self.objects, "sha1").add((name, *content) for name, content in self._contents.items())

    def outcomes(self) -> list[tuple[Outcome, str]]:
        """Check each object; an object that counts as absent is fetched again."""
        cache = ObjectCache(self.objects, "sha1")
        return [
            attempt(partial(_existing, partial(cache.find, name, 10**6), name), content)
            for name, content in self._contents.items()
        ]


def store(folder: Path, form: str) -> Stored:
    """Keep the history in one form, or in a bundle or a cache."""
    if form == "bundle":
        return Bundled(folder)
    return Cached(folder) if form == "cache" else Stored(folder, form)


def _get(objects: Objects, name: str) -> tuple[str, bytes]:
    return _existing(partial(objects.find_any, name, 10**6), name)


def _existing(find: Callable[[], tuple[str, bytes] | None], name: str) -> tuple[str, bytes]:
    """Return an object; an object that an index has lost is missing, and that is one of our errors too."""
    entry = find()
    if entry is None:
        raise ObjectNotFoundError(name, "here")
    return entry


def _loose(repo: Repo, folder: Path, contents: Contents) -> str:
    return repo.objects


def _packed(repo: Repo, folder: Path, contents: Contents) -> str:
    pack(repo)
    return repo.objects


def _deltas(repo: Repo, folder: Path, contents: Contents) -> str:
    pack(repo, deltas=True)
    return repo.objects


def _deltas_by_id(repo: Repo, folder: Path, contents: Contents) -> str:
    """Store each object as a delta of an unrelated base, by the base's id; only one content is not a delta."""
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


def _alternates(repo: Repo, folder: Path, contents: Contents) -> str:
    other = os.path.join(folder, "elsewhere")
    os.rename(repo.objects, other)
    os.makedirs(os.path.join(repo.objects, "info"))
    Path(repo.objects, "info", "alternates").write_text(other + "\n")
    return other


# The hash algorithm, and how the objects are stored; the function returns the folder that then has them.
FORMS: dict[str, tuple[str, Callable[[Repo, Path, Contents], str]]] = {
    "loose": ("sha1", _loose),
    "packed": ("sha1", _packed),
    "deltas": ("sha1", _deltas),
    "deltas by id": ("sha1", _deltas_by_id),
    "loose in an alternate": ("sha1", _alternates),
    "loose, sha256": ("sha256", _loose),
    "packed, sha256": ("sha256", _packed),
}
ALL = (*FORMS, "bundle", "cache")
