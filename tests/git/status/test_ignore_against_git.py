"""Ignore rules, compared with git: each table row is a set of rule files, over one worktree of untracked names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.scenario_repository import Box
from tests.support.repositories import Repo
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.status.ignore import Ignore

pytestmark = pytest.mark.git

NAMES = [
    "a.txt",
    "b.txt",
    "A.TXT",
    "abc.o",
    "dir/a.txt",
    "dir/b.txt",
    "dir/sub/a.txt",
    "dir/sub/deep/a.txt",
    "dir/sub/deep/b.log",
    "other/dir/a.txt",
    "other/a.txt.bak",
    "build",
    "out/build/x",
    "foo\\",
    "foo",
    "sp ace.txt",
    "trail ",
    "#hash",
    "!bang",
    "[x].txt",
    "x.txt",
    "star*name",
    "caf\udce9",
    "caf\u00e9.txt",
    "-dash",
    "y]z",
    "z/abc.o/inner",
]
LINKS = {"gen": "dir", "dir/link": "nowhere"}

# name: {rule file: text}. "exclude" is .git/info/exclude, "global" core.excludesFile.
CASES: dict[str, dict[str, bytes]] = {
    "nothing": {},
    "a name": {".gitignore": b"a.txt\n"},
    "a name without a line end": {".gitignore": b"a.txt"},
    "a name with crlf": {".gitignore": b"a.txt\r\nb.txt\r\n"},
    "a name with two crs": {".gitignore": b"a.txt\r\r\n"},
    "a name with a cr at the end": {".gitignore": b"a.txt\r"},
    "a byte order mark": {".gitignore": b"\xef\xbb\xbfa.txt\n"},
    "a comment": {".gitignore": b"# a.txt\n#hash\n"},
    "an escaped hash": {".gitignore": b"\\#hash\n"},
    "an escaped bang": {".gitignore": b"\\!bang\n"},
    "blank lines": {".gitignore": b"\n\n   \n\t\na.txt\n"},
    "trailing spaces": {".gitignore": b"a.txt   \n"},
    "an escaped trailing space": {".gitignore": b"trail\\ \n"},
    "an unescaped trailing space": {".gitignore": b"trail \n"},
    "an escaped space and more": {".gitignore": b"trail\\   \n"},
    "a trailing tab": {".gitignore": b"a.txt\t\n"},
    "a leading space": {".gitignore": b" a.txt\n"},
    "a space inside": {".gitignore": b"sp ace.txt\n"},
    "an anchored name": {".gitignore": b"/a.txt\n"},
    "an anchored folder": {".gitignore": b"/dir\n"},
    "a folder": {".gitignore": b"dir/\n"},
    "a folder with two slashes": {".gitignore": b"dir//\n"},
    "a folder pattern on a file": {".gitignore": b"build/\n"},
    "a folder pattern on a link": {".gitignore": b"gen/\nlink/\n"},
    "a plain pattern on a link": {".gitignore": b"gen\nlink\n"},
    "a path": {".gitignore": b"dir/a.txt\n"},
    "a path with a trailing slash": {".gitignore": b"dir/sub/\n"},
    "a path below": {".gitignore": b"sub/a.txt\n"},
    "a star": {".gitignore": b"*.txt\n"},
    "a star alone": {".gitignore": b"*\n"},
    "a star in a folder": {".gitignore": b"dir/*\n"},
    "a star and a path": {".gitignore": b"*/a.txt\n"},
    "a star across folders does not": {".gitignore": b"dir/*/a.txt\n"},
    "two stars alone": {".gitignore": b"**\n"},
    "two stars first": {".gitignore": b"**/a.txt\n"},
    "two stars first and anchored": {".gitignore": b"/**/a.txt\n"},
    "two stars first and a folder": {".gitignore": b"**/sub\n"},
    "two stars last": {".gitignore": b"dir/**\n"},
    "two stars last and a slash": {".gitignore": b"dir/**/\n"},
    "two stars between": {".gitignore": b"dir/**/a.txt\n"},
    "two stars twice": {".gitignore": b"**/dir/**/a.txt\n"},
    "two stars in a row": {".gitignore": b"dir/**/**/a.txt\n"},
    "three stars": {".gitignore": b"***\n"},
    "two stars inside a name": {".gitignore": b"a**t\n"},
    "two stars before a name": {".gitignore": b"dir/**a.txt\n"},
    "a question mark": {".gitignore": b"?.txt\n"},
    "a question mark is no slash": {".gitignore": b"dir?a.txt\n"},
    "a class": {".gitignore": b"[ab].txt\n"},
    "a range": {".gitignore": b"[a-c].txt\n"},
    "a negated class": {".gitignore": b"[!a].txt\n"},
    "a negated class with a caret": {".gitignore": b"[^a].txt\n"},
    "a class with a bracket": {".gitignore": b"y[]]z\n"},
    "a class of a name": {".gitignore": b"[[:alpha:]].txt\n"},
    "an unknown class": {".gitignore": b"[[:nope:]].txt\n"},
    "an unclosed class": {".gitignore": b"[ab.txt\n"},
    "an escaped bracket": {".gitignore": b"\\[x].txt\n"},
    "an escaped star": {".gitignore": b"star\\*name\n"},
    "a lone backslash": {".gitignore": b"foo\\\n"},
    "two backslashes": {".gitignore": b"foo\\\\\n"},
    "a backslash and a slash": {".gitignore": b"foo\\/\n"},
    "an escaped letter": {".gitignore": b"f\\oo\n"},
    "an inverted range": {".gitignore": b"[z-a].txt\n"},
    "taken back": {".gitignore": b"*.txt\n!a.txt\n"},
    "taken back first": {".gitignore": b"!a.txt\n*.txt\n"},
    "taken back below an ignored folder": {".gitignore": b"dir/\n!dir/a.txt\n"},
    "taken back below ignored contents": {".gitignore": b"dir/*\n!dir/a.txt\n"},
    "taken back folder": {".gitignore": b"*\n!*/\n!*.txt\n"},
    "allow list": {".gitignore": b"/*\n!/dir\n/dir/*\n!/dir/sub\n"},
    "a bang alone": {".gitignore": b"!\n"},
    "a slash alone": {".gitignore": b"/\n"},
    "two slashes alone": {".gitignore": b"//\n"},
    "a nul": {".gitignore": b"a.txt\0rest\nb.txt\n"},
    "not utf-8": {".gitignore": b"caf\xe9\n"},
    "utf-8": {".gitignore": "caf\u00e9.txt\n".encode()},
    "a question mark for a byte": {".gitignore": b"caf?\n"},
    "a question mark for a character": {".gitignore": b"caf?.txt\n"},
    "a dash": {".gitignore": b"-dash\n"},
    "a deeper file": {"dir/.gitignore": b"a.txt\n"},
    "a deeper file takes back": {".gitignore": b"a.txt\n", "dir/.gitignore": b"!a.txt\n"},
    "a deeper file is anchored": {"dir/.gitignore": b"/a.txt\n"},
    "a deeper file with a path": {"dir/.gitignore": b"sub/a.txt\n"},
    "a deeper file ignores itself": {"dir/.gitignore": b"*\n"},
    "a deeper file below an ignored folder": {".gitignore": b"dir/\n", "dir/.gitignore": b"!a.txt\n"},
    "a deepest file": {"dir/sub/.gitignore": b"deep/*\n", "dir/.gitignore": b"!sub/deep/a.txt\n"},
    "exclude": {"exclude": b"a.txt\n"},
    "exclude with a path": {"exclude": b"dir/a.txt\n"},
    "exclude against a file": {"exclude": b"!a.txt\n", ".gitignore": b"a.txt\n"},
    "exclude taken back by a file": {"exclude": b"a.txt\n", ".gitignore": b"!a.txt\n"},
    "global": {"global": b"a.txt\n"},
    "global against exclude": {"global": b"a.txt\n", "exclude": b"!a.txt\n"},
    "exclude against global": {"global": b"!a.txt\n", "exclude": b"a.txt\n"},
    "global with a byte order mark": {"global": b"\xef\xbb\xbfa.txt\n"},
}


def make_worktree(root: Path) -> Box:
    """Return a repository without commits, full of untracked names."""
    box = Box(str(root), "")
    root.mkdir()
    box.git("init", "-q")
    for name in NAMES:
        box.write(name, b"")
    for name, target in LINKS.items():
        box.link(name, target)
    return box


def write_rules(box: Box, rules: dict[str, bytes]) -> None:
    """Write rule files into their folders."""
    for name, text in rules.items():
        if name == "exclude":
            box.write(".git/info/exclude", text)
        elif name == "global":
            box.write(".git/global", text)
            box.config("core.excludesFile", box.at(".git/global"))
        else:
            box.write(name, text)


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "ignore_case", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["", "ignore-case"]
)
def test_untracked_files_are_those_that_git_lists(case: str, ignore_case: bool, tmp_path: Path) -> None:
    """Ignore rules from all four layers, in git's order."""
    box = make_worktree(tmp_path / "repo")
    box.config("core.ignoreCase", str(ignore_case).lower())

    write_rules(box, CASES[case])

    for judgement in judge(box.root, ("", "dir/sub/a.txt")):
        assert not judgement.is_false_clean, str(judgement)
        assert not judgement.unlisted, str(judgement)
        assert not judgement.stricter, str(judgement)


