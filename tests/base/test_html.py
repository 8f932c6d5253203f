"""Markup: HTML in which text stays text."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from tests.support.parsed_html import Seen
from zenml_pin import Change, ChangeKind, Source, Status
from zenml_pin.base.html import Markup, card, element, escape
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import BaseTrainerStep

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    "\u202eevil",
    "\x1b[31m",
    "a\nb",
    "\udcff",
    "]]>",
    "<!--",
]


@given(st.text(), st.text())
def test_text_never_becomes_markup(text: str, attribute: str) -> None:
    """Whatever the content or the attribute is, the result is one element with one attribute."""
    page = Seen(element("p", text, title=attribute))

    assert [tag for tag, _ in page.tags] == ["p"]
    assert list(page.tags[0][1]) == ["title"]
    assert page.text == text or not text.isprintable()
    assert page.tags[0][1]["title"] == attribute or not attribute.isprintable()


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_shown(text: str) -> None:
    """Visible characters unchanged, others as escapes."""
    shown = Seen(escape(text)).text

    assert shown.isprintable()
    assert shown == text or "\\" in shown


def test_only_markup_is_taken_as_it_is() -> None:
    """Markup from `element` is not escaped again; attributes may be absent."""
    inner = element("b", "<", hidden=True, title=None)

    assert element("p", inner, "&") == Markup("<p><b hidden>&lt;</b>&amp;</p>")
    assert element("br", class_="x") == '<br class="x">'


def test_notebooks_show_values() -> None:
    """A source, a status and a pipeline have an HTML view and a stable `repr`."""
    source = Source("a.b", "C", commit_id="1" * 40)
    status = Status("<b>", (Change("<i>.py", ChangeKind.MODIFIED),))
    pipeline = TrainingPipeline(name="<mine>").add_trainer(_Trainer())

    assert "1" * 40 in source._repr_html_()
    assert Seen(status._repr_html_()).text.startswith("<b> 1 uncommitted")
    assert "<i>.py" in Seen(status._repr_html_()).text
    assert "training" in Seen(pipeline._repr_html_()).text
    assert repr(pipeline) == "TrainingPipeline(name='<mine>', training=_Trainer)"
    assert (
        repr(source) == f"Source(module='a.b', name='C', commit_id='{'1' * 40}', release=None, roots_id=None)"
    )
    for html in (source._repr_html_(), status._repr_html_(), pipeline._repr_html_(), card("t", "n", [])):
        assert {tag for tag, _ in Seen(html).tags} <= {"div", "strong", "span", "table", "tr", "th", "td"}


def test_values_import_no_markup() -> None:
    """Only a notebook that shows a value imports it."""
    code = "import zenml_pin, sys; zenml_pin.Source, zenml_pin.Status; print('zenml_pin.base.html' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


class _Trainer(BaseTrainerStep):
    def run_fn(self) -> int:
        """Do nothing."""
        return 1
