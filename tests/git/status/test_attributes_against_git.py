"""Attributes and line endings, compared with git: every file is committed with LF and has CRLF on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.scenario_repository import Box, copy_box
from tests.support.repositories import Repo
from tests.support.thorough import usually
from zenml_pin.git.status.attributes import Attributes

pytestmark = pytest.mark.git

TEXT = b"one\ntwo\n"
# path: (the committed content, the content on disk)
FILES: dict[str, tuple[bytes, bytes]] = {
    "a.py": (TEXT, b"one\r\ntwo\r\n"),
    "b.txt": (TEXT, b"one\r\ntwo\r\n"),
    "mixed.py": (TEXT, b"one\r\ntwo\n"),
    "dir/a.py": (TEXT, b"one\r\ntwo\r\n"),
    "dir/sub/a.py": (TEXT, b"one\r\ntwo\r\n"),
    "dir/sub/b.txt": (TEXT, b"one\r\ntwo\r\n"),
    "nul.py": (b"a\0b\nc\n", b"a\0b\r\nc\r\n"),
    "lone.py": (b"a\rb\nc\n", b"a\rb\r\nc\r\n"),
    "unprintable.py": (b"\x01\x02ab\nc\n", b"\x01\x02ab\r\nc\r\n"),
    "rarely.py": (b"\x01" + b"a" * 200 + b"\n", b"\x01" + b"a" * 200 + b"\r\n"),
    "delete.py": (b"\x7fab\n", b"\x7fab\r\n"),
    "eof.py": (b"a\n\x1a", b"a\r\n\x1a"),
    "escape.py": (b"\x1b\x08\x0c\tab\n", b"\x1b\x08\x0c\tab\r\n"),
    "crlf.py": (b"one\r\ntwo\r\n", b"one\r\ntwo\r\n"),
    "crlf-edited.py": (b"one\r\ntwo\r\n", b"one\r\ntwo\r\nthree\r\n"),
    "crlf-to-lf.py": (b"one\r\ntwo\r\n", b"one\ntwo\n"),
    "crlf-some.py": (b"one\r\ntwo\n", b"one\r\ntwo\r\n"),
    "crlf-binary.py": (b"\0\r\n", b"\0\r\n"),
    "stored-binary.py": (b"\0\r\none\n", b"one\r\n"),
    "same.py": (TEXT, TEXT),
    "empty.py": (b"", b""),
    "sp ace.py": (TEXT, b"one\r\ntwo\r\n"),
    "other.py": (TEXT, b"one\r\n2\r\n"),
    "crcrlf.py": (b"a\r\nb\n", b"a\r\r\nb\r\n"),
    "A.PY": (TEXT, b"one\r\ntwo\r\n"),
}

# name: {attributes file: text}. "info" is .git/info/attributes, "global" core.attributesFile.
CASES: dict[str, dict[str, bytes]] = {
    "nothing": {},
    "text": {".gitattributes": b"*.py text\n"},
    "text for all": {".gitattributes": b"* text\n"},
    "text auto": {".gitattributes": b"* text=auto\n"},
    "text auto and eol lf": {".gitattributes": b"* text=auto eol=lf\n"},
    "text auto and eol crlf": {".gitattributes": b"* text=auto eol=crlf\n"},
    "eol lf": {".gitattributes": b"* eol=lf\n"},
    "eol crlf": {".gitattributes": b"* eol=crlf\n"},
    "eol unknown": {".gitattributes": b"* eol=cr\n"},
    "eol without a value": {".gitattributes": b"* eol\n"},
    "no text": {".gitattributes": b"* -text\n"},
    "no text but eol": {".gitattributes": b"* -text eol=crlf\n"},
    "text taken back": {".gitattributes": b"* text\n*.txt !text\n"},
    "text of another value": {".gitattributes": b"* text=maybe\n"},
    "text input": {".gitattributes": b"* text=input\n"},
    "crlf": {".gitattributes": b"* crlf\n"},
    "crlf input": {".gitattributes": b"* crlf=input\n"},
    "no crlf": {".gitattributes": b"* -crlf\n"},
    "crlf against text": {".gitattributes": b"* crlf -text\n"},
    "binary": {".gitattributes": b"* text\n*.py binary\n"},
    "binary first": {".gitattributes": b"*.py binary\n* text\n"},
    "not binary": {".gitattributes": b"* text\n*.py -binary\n"},
    "own macro": {".gitattributes": b"[attr]source text eol=crlf\n*.py source\n"},
    "own macro defined later": {".gitattributes": b"*.py source\n[attr]source text\n"},
    "own macro in a folder": {"dir/.gitattributes": b"[attr]source text\n*.py source\n"},
    "own macro used in a folder": {
        ".gitattributes": b"[attr]source text\n",
        "dir/.gitattributes": b"*.py source\n",
    },
    "own macro of a macro": {".gitattributes": b"[attr]inner text\n[attr]outer inner\n*.py outer\n"},
    "own macro with a bad name": {".gitattributes": b"[attr]so,urce text\n*.py text\n"},
    "own macro unset": {".gitattributes": b"[attr]source text\n* source\n*.txt -source\n"},
    "binary redefined": {".gitattributes": b"[attr]binary text\n*.py binary\n"},
    "macro in info": {"info": b"[attr]source text\n", ".gitattributes": b"*.py source\n"},
    "macro redefined in info": {
        "info": b"[attr]source -text\n",
        ".gitattributes": b"[attr]source text\n*.py source\n",
    },
    "quoted pattern": {".gitattributes": b'"sp ace.py" text\n'},
    "quoted pattern with an escape": {".gitattributes": b'"sp\\040ace.py" text\n'},
    "broken quotes": {".gitattributes": b'"sp ace.py text\n*.txt text\n'},
    "a pattern with a class": {".gitattributes": b"sp[[:space:]]ace.py text\n"},
    "a negative pattern": {".gitattributes": b"!*.py text\n*.txt text\n"},
    "a bad name voids the line": {".gitattributes": b"*.py text b@d\n*.txt text\n"},
    "a comment": {".gitattributes": b"# *.py text\n"},
    "leading blanks": {".gitattributes": b"  \t*.py \t text\n"},
    "crlf line ends": {".gitattributes": b"*.py text\r\n*.txt text\r\n"},
    "a byte order mark": {".gitattributes": b"\xef\xbb\xbf*.py text\n"},
    "a long line": {".gitattributes": b"*.py text " + b"x" * 2100 + b"\n*.txt text\n"},
    "a line that is nearly too long": {".gitattributes": b"*.py text " + b"x" * 2037 + b"\n"},
    "a line that is just too long": {".gitattributes": b"*.py text " + b"x" * 2038 + b"\n"},
    "the last line wins": {".gitattributes": b"*.py text\n*.py -text\n"},
    "the last state wins": {".gitattributes": b"*.py -text text\n"},
    "a folder pattern": {".gitattributes": b"dir/ text\n"},
    "a path pattern": {".gitattributes": b"dir/*.py text\n"},
    "an anchored pattern": {".gitattributes": b"/a.py text\n"},
    "two stars": {".gitattributes": b"dir/** text\n"},
    "two stars first": {".gitattributes": b"**/a.py text\n"},
    "a deeper file": {"dir/.gitattributes": b"*.py text\n"},
    "a deeper file wins": {".gitattributes": b"*.py text\n", "dir/.gitattributes": b"*.py -text\n"},
    "a deeper file takes back": {".gitattributes": b"*.py text\n", "dir/.gitattributes": b"*.py !text\n"},
    "a deeper file with a path": {"dir/.gitattributes": b"sub/*.py text\n"},
    "info": {"info": b"*.py text\n"},
    "info wins": {"info": b"*.py -text\n", ".gitattributes": b"*.py text\n"},
    "global": {"global": b"*.py text\n"},
    "global loses": {"global": b"*.py text\n", ".gitattributes": b"*.py -text\n"},
    "working tree encoding of utf-8": {".gitattributes": b"*.py working-tree-encoding=UTF-8\n"},
    "a filter without a driver": {".gitattributes": b"*.py filter=nothing\n"},
    "a filter that is no value": {".gitattributes": b"*.py filter\n*.txt -filter\n"},
    "ident without a keyword": {".gitattributes": b"*.py ident\n"},
}
SETTINGS = {
    "": {},
    "autocrlf": {"core.autocrlf": "true"},
    "autocrlf input": {"core.autocrlf": "input"},
    "eol crlf": {"core.eol": "crlf"},
    "ignore case": {"core.ignoreCase": "true"},
}
# Only for line endings, all combinations are tested.
CROSSED = [name for name in CASES if name.startswith(("nothing", "text", "eol", "no ", "crlf", "binary"))]
PAIRS = [
    pytest.param(case, setting, marks=pytest.mark.slow if setting.startswith(("eol", "ignore")) else ())
    for setting in SETTINGS
    for case in CASES
    if case in CROSSED or setting in ("", "ignore case")
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """The committed files; the index knows no sizes, so that content decides."""
    box = Box(str(tmp_path_factory.mktemp("template")), "")
    box.git("init", "-q")
    for path, (committed, _) in FILES.items():
        box.write(path, committed)
    box.commit()
    box.git("read-tree", "HEAD")
    return box


@pytest.mark.quick(every=7)
@pytest.mark.parametrize(("case", "setting"), PAIRS)
def test_converted_content_is_what_git_would_store(
    case: str, setting: str, template: Box, tmp_path: Path
) -> None:
    """Line endings, `text=auto`, the binary macro and own macros, and git's statistics for binary content."""
    box = copy_box(template, str(tmp_path / "repo"), str(tmp_path))
    for path, (_, on_disk) in FILES.items():
        box.write(path, on_disk)
    for name, value in SETTINGS[setting].items():
        box.config(name, value)
    for name, text in CASES[case].items():
        box.write({"info": ".git/info/attributes", "global": ".git/global"}.get(name, name), text)
    if "global" in CASES[case]:
        box.config("core.attributesFile", box.at(".git/global"))

    for judgement in judge(box.root, ("", "dir")):
        assert not judgement.is_false_clean, str(judgement)
        assert not judgement.unlisted, str(judgement)
        assert not judgement.stricter, str(judgement)