LINES = (
    st.lists(st.text("ab*?[]!\\/ #-^.", min_size=1, max_size=8), max_size=3).map("\n".join).map(str.encode)
)
NAME = st.text("ab*[]!\\ #-^", min_size=1, max_size=4)
PATHS = st.lists(NAME, min_size=1, max_size=3).map("/".join).map(str.encode)


@pytest.mark.slow
def test_any_patterns_match_the_same_paths_as_for_git(repo: Repo) -> None:
    """The files need not exist; `git check-ignore` is the judge."""
    answers: Counter[bool] = Counter()

    @given(LINES, st.lists(PATHS, min_size=8, max_size=8, unique=True))
    def check(text: bytes, paths: list[bytes]) -> None:
        Path(repo.path, ".gitignore").write_bytes(text)
        options = ("check-ignore", "--no-index", "-z", "--stdin")
        ignored = run_git(*options, cwd=repo.path, may_fail=True, stdin=b"\0".join(paths))
        try:
            ignore = Ignore({b"": text}.get, [], False)
            ours = [path for path in paths if ignore.ignores(path, False)]
        except UnsupportedError:
            return
        assert ours == ignored.split(b"\0")[:-1]
        answers.update(path in ours for path in paths)

    check()
    # The number of matches depends on what Hypothesis draws for this file name and Python version.
    assert answers[True] > 5
