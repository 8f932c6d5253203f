"""Rewriting sources changes their characters, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import DocumentError
from zenml_pin.pipelines.documents.source_spans import rewrite_sources, source_spans
from zenml_pin.yaml.reading import read

OLD = "trainers.step.MyTrainer@" + "0" * 40
NEW = "trainers.step.MyTrainer@" + "f" * 40
HEAD = "pipeline: {name: x, type: training, source: a.P}\n"

# Texts with OLD, in every way in which YAML can write it; the result has NEW there.
STYLES = {
    "plain": f"steps:\n  training:\n    source: {OLD}\n",
    "comment behind": f"steps:\n  training:\n    source:   {OLD}   # {OLD}\n",
    "single quotes": f"steps: {{training: {{source: '{OLD}'}}}}\n",
    "double quotes": f'steps: {{training: {{"source": "{OLD}", args: {{}}}}}}\n',
    "flow map over lines": f"steps: {{\n  training: {{ source:\n    {OLD} ,\n }} }}\n",
    "folded block": f"steps:\n  a:\n    source: >-  # trainers.step\n      {OLD}\n\n    # after\n    args: {{}}\n",
    "literal block": f"steps:\n  training:\n    source: |-\n        {OLD}\n",
    "block with its line end": f"steps:\n  training:\n    source: |\n      {OLD}\n    args: {{}}\n",
    "anchor": f"steps:\n  training: {{source: &s {OLD}}}\n  other: {{source: *s}}\n",
    "anchor and comment": f'steps:\n  training:\n    source: &s # "one"\n      "{OLD}"\n',
    "aliased step": f"steps:\n  training: &t {{source: {OLD}}}\n  other: *t\n",
    "explicit key": f"steps:\n  training:\n    ? source\n    : {OLD}\n",
    "no line end": f"steps: {{training: {{source: {OLD}}}}}",
    "datasource": f"datasource: {{source: {OLD}}}\n",
    "backend": f"environment: {{backends: {{orchestrator: {{source: {OLD}}}}}}}\n",
    "class in arguments": f"steps: {{training: {{source: a.B, args: {{x: [1, {{$class: {OLD}}}]}}}}}}\n",
    "source as an argument": f"steps: {{training: {{source: {OLD}, args: {{source: a.B}}}}}}\n",
    "step named args": f"steps: {{args: {{source: {OLD}, args: {{}}}}}}\n",
}
WAYS = {
    "": lambda text: text,
    ", CRLF": lambda text: text.replace("\n", "\r\n"),
    ", BOM": lambda text: "\ufeff" + text,
    ", non-ASCII before": lambda text: "# größe 日本 😀\n" + text,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("style", STYLES)
def test_only_the_source_changes(style: str, way: str) -> None:
    """Comments, line ends, quotes, order, anchors, byte order mark, flow maps and block scalars stay."""
    text = WAYS[way](HEAD + STYLES[style])
    hidden = f"# {OLD}"
    expected = text.replace(hidden, "\0").replace(OLD, NEW).replace("\0", hidden)

    assert rewrite_sources(text, {OLD: NEW}) == expected


def test_escaped_source_is_written_again_in_its_quotes() -> None:
    """Its old characters are not in the text, so they cannot be replaced."""
    text = (
        HEAD
        + 'steps:\n  a: {source: "trainers\\x2estep.T"}  # one\n  b: {source: "trainers.\\\n    step.T"}\n'
    )

    assert rewrite_sources(text, {"trainers.step.T": "x.Y"}) == (
        HEAD + 'steps:\n  a: {source: "x.Y"}  # one\n  b: {source: "x.Y"}\n'
    )


KEPT = {
    "argument": f"steps: {{a: {{source: a.B, args: {{source: {OLD}}}}}}}",
    "class form with more keys": f"steps: {{a: {{source: a.B, args: {{x: {{$class: {OLD}, y: 1}}}}}}}}",
    "metadata": f"environment: {{metadata: {{source: {OLD}}}}}",
    "name": f"datasource: {{source: a.B, name: {OLD}}}",
    "comment": f"# {OLD}",
    "key": f"steps: {{{OLD}: {{source: a.B}}}}",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_text_that_only_looks_like_a_source_stays(text: str) -> None:
    """The user's own data does not change."""
    assert rewrite_sources(HEAD + text, {OLD: NEW}) == HEAD + text