WORDS = st.text('abx-!=.*"\\ \t', max_size=10) | st.sampled_from(
    ["[attr]a b", "a a", "* a=x -b", "binary", "b -a !x"]
)
TEXTS = st.lists(WORDS, max_size=4).map("\n".join).map(str.encode)
PATHS = (b"a", b"b", b"ab", b"a b", b"x.a", b"b/a")
INFO = {b"set": True, b"unset": False}


@pytest.mark.slow
def test_any_file_gives_the_attributes_that_it_gives_for_git(repo: Repo) -> None:
    """As `git check-attr --all` lists them."""
    counts: Counter[bool] = Counter()

    @given(TEXTS)
    def check(text: bytes) -> None:
        Path(repo.path, ".gitattributes").write_bytes(text)
        parts = run_git("check-attr", "-z", "-a", "--stdin", cwd=repo.path, stdin=b"\0".join(PATHS)).split(
            b"\0"
        )
        theirs: dict[bytes, dict[bytes, object]] = {path: {} for path in PATHS}
        for path, name, info in zip(*[iter(parts[:-1])] * 3, strict=True):
            theirs[path][name] = INFO.get(info, info)
        attributes = Attributes({b"": text}.get)
        for path in PATHS:
            ours = {name: state for name, state in attributes.of(path).items() if state is not None}
            assert ours == theirs[path]
            counts[bool(ours)] += 1

    check()
    assert counts[True] > usually(10, 20)
