"""Environments on disk: made once, private, never half, and not removed while they are in use."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from zenml_pin.backends.environments.stored import hold, list_environments, remove_environment
from zenml_pin.errors import BackendError, UnknownNameError

FACTS: dict[str, Any] = {
    "python": "3.13.0",
    "lock": "uv.lock",
    "commit": "a" * 40,
    "is_locked": True,
    "notes": [],
    "packages": {"tiny": "1.0"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of environments of the test's own."""
    monkeypatch.setenv("ZENML_PIN_ENVIRONMENTS", str(tmp_path / "environments"))
    return tmp_path / "environments"


def make(folder: str) -> dict[str, Any]:
    """Make something that looks like an environment."""
    os.makedirs(os.path.join(folder, "venv", "bin"))
    os.symlink(sys.executable, os.path.join(folder, "venv", "bin", "python"))
    return FACTS


def fail(folder: str) -> dict[str, Any]:
    """Fail in the middle."""
    Path(folder, "half").touch()
    raise BackendError("it cannot be made")


def test_an_environment_is_made_once_in_a_private_folder(folder: Path) -> None:
    """Nobody else may enter it."""
    hold("abc", make).release()
    again = hold("abc", fail)

    assert again.environment.packages == {"tiny": "1.0"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [item.key for item in list_environments()] == ["abc"]
    again.release()


def test_a_folder_that_others_may_enter_is_not_used(folder: Path) -> None:
    """They could replace what runs."""
    folder.mkdir(0o755)

    with pytest.raises(BackendError, match="another user owns it or may enter it"):
        hold("abc", make)


def test_what_was_made_by_half_does_not_count(folder: Path) -> None:
    """Neither after an error, nor after a kill; it is made again."""
    with pytest.raises(BackendError):
        hold("abc", fail)
    assert not (folder / "abc").exists()
    (folder / "abc").mkdir()
    (folder / "abc" / "half").touch()

    assert list_environments() == []
    hold("abc", make).release()
    assert not (folder / "abc" / "half").exists()


def test_an_environment_without_its_python_is_made_again(folder: Path) -> None:
    """The Python that it was made from may be gone."""
    hold("abc", make).release()
    (folder / "abc" / "venv" / "bin" / "python").unlink()

    held = hold("abc", make)

    assert os.access(held.environment.executable, os.X_OK)
    held.release()


def test_an_environment_in_use_is_not_removed() -> None:
    """It is removed when nobody uses it any more; the beginning of its key is enough."""
    held = hold("abcdef", make)

    with pytest.raises(BackendError, match="'abcdef' is in use"):
        remove_environment("abc")
    held.release()

    assert remove_environment("abc").key == "abcdef"
    assert list_environments() == []


@pytest.mark.parametrize("key", ["x", "", "a"])
def test_a_key_that_names_none_or_several_is_an_error(key: str) -> None:
    """Nothing is removed."""
    hold("abc", make).release()
    hold("abd", make).release()

    with pytest.raises(UnknownNameError, match="no environment is named"):
        remove_environment(key)

    assert len(list_environments()) == 2
