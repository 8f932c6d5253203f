"""The clean check against git itself: every edit in every kind of repository, and seeded random ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.git.box import Box, copy_box, make_box
from tests.git.edits import EDITS
from tests.git.oracle import judge
from tests.git.stricter import excuse
from tests.git.variants import INIT_ARGS, VARIANTS

pytestmark = pytest.mark.git


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Box]:
    """Repositories to copy, made when first asked for."""
    return {"": Box(str(tmp_path_factory.mktemp("templates")), "")}


def make_variant(name: str, templates: dict[str, Box], tmp_path: Path) -> Box:
    """Return a new repository of one kind."""
    key = name if name in INIT_ARGS else "plain"
    if key not in templates:
        place = os.path.join(templates[""].root, key)
        templates[key] = make_box(place, os.path.join(templates[""].root, "outside"), *INIT_ARGS.get(key, ()))
    box = copy_box(templates[key], str(tmp_path / "repo"), str(tmp_path / "outside"))
    return VARIANTS[name](box) or box


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("edit", EDITS)
def test_edited_folder_is_clean_only_where_git_says_so(
    variant: str, edit: str, templates: dict[str, Box], tmp_path: Path
) -> None:
    """P6: a clean check never says "committed" where git says it is not, and it changes nothing."""
    box = make_variant(variant, templates, tmp_path)

    EDITS[edit](box)

    for judgement in judge(box.root, tuple(box.paths), str(tmp_path)):
        assert not judgement.is_false_clean, str(judgement)
        assert not judgement.unlisted, str(judgement)
        assert excuse(judgement, variant, edit), str(judgement)
