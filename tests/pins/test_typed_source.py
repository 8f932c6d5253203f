"""What a person types behind the "@": any revision, in every call that takes a source; what comes back is pinned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, tag
from zenml_pin import isolated
from zenml_pin.audit import diff, versions
from zenml_pin.errors import NotARepositoryError, PinError, RevisionError, SourceSyntaxError
from zenml_pin.source import Source
from zenml_pin.verification import verify

NAME = "trainers.step.MyTrainer"
CALLS: dict[str, Callable[[str, str], object]] = {
    "load": lambda text, repo: zenml_pin.load(text, repo=repo),
    "pin": lambda text, repo: zenml_pin.pin(text, repo=repo),
    "diff": lambda text, repo: diff(text, "trainers.step.MyTrainer@v2", repo=repo),
    "diff's other side": lambda text, repo: diff("trainers.step.MyTrainer@v2", text, repo=repo),
    "versions": lambda text, repo: versions(text, repo=repo),
    "verify": lambda text, repo: verify(text, repo=repo),
    "isolated load": lambda text, repo: isolated.load(text, repo=repo),
    "bundle": lambda text, repo: zenml_pin.Bundle.create(text, "pins.bundle", repo=repo),
}


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The first of two commits, tagged v1; the current folder is elsewhere."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    first = commit(repo, {"trainers": {"step.py": "class MyTrainer:\n    epochs = 1\n"}})
    tag(repo, "v1", first, annotated=True)
    tag(repo, "v2", commit(repo, {"trainers": {"step.py": "class MyTrainer:\n    epochs = 2\n"}}))
    return first


@pytest.mark.parametrize("revision", ["v1", "HEAD~1", "short"])
def test_revision_means_its_commit(revision: str, repo: Repo, first: str) -> None:
    """A tag, an ancestor and a short id load and pin the commit that they name, by its full id."""
    text = f"{NAME}@{first[:10] if revision == 'short' else revision}"

    cls = zenml_pin.load(text, repo=repo.path)

    assert cls.epochs == 1
    assert cls.__module__ == f"zenml_pin.at.g{first}.trainers.step"
    assert zenml_pin.pin(text, repo=repo.path) == Source("trainers.step", "MyTrainer", commit_id=first)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_takes_a_revision(call: Callable[[str, str], object], repo: Repo, first: str) -> None:
    """A tag names the same commit as its id; a name that is none is refused by name."""
    call(f"{NAME}@v1", repo.path)

    with pytest.raises(RevisionError, match="'v9' does not name a commit"):
        call(f"{NAME}@v9", repo.path)


@pytest.mark.parametrize("text", ["step.MyTrainer@", "step.MyTrainer@v1@v2", "step..MyTrainer@v1", "step@v1"])
def test_text_that_is_not_a_source_is_shown_with_its_fault(text: str, repo: Repo, first: str) -> None:
    """The caret is below the fault of the text as it was typed."""
    with pytest.raises(SourceSyntaxError) as caught:
        zenml_pin.load(text, repo=repo.path)

    assert caught.value.text == text
    assert text[caught.value.start : caught.value.end] in text


def test_revision_without_a_repository_says_so(first: str) -> None:
    """There is nothing to look it up in."""
    with pytest.raises(NotARepositoryError):
        zenml_pin.load(f"{NAME}@v1")


def test_documents_take_full_ids_only() -> None:
    """A stored pin never moves: what a document says is parsed as it is."""
    with pytest.raises(SourceSyntaxError):
        Source.parse(f"{NAME}@v1")


def test_hint_is_shown_below_the_message(repo: Repo, first: str) -> None:
    """A traceback has the remedy, once, also after the error went to another process."""
    import pickle
    import traceback

    with pytest.raises(PinError) as caught:
        zenml_pin.load(f"{NAME}@{'0' * 40}", repo=repo.path)

    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        shown = traceback.format_exception_only(error)
        assert error.hint
        assert shown[-1] == f"hint: {error.hint}\n"
        assert "".join(shown).count("hint: ") == 1
