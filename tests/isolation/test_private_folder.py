"""The private folder is gone after a trial, and after the next one if its process was killed."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.ended_process import ended
from tests.support.repositories import Repo, commit
from zenml_pin import isolated
from zenml_pin.isolation.private_folder import PREFIX, private_folder

SLEEP = "import time; time.sleep(50)\nclass Mine: pass\n"
LOAD = "import sys; from zenml_pin import isolated; isolated.load(sys.argv[1], repo=sys.argv[2])"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def start_load(repo: Repo, place: Path) -> subprocess.Popen[bytes]:
    """Start a process that waits for a trial; return it as soon as it has locked the trial's folder."""
    head = commit(repo, {"trainers": {"step.py": SLEEP}})
    before = len(locked(place))
    process = subprocess.Popen([sys.executable, "-c", LOAD, f"trainers.step.Mine@{head}", repo.path])
    while len(locked(place)) == before and process.poll() is None:
        time.sleep(0.02)
    return process


def locked(place: Path) -> list[str]:
    """Return the folders that a process has locked."""
    names = []
    for name in os.listdir(place):
        folder = os.open(place / name, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            names.append(name)
        finally:
            os.close(folder)
    return names


@pytest.mark.slow
def test_next_trial_deletes_the_folder_of_a_killed_process(repo: Repo, place: Path) -> None:
    """SIGKILL leaves no time to delete it; the folder of a living process stays."""
    head = commit(repo, {"others": {"step.py": "class Mine: pass\n"}})
    with ended(start_load(repo, place)) as alive:
        own = set(os.listdir(place))
        killed = start_load(repo, place)
        killed.kill()
        killed.wait()
        left = set(os.listdir(place))
        deadline = time.monotonic() + 60
        # The trial of the killed process has the folder, and its lock too, until it notices that.
        while (kept := set(os.listdir(place))) == left and time.monotonic() < deadline:
            for name in left:
                make_old(place / name)
            isolated.load(f"others.step.Mine@{head}", repo=repo.path)
        alive.kill()

    assert len(left) == 2
    assert kept == own


def make_old(folder: Path) -> None:
    """Give a folder the times of one that was left long ago."""
    os.utime(folder, (1, 1))


def test_only_own_folders_without_a_lock_are_deleted(place: Path, tmp_path: Path) -> None:
    """No link is followed, no file is deleted, and no folder of another name or another user."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").write_text("mine")
    (place / f"{PREFIX}link").symlink_to(target)
    (place / f"{PREFIX}file").write_text("mine")
    (place / "other").mkdir()
    (place / f"{PREFIX}abandoned").mkdir()
    (place / f"{PREFIX}abandoned" / "link").symlink_to(target)
    make_old(place / f"{PREFIX}abandoned")
    expected = {f"{PREFIX}link", f"{PREFIX}file", "other"}
    if os.geteuid() == 0:
        (place / f"{PREFIX}foreign").mkdir()
        os.chown(place / f"{PREFIX}foreign", 65534, 65534)
        make_old(place / f"{PREFIX}foreign")
        expected.add(f"{PREFIX}foreign")

    with private_folder() as folder:
        during = set(os.listdir(place))
        with private_folder() as second:
            assert os.path.isdir(folder)
            assert second != folder

    assert during == expected | {os.path.basename(folder)}
    assert set(os.listdir(place)) == expected
    assert (target / "file").read_text() == "mine"


def test_folder_is_deleted_whatever_is_in_it(place: Path) -> None:
    """Folders that are closed, links, special files, and folders in folders, deeper than a path can be long."""
    with private_folder() as folder:
        os.mkfifo(f"{folder}/fifo")
        os.symlink("/", f"{folder}/link")
        os.makedirs(f"{folder}/closed/inner")
        Path(folder, "closed", "file").write_text("x")
        os.chmod(f"{folder}/closed/inner", 0)
        os.chmod(f"{folder}/closed", 0)
        deep = os.open(folder, os.O_RDONLY)
        for _ in range(2000):
            os.mkdir("x", dir_fd=deep)
            inner = os.open("x", os.O_RDONLY, dir_fd=deep)
            os.close(deep)
            deep = inner
        os.close(deep)
        os.chmod(folder, 0)

    assert os.listdir(place) == []


def test_folder_that_is_gone_already_is_no_fault(place: Path) -> None:
    """The user, or a cleaner of old files, may have deleted it."""
    with private_folder() as folder:
        os.rmdir(folder)

    assert os.listdir(place) == []


@pytest.mark.slow
def test_many_trials_at_once_do_not_delete_the_folders_of_each_other(place: Path) -> None:
    """Also in the moment between making a folder and locking it."""

    def use_folders() -> None:
        for number in range(60):
            with private_folder() as folder:
                Path(folder, str(number)).touch()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(use_folders) for _ in range(6)]:
            done.result()

    assert os.listdir(place) == []
