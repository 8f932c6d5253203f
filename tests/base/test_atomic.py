"""A kill during any write leaves the old file or the new one, complete."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zenml_pin.base import atomic
from zenml_pin.base.atomic import TEMPORARY_PREFIX, write_whole

OLD, NEW = "old: 1\n" * 500, "new: é\r\n" * 700
# The system calls of one write, in order; the last one closes the folder.
CALLS = ("open", "write", "fchmod", "fsync", "lseek", "close", "replace", "open", "fsync", "close")
SCRIPT = """
    import os, signal, sys
    from zenml_pin.base import atomic

    at, after, path, count = int(sys.argv[1]), sys.argv[2] == "after", sys.argv[3], 0

    def wrap(name):
        call = getattr(os, name)
        def wrapped(*args, **options):
            global count
            count += 1
            if count == at and not after:
                if name == "write":
                    call(args[0], bytes(args[1])[:100])
                os.kill(os.getpid(), signal.SIGKILL)
            done = call(*args, **options)
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return done
        return wrapped

    class Traced:
        def __getattr__(self, name):
            return TRACED.get(name) or getattr(os, name)

    TRACED = {name: wrap(name) for name in %r}
    atomic.os = Traced()
    atomic.write_whole(path, %r)
    print(count)
"""


def _run(at: int, when: str, path: Path) -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(SCRIPT) % (sorted(set(CALLS)), NEW)
    command = [sys.executable, "-c", script, str(at), when, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_list_of_calls_is_complete(tmp_path: Path) -> None:
    """A write makes all the calls of the list, and no others."""
    path = tmp_path / "p.yaml"
    path.write_text(OLD)

    assert int(_run(0, "before", path).stdout) == len(CALLS)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, len(CALLS) + 1))
def test_kill_leaves_the_old_or_the_new_file(tmp_path: Path, at: int, when: str) -> None:
    """Killed before, in or after each call; a leftover file beside it is hidden and keeps the suffix."""
    path = tmp_path / "p.yaml"
    path.write_text(OLD)

    done = _run(at, when, path)

    assert done.returncode == -9
    is_renamed = at > 7 or (at == 7 and when == "after")
    assert path.read_bytes().decode() == (NEW if is_renamed else OLD)
    left = [name for name in os.listdir(tmp_path) if name != "p.yaml"]
    assert all(name.startswith(TEMPORARY_PREFIX) and name.endswith(".yaml") for name in left)
    assert len(left) <= 1


class Failing:
    """The operating system, with one call that fails."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self._name, self._call = name, call

    def __getattr__(self, name: str) -> Any:
        return self._call if name == self._name else getattr(os, name)


def _fail(*args: object, **options: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["open", "write", "fchmod", "fsync", "lseek", "replace"])
def test_failed_call_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The error is passed on."""
    path = tmp_path / "p.yaml"
    path.write_text(OLD)
    monkeypatch.setattr(atomic, "os", Failing(call, _fail))

    with pytest.raises(OSError, match="No space left"):
        write_whole(path, NEW)

    assert path.read_text() == OLD
    assert os.listdir(tmp_path) == ["p.yaml"]


@pytest.mark.parametrize("path", ["missing/p.yaml", "p.yaml"])
def test_errors_name_the_file_that_was_asked_for(tmp_path: Path, path: str) -> None:
    """Not the temporary one, which nobody knows."""
    (tmp_path / "p.yaml").mkdir()

    with pytest.raises(OSError, match="directory") as caught:
        write_whole(tmp_path / path, NEW)

    assert caught.value.filename == str(tmp_path / path)
    assert TEMPORARY_PREFIX not in str(caught.value)


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call may write only a part of its data."""
    monkeypatch.setattr(atomic, "os", Failing("write", lambda file, data: os.write(file, bytes(data)[:7])))

    write_whole(tmp_path / "p.yaml", NEW)

    assert (tmp_path / "p.yaml").read_bytes().decode() == NEW


def test_a_write_that_wrongly_reports_success_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The written data is read back and compared before the old file is replaced."""
    (tmp_path / "p.yaml").write_text(OLD)
    monkeypatch.setattr(atomic, "os", Failing("write", lambda file, data: len(data)))

    with pytest.raises(OSError, match="has other content than was written"):
        write_whole(tmp_path / "p.yaml", NEW)

    assert (tmp_path / "p.yaml").read_text() == OLD


def test_path_that_is_not_a_regular_file_stays(tmp_path: Path) -> None:
    """A FIFO, a socket or a device is neither replaced nor opened, not even through a link."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")

    for name in ("fifo", "link"):
        with pytest.raises(OSError, match="not a regular file"):
            write_whole(tmp_path / name, NEW)

    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["fifo", "link"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    """The target of a link is replaced and keeps its mode; bytes are accepted too."""
    (tmp_path / "real.yaml").write_text(OLD)
    (tmp_path / "real.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("real.yaml")

    write_whole(tmp_path / "link.yaml", b"\xff")

    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_bytes() == b"\xff"
    assert stat.S_IMODE((tmp_path / "real.yaml").stat().st_mode) == 0o640


def test_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    """The same as for any file that this process makes."""
    (tmp_path / "usual").touch()

    write_whole(tmp_path / "new.yaml", NEW)

    assert (tmp_path / "new.yaml").stat().st_mode == (tmp_path / "usual").stat().st_mode
