"""The clean check, compared with git itself: every edit in every kind of repository, and seeded random ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.git.compare_with_git import judge
from tests.support.git.random_repositories import faults, make_templates, template_of, try_seed
from tests.support.git.repository_variants import INIT_ARGS, VARIANTS
from tests.support.git.scenario_repository import Box, copy_box, make_box
from tests.support.git.special_repositories import SPECIALS
from tests.support.git.stricter_than_git import excuse
from tests.support.git.user_edits import EDITS
from tests.support.git.written_by_git import needs_reftable
from tests.support.thorough import is_thorough
from zenml_pin.git import index as index_module
from zenml_pin.git.index import binary_search

pytestmark = pytest.mark.git


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Box]:
    """Repositories to copy; each is made at its first use."""
    return {"": Box(str(tmp_path_factory.mktemp("templates")), "")}


def make_variant(name: str, templates: dict[str, Box], tmp_path: Path) -> Box:
    """Return a new repository of one kind."""
    key = name if name in INIT_ARGS else "plain"
    if key not in templates:
        folder = os.path.join(templates[""].root, key)
        templates[key] = make_box(
            folder, os.path.join(templates[""].root, "outside"), *INIT_ARGS.get(key, ())
        )
    box = copy_box(templates[key], str(tmp_path / "repo"), str(tmp_path / "outside"))
    return VARIANTS[name](box) or box


# Every edit in a plain repository; in each other kind, the edits that may behave differently there, and a fifth of the
# others, each edit in some kind; or all pairs.
TELLING = [
    "nothing",
    "same_size_edit",
    "deleted_folder",
    "executable_bit_added",
    "link_replaced_by_a_file_of_its_text",
    "untracked_module",
    "ignored_text",
    "staged_edit",
    "line_ends_made_crlf",
    "crlf_after_read_tree",
    "crlf_file_touched",
    "staged_edit_elsewhere",
]
PAIRS = [
    pytest.param(
        variant,
        edit,
        marks=[
            *([] if variant == "plain" or edit in TELLING else [pytest.mark.slow]),
            *([needs_reftable] if "reftable" in variant else []),
        ],
        id=f"{variant}-{edit}",
    )
    for number, variant in enumerate(VARIANTS)
    for place, edit in enumerate(EDITS)
    if is_thorough() or variant == "plain" or edit in TELLING or (number + place) % 5 == 0
]


@pytest.mark.quick(every=7)
@pytest.mark.parametrize(("variant", "edit"), PAIRS)
def test_edited_folder_is_clean_only_where_git_says_so(
    variant: str, edit: str, templates: dict[str, Box], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: a clean check never says "committed" where git says it is not, and it changes nothing."""
    if variant == "searched_index":
        monkeypatch.setattr(index_module, "SEARCH_FROM", 0)
        monkeypatch.setattr(binary_search, "_WINDOW", 512)
    box = make_variant(variant, templates, tmp_path)

    EDITS[edit](box)

    for judgement in judge(box.root, tuple(box.paths), str(tmp_path)):
        assert not judgement.is_false_clean, str(judgement)
        assert not judgement.unlisted, str(judgement)
        assert excuse(judgement, variant, edit), str(judgement)


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("scenario", SPECIALS)
def test_special_repository_is_clean_only_where_git_says_so(
    scenario: str, templates: dict[str, Box], tmp_path: Path
) -> None:
    """P6 with settings, filters, submodules, sparse checkouts, refs and index files of all kinds."""
    box = make_variant("plain", templates, tmp_path)

    SPECIALS[scenario](box)

    for judgement in judge(box.root, tuple(box.paths), str(tmp_path)):
        assert not judgement.is_false_clean, str(judgement)
        assert not judgement.unlisted, str(judgement)
        assert excuse(judgement, "plain", scenario), str(judgement)


COUNT = int(os.environ.get("ZENML_PIN_RANDOM_SCENARIOS", "40"))
FIRST_SEED = int(os.environ.get("ZENML_PIN_RANDOM_SEED", "1"))


@pytest.fixture(scope="module")
def of_each_format(tmp_path_factory: pytest.TempPathFactory) -> list[Box]:
    """A repository of each hash algorithm and each storage of refs that git knows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        return make_templates(str(tmp_path_factory.mktemp("formats")))


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + COUNT))
def test_random_repository_is_clean_only_where_git_says_so(
    seed: int, of_each_format: list[Box], tmp_path: Path
) -> None:
    """P6 after random settings and operations; the seed is in the test's name."""
    judgements, log = try_seed(seed, template_of(seed, of_each_format), str(tmp_path / "walk"))

    assert not list(faults(judgements, log, seed % 4 != 0)), log
