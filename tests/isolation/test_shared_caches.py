"""Caches of the user that a trial may read: only those that hold no secrets, and only to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.isolation.sandboxed_trials import try_code
from tests.support.repositories import Repo
from zenml_pin.isolation.shared_caches import find_shared
from zenml_pin.isolation.walls_here import standing_walls

needs_landlock = pytest.mark.skipif(
    "files" not in standing_walls().names, reason=f"no Landlock: {standing_walls().text}"
)
FONTS = "fontlist-v9.9.9.json"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of Matplotlib in a home of the test, with a list of fonts and a file beside it."""
    folder = tmp_path / "home" / ".cache" / "matplotlib"
    folder.mkdir(parents=True)
    (folder / FONTS).write_text(json.dumps({"fname": "/usr/share/fonts/x.ttf"}))
    (folder / "other.json").write_text("{}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return folder


def names(cache: Path, *closed: Path) -> list[str]:
    """Return the names of the files that are shared."""
    home = cache.parent.parent
    return [
        Path(path).name for path, _ in find_shared(str(cache.parent), [str(home)], list(map(str, closed)))
    ]


@pytest.mark.slow
@needs_landlock
def test_list_of_fonts_is_readable_where_a_library_looks_for_it(repo: Repo, cache: Path) -> None:
    """So that Matplotlib need not read all fonts in each trial; nothing beside the list is readable."""
    code = (
        f"import os\nprint(open(os.environ['XDG_CACHE_HOME'] + '/matplotlib/{FONTS}').read())\n"
        f"for path, mode in (({str(cache / 'other.json')!r}, 'r'), ({str(cache / FONTS)!r}, 'a')):\n"
        "    try: open(path, mode); print('opened')\n    except OSError: pass\n"
    )

    trial = try_code(repo, code)

    assert trial.outcome == "loaded", trial.message
    assert json.loads(trial.printed) == {"fname": "/usr/share/fonts/x.ttf"}
    assert len(trial.denied) == 2


@pytest.mark.slow
@needs_landlock
def test_list_of_fonts_can_be_made_anew(repo: Repo, cache: Path) -> None:
    """A library of another version writes a list of its own, into the trial's home."""
    code = "import os\nopen(os.environ['XDG_CACHE_HOME'] + '/matplotlib/fontlist-v1.json', 'w').close()\n"

    trial = try_code(repo, code)

    assert (trial.outcome, trial.denied) == ("loaded", ())
    assert sorted(path.name for path in cache.iterdir()) == [FONTS, "other.json"]


@pytest.mark.parametrize("folder", ["", "söme/"])
def test_list_that_names_a_file_in_a_home_is_not_shared(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """It would tell the code what is in the home; also where JSON has escapes for the path."""
    home = tmp_path / folder / "home"
    (cache / FONTS).write_text(json.dumps({"fname": f"{home}/fonts/mine.ttf"}))

    shared = list(find_shared(str(cache.parent), [str(home)], []))

    assert shared == []


def test_only_a_regular_file_with_the_name_of_a_list_is_shared(cache: Path, tmp_path: Path) -> None:
    """Neither a link, nor a folder, nor a file that is too large."""
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (cache / "fontlist-v1.json").symlink_to(secret)
    (cache / "fontlist-v2.json").mkdir()
    with (cache / "fontlist-v3.json").open("wb") as file:
        file.truncate(5 * 2**20)

    assert names(cache) == [FONTS]


def test_cache_folder_that_is_a_link_or_in_the_repository_is_not_shared(cache: Path, tmp_path: Path) -> None:
    """A trial reads nothing of the repository, and a link may lead anywhere."""
    assert names(cache, tmp_path / "home") == []
    cache.rename(tmp_path / "elsewhere")
    cache.symlink_to(tmp_path / "elsewhere")

    assert names(cache) == []


def test_no_cache_is_no_fault(tmp_path: Path) -> None:
    """A user without one shares nothing."""
    assert list(find_shared(None, [], [])) == []
    assert list(find_shared(str(tmp_path / "absent"), [], [])) == []
