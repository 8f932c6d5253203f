"""The fast reader of a text: it gives the same data as the events, or gives up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import DocumentError
from zenml_pin.pipelines.documents.source_spans import source_spans, spans_of
from zenml_pin.yaml import reading
from zenml_pin.yaml.fast_path import Composed, is_quick
from zenml_pin.yaml.reading import read
from zenml_pin.yaml.writing import MAX_DEPTH, dump

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
)


def compare(text: str) -> bool:
    """Compare both readers of a valid text; return whether the fast one was used."""
    quick = read(text, "p.yaml")
    assert quick.root is not None
    assert repr(quick.data) == repr(quick.root.plain())
    return isinstance(quick.nodes, Composed)


def read_or_say_why(text: str) -> str:
    """Return a text's data, or the error."""
    try:
        return repr(read(text, "p.yaml").data)
    except DocumentError as error:
        return str(error)


@pytest.mark.slow
@given(VALUES)
def test_both_ways_give_the_same_data(value: Any) -> None:
    """For any data that can be written."""
    text = dump({"steps": value})

    assert compare(text) == is_quick(text)


@given(st.text(alphabet="ab:-[]{},'\"\n #?!&*<|>0.1~y", max_size=40))
def test_both_ways_refuse_the_same(text: str) -> None:
    """Both refuse the same texts with the same message, and otherwise give the same data."""
    outcome = read_or_say_why(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_find_quick", lambda text: None)
        by_events = read_or_say_why(text)

    assert outcome == by_events


@pytest.mark.parametrize(
    "text",
    {
        "tag": "a: !!str 1\n",
        "alias": "a: &x 1\nb: *x\n",
        "merge key": "a: {<<: {b: 1}}\n",
        "explicit key": "? a\n: 1\n",
        "many levels in a line": "- - a\n",
        "many brackets": "a: " + "[" * 300 + "]" * 300 + "\nb: " + "[" * 300,
    }.values(),
    ids=lambda text: text[:12],
)
def test_text_with_special_features_is_not_composed(text: str) -> None:
    """Only the events show its features."""
    assert not is_quick(text)


def test_deep_nesting_is_refused_as_before() -> None:
    """Because of its depth, with its location."""
    assert compare("\n".join(" " * level + "a:" for level in range(MAX_DEPTH - 1)))
    with pytest.raises(DocumentError, match=f"nested deeper than {MAX_DEPTH} levels"):
        read("\n".join(" " * level + "a:" for level in range(MAX_DEPTH + 2)) + " 1", "p.yaml")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
def test_sources_have_the_same_locations(mark: str) -> None:
    """Line, column and characters, also after a byte order mark, with letters of any width."""
    text = f"{mark}# é\nsteps:\n  a:\n    source: 'x.Y'  # 😀\n    args: {{k: {{$class: z.W}}}}\n  b: {{source: 5}}\n"

    quick = spans_of(read(text))
    slow = source_spans(text.replace("# é", "# é!"))

    assert [span.source for span in quick] == ["x.Y", "z.W"]
    assert [(span.key_path, span.line, span.column, span.start + 1, span.end + 1) for span in quick] == [
        (span.key_path, span.line, span.column, span.start, span.end) for span in slow
    ]
