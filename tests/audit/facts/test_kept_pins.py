"""Facts of pins in the cache: with it and without it, `check` says the same, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
from importlib import machinery
from pathlib import Path

import pytest

from tests.pins.test_tree_shape import PATHS, TEXTS
from tests.support.documents_by_line import document
from tests.support.repositories import (
    Link,
    Repo,
    branch,
    commit,
    get_head,
    git,
    kind_of,
    loose_ids,
    nest,
    pack,
    set_ref,
    write,
)
from zenml_pin import cache, pin
from zenml_pin.audit import check
from zenml_pin.audit.facts.pin_facts import PinReader
from zenml_pin.errors import PinError
from zenml_pin.git.any_repository import OPENED, OpenRepositories
from zenml_pin.importing import locate, source_roots
from zenml_pin.pins import text_places, tree_shape
from zenml_pin.pins.choosing_roots import use_source_roots
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo

STEP = {"pkg": {"__init__.py": "", "step.py": "import pkg.other\nclass Mine:\n    pass\n", "other.py": "1\n"}}


@pytest.fixture(autouse=True)
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a cache in the environment."""
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def answer(repo: Repo) -> str:
    """Return what check reports, or its error, in a process that knows nothing of the repository."""
    OPENED.close()
    vars(OPENED).update(vars(OpenRepositories()))
    vars(TEXT_MEMO).update(vars(TextMemo()))
    for memo in (tree_shape._shapes, tree_shape._folder_shapes, text_places._places, text_places.sizes):
        memo.clear()
    source_roots._decided.clear()
    source_roots._projects.clear()
    try:
        return json.dumps(check(repo=repo.path).to_dict(), indent=1)
    except PinError as error:
        return repr(error)


def answers(repo: Repo) -> tuple[str, str]:
    """Return what check reports with the cache and without it."""
    with_cache = answer(repo)
    with cache.unused():
        return with_cache, answer(repo)


def write_documents(repo: Repo, commits: list[str], name: str = "pkg.sub.step.Mine") -> None:
    """Write a document for each commit."""
    write(repo, {"pipelines": {f"p{at}.yaml": document(f"{name}@{one}") for at, one in enumerate(commits)}})


@pytest.mark.quick(every=8)
@pytest.mark.parametrize("seed", range(8))
def test_answers_with_and_without_the_cache_are_the_same(repo: Repo, seed: int) -> None:
    """In histories whose files come, go and change, with edits, packs, deleted objects, branches and settings."""
    chance = random.Random(seed)
    texts = [*TEXTS, "class Mine:\n    pass\n", "from pkg.helper import Mine\n", "x = open(__file__)\n"]
    files = {
        "pkg/sub/step.py": "import pkg.other\nclass Mine:\n    pass\n",
        "pkg/__init__.py": "",
        "README.md": "x",
    }
    commits = [commit(repo, nest(files))]
    for _ in range(6):
        path = chance.choice([*PATHS, "pkg/sub/data.txt"])
        files[path] = "\n" * chance.randrange(3) + chance.choice(texts)
        if chance.random() < 0.2:
            files.pop(chance.choice([path, "pkg/helper.py"]), None)
        if chance.random() < 0.6:
            commits.append(commit(repo, nest(files)))
        elif path.startswith("pkg/"):
            write(repo, nest({path: files.get(path, "")}))
        if chance.random() < 0.2:
            pack(repo)
        if chance.random() < 0.2:
            set_ref(repo, "refs/heads/other", chance.choice(commits))
        write_documents(repo, commits)
        # That one commit led to another is a fact that does not ask for the commits between them.
        losable = [one for one in loose_ids(repo) if kind_of(repo, one) != "commit"]
        lost = repo.loose(chance.choice(losable)) if losable else ""
        for file in ("", lost):
            if file:
                os.rename(file, f"{file}.lost")

            with_cache, without = answers(repo)

            assert with_cache == without
            if file:
                os.rename(f"{file}.lost", file)


