"""The text of configuration files, compared with git."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from zenml_pin.git.config import parse_config

PIECES = [
    *(
        "[a]",
        "[A.B]",
        '[a "B"]',
        '[a "\\\\\\"q"]',
        '[a.B "C"]',
        "[ a]",
        "[a",
        "[]",
        '[a ""]',
        '[a"b"]',
        "[é]",
    ),
    *(
        "one",
        "Two-2",
        "3",
        "a_b",
        "=",
        " = ",
        "value",
        '"',
        "\\",
        "\\n",
        '\\"',
        "\\\\",
        "\\x",
        "\\\n",
        "\\\r\n",
    ),
    *(" ", "\t", "\r", "\r\n", "\n", "\n", "\n", "# comment", "; other", "#", "é", "\ufeff", "\v", "]"),
    *("one = 1\n", "[s]\n", 'two = "a b" c # d\n', "three\n"),
]


@pytest.mark.quick(every=6)
@pytest.mark.git
@pytest.mark.parametrize("group", range(6))
def test_random_texts_have_the_settings_that_git_reads(group: int, tmp_path: Path) -> None:
    """The same settings in the same order, and an error where git gives one."""
    chooser = random.Random(group)
    for _ in range(50):
        text = (
            chooser.choice(["", "\ufeff"])
            + "[s]\n"
            + "".join(chooser.choices(PIECES, k=chooser.randint(1, 9)))
        )
        (tmp_path / "config").write_bytes(text.encode())

        assert _ours(text.encode()) == _gits(tmp_path / "config"), repr(text)


def _ours(data: bytes) -> list[bytes] | None:
    try:
        settings = list(parse_config(data))
    except ValueError:
        return None
    return [_line(section, subsection, name, value) for section, subsection, name, value in settings]


def _line(section: bytes, subsection: bytes | None, name: bytes, value: bytes | None) -> bytes:
    key = b".".join(part for part in (section or None, subsection, name) if part is not None)
    return _plain(key if value is None else key + b"\n" + value)


def _gits(path: Path) -> list[bytes] | None:
    done = subprocess.run(
        ["git", "config", "--file", os.fspath(path), "--list", "-z"], capture_output=True, check=False
    )
    return [_plain(line) for line in done.stdout.split(b"\0")[:-1]] if done.returncode == 0 else None


def _plain(line: bytes) -> bytes:
    """Versions of git treat a tab between words differently."""
    return line.replace(b"\t", b" ").replace(b"\r", b" ")


def test_text_that_git_versions_read_differently_is_refused() -> None:
    """Another version could read such a file differently."""
    with pytest.raises(ValueError, match="NUL"):
        list(parse_config(b"[s]\none = \0\n"))


@pytest.mark.git
@pytest.mark.parametrize(
    "data", [b"one = 1\n", b"one\n[s]\ntwo = 2\n", b"\xef\xbb\xbfbare = x\n[core]\nbare\n"]
)
def test_a_setting_before_the_first_section_does_not_count(tmp_path: Path, data: bytes) -> None:
    """git accepts it, and never uses it."""
    (tmp_path / "config").write_bytes(data)

    assert _ours(data) == _gits(tmp_path / "config")
