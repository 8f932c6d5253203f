"""What git would store for a file; nothing runs to find out."""

from __future__ import annotations

import hashlib

import pytest

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import GitSettings
from zenml_pin.git.status.conversion import Conversion, plan_conversion
from zenml_pin.git.status.converted_content import convert, looks_binary, parse_pointer

CRLF = b"a\r\nb\r\n"
TEXT, AUTO = Conversion("text"), Conversion("auto")
LFS_SETTINGS: GitSettings = {("filter", "lfs", "clean"): "git-lfs clean -- %f"}


def nothing() -> bytes | None:
    raise AssertionError("the index's blob is not needed")


def pointer(data: bytes) -> bytes:
    """Return the LFS pointer to some content."""
    oid = hashlib.sha256(data).hexdigest().encode()
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize %d\n" % (oid, len(data))


BINARY = {
    "text": (b"a\n", False),
    "nothing": (b"", False),
    "nul": (b"a\0", True),
    "lone cr": (b"a\rb", True),
    "crlf": (CRLF, False),
    "one in 128 unprintable": (b"\x01" + b"a" * 127, True),
    "one in 129 unprintable": (b"\x01" + b"a" * 128, False),
    "delete": (b"\x7f", True),
    "escape, tab, backspace, form feed": (b"\x1b\t\b\x0c", False),
    "dos end of file": (b"a\x1a", False),
    "dos end of file inside": (b"a\x1ab", True),
    "utf-8": ("\u00e9".encode(), False),
    "line ends count for nothing": (b"\n" * 500 + b"\x01", True),
}


@pytest.mark.parametrize(("data", "binary"), BINARY.values(), ids=BINARY)
def test_content_is_binary_where_it_is_for_git(data: bytes, binary: bool) -> None:
    """git's statistics decide, not a NUL alone."""
    assert looks_binary(data) is binary


def test_text_loses_its_carriage_returns() -> None:
    """`text` converts CRLF, and leaves a lone CR."""
    assert convert(b"a\r\nb\rc\r\n", TEXT, nothing) == b"a\nb\rc\n"


def test_guessed_text_stays_where_the_index_has_crlf() -> None:
    """`text=auto` does not convert a file that was committed with CRLF."""
    assert convert(CRLF, AUTO, lambda: b"a\r\n") == CRLF
    assert convert(CRLF, AUTO, lambda: b"a\n") == b"a\nb\n"
    assert convert(CRLF, AUTO, lambda: b"\0\r\n") == b"a\nb\n"


def test_guessed_binary_stays_as_it_is() -> None:
    """`text=auto` does not convert content that looks binary."""
    assert convert(b"\0\r\n", AUTO, nothing) == b"\0\r\n"


def test_large_file_is_the_pointer_that_names_it() -> None:
    """An LFS file is stored as its pointer: sha256 and size are compared, and no program runs."""
    lfs = Conversion(lfs=True)
    data = b"weights" * 100

    assert convert(data, lfs, lambda: pointer(data)) == pointer(data)
    assert convert(data, lfs, lambda: pointer(b"others")) == data
    assert convert(pointer(data), lfs, nothing) == pointer(data)
    assert convert(b"", lfs, nothing) == b""


def test_large_file_without_a_pointer_is_not_known() -> None:
    """A file that was committed without LFS would now be stored differently."""
    with pytest.raises(UnsupportedError, match="filter 'lfs' is not run"):
        convert(b"weights", Conversion(lfs=True), lambda: b"weights")


POINTERS = {
    "extended": pointer(b"x").replace(b"oid", b"ext-0-x sha256:1\noid"),
    "of another hash": pointer(b"x").replace(b"sha256", b"sha512"),
    "without a size": pointer(b"x").rpartition(b"size")[0],
    "with another size": pointer(b"x").replace(b"size 1", b"size one"),
    "too long": pointer(b"x") + b" " * 1024,
    "of another kind": b"x",
}


@pytest.mark.parametrize("data", POINTERS.values(), ids=POINTERS)
def test_pointer_that_is_not_plain_does_not_count(data: bytes) -> None:
    """A pointer counts only if it is complete."""
    assert parse_pointer(data) is None


REFUSED = {
    "a command": ({b"filter": b"x"}, {("filter", "x", "clean"): "cat"}, "filter 'x' is not run"),
    "a process": ({b"filter": b"x"}, {("filter", "x", "process"): "cat"}, "filter 'x' is not run"),
    "another lfs": ({b"filter": b"lfs"}, {("filter", "lfs", "clean"): "cat"}, "filter 'lfs' is not run"),
    "required": ({b"filter": b"x"}, {("filter", "x", "required"): "true"}, "required and has no command"),
    "an encoding": ({b"working-tree-encoding": b"UTF-16"}, {}, "working-tree-encoding"),
    "no encoding": ({b"working-tree-encoding": True}, {}, "working-tree-encoding"),
}


@pytest.mark.parametrize(("attributes", "settings", "message"), REFUSED.values(), ids=REFUSED)
def test_filter_that_does_not_run_is_refused_with_the_reason(
    attributes: dict[bytes, bool | bytes | None], settings: dict[tuple[str, ...], str], message: str
) -> None:
    """ "Not committed, because": the reason names the filter."""
    with pytest.raises(UnsupportedError, match=message):
        plan_conversion(attributes, settings)


def test_ident_is_refused_only_in_a_file_with_a_keyword() -> None:
    """A file without `$Id` is stored unchanged."""
    ident = plan_conversion({b"ident": True}, {})

    assert convert(b"id = 1\n", ident, nothing) == b"id = 1\n"
    with pytest.raises(UnsupportedError, match="ident"):
        convert(b"# $Id: 1 $\n", ident, nothing)


def test_lfs_is_recognised_by_its_command() -> None:
    """The command's name distinguishes LFS from a filter that uses the same driver name."""
    assert plan_conversion({b"filter": b"lfs"}, LFS_SETTINGS) == Conversion(lfs=True)
    assert plan_conversion({b"filter": b"lfs"}, {}) == Conversion()
