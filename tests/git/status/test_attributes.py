"""Attributes, without git: macros, sources and their order."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, strategies as st

from zenml_pin.git.status.attributes import Attributes, AttributesFile


def make(files: dict[bytes, bytes], strongest: bytes = b"", weakest: bytes = b"") -> Attributes:
    """Return attributes from the texts of `.gitattributes` by folder."""
    return Attributes(files.get, strongest, (weakest,))


def test_states_are_set_unset_valued_and_taken_back() -> None:
    """`x`, `-x`, `x=y` and `!x`."""
    attributes = make({b"": b"* a -b c=d !e\n"}).of(b"x.py")

    assert attributes == {b"a": True, b"b": False, b"c": b"d", b"e": None}


def test_stronger_source_wins_attribute_by_attribute() -> None:
    """info/attributes, then the nearest folder, then those above, then the user's own file."""
    attributes = make(
        {b"": b"* a=root b=root c=root\n", b"pkg": b"* a=pkg b=pkg\n"},
        strongest=b"* a=info\n",
        weakest=b"* a=user d=user\n",
    )

    assert attributes.of(b"pkg/x") == {b"a": b"info", b"b": b"pkg", b"c": b"root", b"d": b"user"}


def test_binary_stands_for_three_states() -> None:
    """The macro that git has built in."""
    assert make({b"": b"*.bin binary\n"}).of(b"a.bin") == {
        b"binary": True,
        b"diff": False,
        b"merge": False,
        b"text": False,
    }


def test_own_macro_counts_in_the_root_only() -> None:
    """It is the macro that is built into git."""
    text = b"[attr]source text eol=lf\n*.py source\n"

    assert make({b"": text}).of(b"pkg/a.py")[b"text"] is True
    assert make({b"pkg": text}).of(b"pkg/a.py") == {b"source": True}


def test_macro_of_itself_ends() -> None:
    """A circle of macros does not cause an endless loop."""
    assert make({b"": b"[attr]a b\n[attr]b a\n* a\n"}).of(b"x") == {b"a": True, b"b": True}


LINES = {
    "quoted": (b'"a b" x\n', b"a b", True),
    "quoted with an octal escape": (b'"a\\040b" x\n', b"a b", True),
    "quoted with a quote": (b'"a\\"b" x\n', b'a"b', True),
    "broken quotes": (b'"a b x\n', b'"a', True),
    "negative": (b"!a x\n", b"a", False),
    "bad name": (b"a x b@d\n", b"a", False),
    "too long": (b"a x " + b"y" * 2048 + b"\n", b"a", False),
    "blanks": (b" \ta \t x\r\n", b"a", True),
    "byte order mark": (b"\xef\xbb\xbfa x\n", b"a", True),
}


@pytest.mark.parametrize(("text", "name", "has"), LINES.values(), ids=LINES)
def test_line_is_read_as_git_reads_it(text: bytes, name: bytes, has: bool) -> None:
    """A line that git does not understand is ignored as a whole."""
    assert (b"x" in make({b"": text}).of(name)) is has


@given(st.binary(max_size=40))
def test_any_text_is_a_file(text: bytes) -> None:
    """P9: no attributes file crashes the check, and everything that is read is in the text."""
    file = AttributesFile(text, True)

    states = [state for _, line in file.lines for state in line] + [*chain(*file.macros.values())]
    for name, value in states:
        assert name in text
        assert isinstance(value, bool | None) or value in text
    assert all(b"[attr]" + name in text for name in file.macros)


NAMES = st.text("abc._-1", min_size=1, max_size=4).filter(lambda name: name[0] != "-").map(str.encode)
STATES = st.none() | st.booleans() | st.text("abc=-!1", max_size=3).map(str.encode)
WRITTEN = {True: b"%b", False: b"-%b", None: b"!%b"}


@pytest.mark.slow
@given(st.dictionaries(NAMES, STATES, max_size=4))
def test_states_are_read_as_they_were_written(states: dict[bytes, bytes | bool | None]) -> None:
    """Reading is the inverse of writing."""
    words = [
        name + b"=" + state if isinstance(state, bytes) else WRITTEN[state] % name
        for name, state in states.items()
    ]

    assert make({b"": b" ".join([b"*", *words]) + b"\n"}).of(b"x") == states
