"""Memos that threads share: at every moment another thread may drop or replace what one has just found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.interleaving import OtherThreads, at_every_moment
from tests.support.repositories import Repo
from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree_rows import TreeRows
from zenml_pin.git.reftable import stack
from zenml_pin.importing.rewriting import unrouted
from zenml_pin.pins import text_facts, text_parts, text_places, tree_shape
from zenml_pin.pipelines.repository import Repository
from zenml_pin.workspace.config import init_workspace


def raw_tree(first: str, second: str) -> bytes:
    """Return a tree of two files, whose ids consist of one letter each."""
    return b"".join(
        b"100644 %b\0%b" % (name, letter.encode() * 20)
        for name, letter in ((b"a.py", first), (b"b.py", second))
    )


def test_rows_are_compared_with_the_tree_that_was_asked_for() -> None:
    """Not with the one that another thread compares: `versions` would miss a change."""
    rows = TreeRows.parse("", raw_tree("1", "1"), 20, "")
    first, second = rows.with_ids_of(raw_tree("2", "1")), rows.with_ids_of(raw_tree("1", "2"))
    assert first is not None
    assert second is not None

    answers = list(
        at_every_moment(lambda: rows.differing(first), TreeRows._changed, lambda: rows.differing(second))
    )

    assert answers == [[b"a.py"]] * len(answers)


def test_ref_of_tables_is_found_while_the_memo_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread looks another ref up, and the memo has room for one."""
    monkeypatch.setattr(stack, "_KEPT", 1)
    snapshot = stack.Snapshot(str(tmp_path / "reftable"), ())

    def find(name: bytes) -> bytes | None:
        return snapshot.find(name, "sha1")

    answers = at_every_moment(
        lambda: find(b"refs/heads/main"), stack.Snapshot.find, lambda: find(b"refs/heads/other")
    )

    assert set(answers) == {None}


def test_facts_of_parts_are_found_while_others_drop_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text whose parts were read before."""
    monkeypatch.setattr(text_parts, "_parts", Bounded(1))
    alone = text_parts.of_parts(b"import a\n")

    answers = at_every_moment(
        lambda: text_parts.of_parts(b"import a\n"),
        text_parts._of_parts,
        lambda: text_parts.of_parts(b"import b\n"),
    )

    assert set(answers) == {alone}


def test_exports_are_found_while_others_drop_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a blob that was read before."""
    memo = text_facts.TextMemo()
    monkeypatch.setattr(memo, "_exports", Bounded(1))

    answers = at_every_moment(
        lambda: memo.exports("1", lambda: b"__all__ = ['a']"),
        text_facts.TextMemo.exports,
        lambda: memo.exports("2", lambda: b"__all__ = ['b']"),
    )

    assert set(answers) == {("a",)}


def test_places_are_found_while_others_drop_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the text for other facts notes them at the same time."""
    monkeypatch.setattr(text_places, "_places", Bounded(1))
    text = b"open(os.path.join(os.path.dirname(__file__), 'data.txt'))\n"
    alone = text_places.places_of("1", lambda: text)
    assert alone

    def drop() -> None:
        text_places.note_text("2", b"x = 1\n")

    found = at_every_moment(lambda: text_places.places_of("1", lambda: text), text_places.places_of, drop)
    noted = at_every_moment(lambda: text_places.note_text("1", text), text_places.note_text, drop)

    assert {*found, *noted} == {alone}


def test_shape_of_a_folder_is_found_while_others_drop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder that was read before."""
    monkeypatch.setattr(tree_shape, "_folder_shapes", Bounded(1))
    source = MemorySource()
    first, second = source.add("tree", raw_tree("1", "1")), source.add("tree", b"100644 c.py\0" + b"1" * 20)
    objects = Objects(source)
    alone = tree_shape._folder_shape(objects, first)

    answers = at_every_moment(
        lambda: tree_shape._folder_shape(objects, first),
        tree_shape._folder_shape,
        lambda: tree_shape._folder_shape(objects, second),
    )

    assert set(answers) == {alone}


def test_folders_that_two_threads_watch_are_both_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order: files of a commit in a real folder are never run without routing."""
    target: Any = object()
    others = OtherThreads(lambda: unrouted.watch("/second", target))

    def watch() -> tuple[str, ...]:
        # Not empty, so that no further audit hook is added.
        monkeypatch.setattr(unrouted, "_targets", {"/known/": target})
        unrouted.watch("/first", target)
        others.wait()
        return unrouted._prefixes

    monkeypatch.setattr(unrouted, "_prefixes", ())
    answers = [set(prefixes) for prefixes in at_every_moment(watch, unrouted.watch, others.run)]

    assert answers == [{"/known/", "/first/", "/second/"}] * len(answers)


def test_threads_get_the_same_repository(repo: Repo) -> None:
    """Also those that ask first, at the same time."""
    init_workspace(repo.path)
    others: list[Repository] = []

    def get() -> Repository:
        Repository._instances.clear()
        return Repository.get_instance(repo.path)

    ones = list(
        at_every_moment(
            get, Repository.get_instance, lambda: others.append(Repository.get_instance(repo.path)), every=2
        )
    )

    assert [one is other for one, other in zip(ones, others[: len(ones)], strict=True)] == [True] * len(ones)


class OnServer(MemorySource):
    """A source that takes its object format from the latest id, as one on a server does."""

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if it exists."""
        self.object_format = "sha256" if len(object_id) == 64 else "sha1"
        return super().copies(object_id, limit)


def test_object_is_verified_by_the_format_of_its_own_id() -> None:
    """Another thread looks for an id of the other format on the same server."""
    source = OnServer(object_format="sha256")
    name = source.add("blob", b"x")
    objects = Objects(source)

    answers = at_every_moment(
        lambda: objects.find_any(name, 10), Objects.find_any, lambda: list(source.copies("1" * 40, 10))
    )

    assert set(answers) == {("blob", b"x")}
