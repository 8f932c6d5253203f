"""The search: the same commits as git tests, and the same answer, on random histories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.bisect_histories import RandomHistory, make_history
from zenml_pin.at import registry
from zenml_pin.pipelines.bisecting.history import History
from zenml_pin.pipelines.bisecting.search import Found, Left, SearchState, Try, Undone, next_step

COUNT = int(os.environ.get("ZENML_PIN_RANDOM_HISTORIES", "6"))


def search(history: RandomHistory) -> tuple[str, set[str]]:
    """Search as git does; return how that ended, and the commits."""
    commits = History(registry.open(str(history.path)).objects, first_parent=history.first_parent)
    for commit_id in (history.bad, *history.goods):
        commits.require(commit_id)
    state = SearchState(history.bad, tuple(history.goods))
    step = next_step(commits, state)
    while isinstance(step, Try):
        state = state.after(step, history.verdicts[step.commit_id])
        step = next_step(commits, state)
    if isinstance(step, Found):
        return "found", {step.commit_id}
    if isinstance(step, Left):
        return "left", set(step.commit_ids)
    assert isinstance(step, Undone)
    return "undone", {step.merge_base}


@pytest.mark.quick(every=6)
@pytest.mark.git
@pytest.mark.parametrize("seed", range(COUNT))
def test_search_ends_as_in_git(tmp_path: Path, seed: int) -> None:
    """A search names the commits that `git bisect run` names, with merges, criss-crosses and skipped commits."""
    history = make_history(tmp_path / "repo", seed)

    assert search(history) == history.bisect()
