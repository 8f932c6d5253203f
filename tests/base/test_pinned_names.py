"""Names of pinned modules, and lengths of ids."""

from __future__ import annotations

import pytest

from zenml_pin.source import object_format_of, pinned_root, split_pinned

COMMIT = "e9448e0abbc6f03252578ca877bc80c94f137edd"


def test_a_pinned_name_splits_into_the_commit_and_the_name_there() -> None:
    """`split_pinned` is the inverse of `pinned_root`, for ids of both lengths."""
    for commit_id in (COMMIT, "b" * 64):
        root = pinned_root(commit_id)

        assert split_pinned(root) == (commit_id, "")
        assert split_pinned(f"{root}.trainers.step") == (commit_id, "trainers.step")
        assert object_format_of(commit_id) == ("sha1" if commit_id == COMMIT else "sha256")


NOT_PINNED = {
    "plain": "trainers.step",
    "namespace": "zenml_pin.at",
    "working tree": "zenml_pin.at.worktree1.trainers.step",
    "no g": f"zenml_pin.at.{COMMIT}.step",
    "two": f"zenml_pin.at.gg{COMMIT}.step",
    "short": f"zenml_pin.at.g{COMMIT[:-1]}.step",
    "upper case": f"zenml_pin.at.g{'A' * 40}.step",
    "below another package": f"g{COMMIT}.step",
    "in the middle": f"x.zenml_pin.at.g{COMMIT}.step",
}


@pytest.mark.parametrize("name", NOT_PINNED.values(), ids=NOT_PINNED)
def test_another_name_is_not_pinned(name: str) -> None:
    """Nor is a name in a copy of the working tree, or one that only looks like a commit's."""
    assert split_pinned(name) is None


def test_an_id_of_another_length_has_no_format() -> None:
    """There are two."""
    assert [object_format_of("a" * length) for length in (0, 20, 39, 41, 63, 65)] == [None] * 6
