"""Ignore rules, without git: the order of the four layers, and what a folder inherits."""

from __future__ import annotations

import re

import pytest
from dulwich.wildmatch import translate
from hypothesis import assume, given, strategies as st

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.status.ignore import Ignore, parse_ignore
from zenml_pin.git.wildmatch import Pattern, compile_path


def make(files: dict[bytes, bytes], *shared: bytes, ignore_case: bool = False) -> Ignore:
    """Return rules from the texts of `.gitignore` by folder, and of the shared files, the stronger first."""
    return Ignore(files.get, list(shared), ignore_case)


def test_nearer_file_wins() -> None:
    """The path's own folder decides first, then each folder above."""
    ignore = make({b"": b"*.txt\n", b"pkg": b"!a.txt\n"})

    assert ignore.ignores(b"pkg/b.txt", False)
    assert not ignore.ignores(b"pkg/a.txt", False)
    assert not ignore.ignores(b"pkg/deep/a.txt", False)


def test_shared_files_come_last_and_exclude_before_the_users_own() -> None:
    """`.gitignore`, then info/exclude, then core.excludesFile."""
    ignore = make({b"": b"!kept.txt\n"}, b"*.txt\n!b.txt\n", b"b.txt\nc.md\n")

    assert ignore.ignores(b"a.txt", False)
    assert not ignore.ignores(b"kept.txt", False)
    assert not ignore.ignores(b"b.txt", False)
    assert ignore.ignores(b"c.md", False)


def test_nothing_comes_back_below_an_ignored_folder() -> None:
    """git does not enter an ignored folder, so rules in it do not count."""
    ignore = make({b"": b"build/\n", b"build": b"!*\n"})

    assert ignore.ignores(b"build", True)
    assert ignore.ignores(b"build/a/b.py", False)
    assert not ignore.ignores(b"build", False)


def test_each_file_is_read_once() -> None:
    """Rules are read folder by folder, when they are first needed."""
    read: list[bytes] = []
    ignore = Ignore(lambda folder: read.append(folder), [])

    for name in (b"a/b/x", b"a/b/y", b"a/z"):
        ignore.ignores(name, False)

    assert sorted(read) == [b"", b"a", b"a/b"]


LINES = {
    "comment": (b"# a\n", []),
    "escaped comment": (b"\\#a\n", [b"#a"]),
    "byte order mark": (b"\xef\xbb\xbfa\n", [b"a"]),
    "crlf": (b"a\r\n", [b"a"]),
    "spaces": (b"a  \n", [b"a"]),
    "escaped space": (b"a\\ \n", [b"a "]),
    "nul": (b"a\0b\n", [b"a"]),
    "blank": (b"\n  \n", []),
}


@pytest.mark.parametrize(("text", "names"), LINES.values(), ids=LINES)
def test_line_has_the_pattern_that_git_reads(text: bytes, names: list[bytes]) -> None:
    """Comments, line ends and trailing spaces are not part of a pattern."""
    patterns = parse_ignore(text)

    assert len(patterns) == len(names)
    assert all(pattern.matches(name, False) for pattern, name in zip(patterns, names, strict=True))


@pytest.mark.parametrize("body", [b"foo\\", b"[a", b"[[:nope:]]"])
def test_pattern_that_git_gives_up_on_matches_nothing(body: bytes) -> None:
    """A lone backslash and an unclosed bracket do not even match themselves."""
    assert compile_path(body) is None
    assert not Pattern(body).matches(body, False)


@given(st.binary(max_size=12), st.binary(min_size=1, max_size=12))
def test_any_pattern_has_an_answer(text: bytes, path: bytes) -> None:
    """P9: no pattern crashes the check, and its negation matches the same paths."""
    answer = Pattern(text).matches(path, False)

    assert answer in (True, False)
    assert text.startswith(b"!") or Pattern(b"!" + text).matches(path, False) is answer


WORDS = st.text("ab*?[]!\\ #", min_size=1, max_size=6).map(str.encode) | st.binary(min_size=1, max_size=6)


@given(WORDS, WORDS)
def test_a_name_whose_every_letter_is_escaped_matches_itself_alone(name: bytes, other: bytes) -> None:
    """Whatever its letters mean in a pattern."""
    assume(b"/" not in name + other)
    pattern = Pattern(b"".join(b"\\" + bytes([letter]) for letter in name))

    assert pattern.matches(name, False)
    assert pattern.matches(other, False) is (other == name)


HEAVY = {
    "one name": (b"*a" * 8 + b"*b", b"a" * 60),
    "any letters": (b"*?" * 20 + b"b", b"a" * 255),
    "many folders": (b"/".join([b"*a*a*a*b"] * 5), b"/".join([b"a" * 60] * 5)),
    "folders between": (b"**/*a*a*b/**/*a*b/x", b"/".join([b"a" * 50 + b"b"] * 40)),
}


@pytest.mark.parametrize(("pattern", "path"), HEAVY.values(), ids=HEAVY)
def test_stars_do_not_hang(pattern: bytes, path: bytes) -> None:
    """A hostile pattern takes no longer than an ordinary one."""
    assert not Pattern(pattern).matches(path, False)


def test_too_many_folders_are_refused() -> None:
    """Each `**` multiplies the number of positions to try."""
    with pytest.raises(UnsupportedError, match="too many"):
        Pattern(b"**/a/**/b/**/c/**/d")


PARTS = st.sampled_from([b"a", b"b", b"*", b"*", b"?", b"[ab]", b"[!a]", b"[!/]", b"/", b"\\*", b"**/"])


@given(st.lists(PARTS, min_size=1, max_size=8).map(b"".join), st.text("ab/*", max_size=9).map(str.encode))
def test_stars_mean_the_same_without_retries(pattern: bytes, path: bytes) -> None:
    """The matcher gives the same answers as a plain regular expression."""
    matcher = compile_path(pattern) if pattern.count(b"**") <= 3 else None

    if matcher is not None:
        assert bool(matcher.fullmatch(path)) == bool(re.fullmatch(translate(pattern), path, re.DOTALL))


def test_case_is_ignored_where_the_setting_says_so() -> None:
    """core.ignoreCase counts for ignore rules."""
    assert make({b"": b"*.TXT\n"}, ignore_case=True).ignores(b"a.txt", False)
    assert not make({b"": b"*.TXT\n"}).ignores(b"a.txt", False)