SHARED = {
    "argument": f"steps: {{a: {{source: &s {OLD}, args: {{x: *s}}}}}}",
    "anchor in an argument": f"steps: {{a: {{args: {{x: &s {OLD}}}, source: *s}}}}",
    "whole step as an argument": f"steps: {{a: &a {{source: {OLD}}}, b: {{source: a.B, args: {{x: *a}}}}}}",
}


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED)
def test_source_that_an_anchor_shares_with_an_argument_is_refused(text: str) -> None:
    """The alternative would change a step's argument."""
    with pytest.raises(DocumentError, match="would change something else") as caught:
        rewrite_sources(HEAD + text, {OLD: NEW}, "p.yaml")

    assert "write the source again" in caught.value.hint


def test_spans_say_where_each_source_is() -> None:
    """Key path, line and column from 1, source, and its characters in the text."""
    text = f"\ufeff# é\n{HEAD}steps:\n  training:\n    source: '{OLD}'\n    args: {{f: {{$class: 'c.D'}}}}\n"

    spans = source_spans(text.encode())

    assert [(".".join(map(str, span.key_path)), span.line, span.source) for span in spans] == [
        ("pipeline.source", 2, "a.P"),
        ("steps.training.source", 5, OLD),
        ("steps.training.args.f.$class", 6, "c.D"),
    ]
    assert [text[span.start : span.end] for span in spans] == ["a.P", f"'{OLD}'", "'c.D'"]
    assert spans[1].column == 13


def test_sources_of_old_documents_are_found() -> None:
    """Era 0.3.8 keeps its steps below the pipeline."""
    text = f"pipeline: {{source: a.P, datasource: {{source: a.D}}, steps: {{trainer: {{source: {OLD}}}}}}}"

    assert [span.source for span in source_spans(text)] == ["a.P", "a.D", OLD]


# Properties

_SOURCES = ["a.B", "trainers.step.T@" + "1" * 40, "zenml_pin.steps.S@zenml_0.1.0", "é.Ünï"]
_VALUE = st.sampled_from(["x", "[1, 2]", "{source: a.B}", "'a.B'", "a.B", "{$tuple: [1]}", "&n 3"])
_COMMENT = st.sampled_from(["", "  # a.B", " # é"])
_STYLE = st.sampled_from(["{}", "'{}'", '"{}"', ">-\n      {}", "|-\n      {}"])


@st.composite
def _texts(draw: st.DrawFn) -> str:
    lines = [HEAD.rstrip(), "steps:"]
    for number in range(draw(st.integers(0, 4))):
        source = draw(_STYLE).format(draw(st.sampled_from(_SOURCES)))
        comment = draw(_COMMENT) if not source.startswith((">", "|")) else ""
        value = draw(_VALUE).replace("&n", f"&n{number}")
        lines += [f"  s{number}:{draw(_COMMENT)}", f"    source: {source}{comment}"]
        lines += [f"    args: {{x: {value}}}{draw(_COMMENT)}"]
    return draw(st.sampled_from(["", "\ufeff"])) + draw(st.sampled_from(["\n", "\r\n"])).join([*lines, ""])


@pytest.mark.slow
@given(_texts(), st.dictionaries(st.sampled_from(_SOURCES), st.sampled_from([*_SOURCES, NEW])))
def test_rewriting_changes_source_values_only(text: str, replacements: dict[str, str]) -> None:
    """Every byte outside the spans stays the same, and every value except the sources."""
    new = rewrite_sources(text, replacements)

    assert _without_spans(new) == _without_spans(text)
    expected = [replacements.get(span.source, span.source) for span in source_spans(text)]
    assert [span.source for span in source_spans(new)] == expected
    assert _arguments(new) == _arguments(text)


def _without_spans(text: str) -> str:
    for span in reversed(source_spans(text)):
        raw = text[span.start : span.end]
        at = span.start + raw.rindex(span.source)
        text = text[:at] + text[at + len(span.source) :]
    return text


def _arguments(text: str) -> list[Any]:
    steps = read(text).data["steps"] or {}
    return [(key, step["args"]) for key, step in steps.items()]


@pytest.mark.slow
@given(_texts())
def test_rewriting_nothing_changes_nothing(text: str) -> None:
    """Byte for byte."""
    assert rewrite_sources(text, {}) == text
    assert rewrite_sources(text, {source: source for source in _SOURCES}) == text