def test_a_second_check_reads_no_text_of_a_commit(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads commits; trees and files of HEAD alone, to compare them with the working tree."""
    first = commit(repo, STEP)
    commit(repo, {**STEP, "pkg": {"__init__.py": "", "step.py": "class Mine: pass\n"}})
    write_documents(repo, [first], "pkg.step.Mine")
    before = answer(repo)

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(PinReader, "read", refuse)

    assert answer(repo) == before


@pytest.mark.git
def test_facts_do_not_count_without_their_objects(repo: Repo) -> None:
    """Each object that decides is looked for, in packs and in files of their own."""
    first = commit(repo, STEP)
    blob = git("rev-parse", f"{first}:pkg/other.py", cwd=repo.path).strip()
    commit(repo, {"x": "1"})
    write_documents(repo, [first], "pkg.step.Mine")
    assert "ZP016" not in answer(repo)

    os.remove(repo.loose(blob))
    with_cache, without = answers(repo)

    assert with_cache == without
    assert "ZP016" in with_cache


@pytest.mark.git
def test_facts_of_a_text_do_not_count_without_it(repo: Repo) -> None:
    """Also for pins that are examined each time: their findings depend on what is installed."""
    step = "from helpers import util\nclass Mine(util.B):\n    pass\n"
    helpers = {"util": {"__init__.py": "from .util import *\n"}}
    first = commit(repo, {"pkg": {"a": {"step.py": step}}, "helpers": helpers})
    blob = git("rev-parse", f"{first}:helpers/util/__init__.py", cwd=repo.path).strip()
    write_documents(repo, [first], "pkg.a.step.Mine")
    assert "ZP004" in answer(repo)

    os.remove(repo.loose(blob))
    with_cache, without = answers(repo)

    assert with_cache == without
    assert "ZP016" in with_cache


def test_facts_of_other_source_roots_do_not_count(repo: Repo) -> None:
    """What a caller gives is a part of the key."""
    first = commit(repo, {"a": STEP, **STEP})
    write_documents(repo, [first], "pkg.step.Mine")
    plain = answer(repo)

    with use_source_roots(["a"]):
        given, without = answers(repo)

    assert given == without
    assert "a/pkg/step.py" in given
    assert answer(repo) == plain


def test_uncommitted_changes_and_branches_are_looked_at_anew(repo: Repo) -> None:
    """Facts of a pin are only those that its commit decides."""
    first = commit(repo, STEP)
    write_documents(repo, [first], "pkg.step.Mine")
    clean = answer(repo)

    write(repo, {"pkg": {"other.py": "2\n"}})
    edited = answers(repo)
    write(repo, {"pkg": {"other.py": "1\n"}})
    second = commit(repo, {**STEP, "pkg": {"__init__.py": "", "step.py": "x = 1\n"}}, parent=None)
    branch(repo, "main", second)
    unreached = answers(repo)

    assert "ZP002" not in clean
    assert edited[0] == edited[1]
    assert "ZP002" in edited[0]
    assert unreached[0] == unreached[1]
    assert '"at_head": "removed"' in unreached[0]


@pytest.mark.parametrize("content", [b"", b"x", None], ids=["empty", "other", "misplaced"])
def test_damaged_entries_are_ignored(repo: Repo, cached: Path, content: bytes | None) -> None:
    """As all entries of the cache."""
    first = commit(repo, STEP)
    write_documents(repo, [first], "pkg.step.Mine")
    before = answer(repo)
    entries = sorted(cached.iterdir())

    for entry, other in zip(entries, entries[1:] + entries[:1], strict=True):
        data = other.read_bytes() if content is None else content
        entry.with_suffix(".new").write_bytes(data)
        entry.with_suffix(".new").chmod(0o600)
    for entry in entries:
        entry.with_suffix(".new").rename(entry)

    assert answer(repo) == before


def test_symbolic_links_are_followed_each_time(repo: Repo) -> None:
    """A pin whose code goes through links has no facts in the cache."""
    first = commit(
        repo, {"pkg": {"__init__.py": "", "step.py": Link("../real.py")}, "real.py": "class Mine: pass\n"}
    )
    write_documents(repo, [first], "pkg.step.Mine")

    with_cache, without = answers(repo)

    assert with_cache == without == answer(repo)


def test_pin_believes_nothing_of_it(repo: Repo, cached: Path) -> None:
    """Whoever writes the cache could make uncommitted code look committed."""
    first = commit(repo, STEP)
    write_documents(repo, [first], "pkg.step.Mine")
    answer(repo)
    written = {path: path.stat().st_mtime_ns for path in cached.iterdir()}

    pin("pkg.step.Mine", repo=repo.path)

    assert get_head(repo) == first
    assert all(path.stat().st_mtime_ns == written.get(path) for path in cached.iterdir())


def test_another_python_does_not_take_what_this_one_kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Free-threaded Python has the same version, and loads native code of another name."""
    names = machinery.EXTENSION_SUFFIXES
    native = {"pkg": {"a": {f"step{names[0]}": "x", "step.py": "class Mine: pass\n"}}}
    first = commit(repo, native)
    write_documents(repo, [first], "pkg.a.step.Mine")
    before = answer(repo)
    monkeypatch.setattr(machinery, "EXTENSION_SUFFIXES", [".other.so", *names[1:]])
    monkeypatch.setattr(locate, "_SUFFIXES", (".other.so", *names[1:], ".py"))

    with_cache, without = answers(repo)

    assert with_cache == without != before
