r"""Markup: HTML in which text stays text.

`element` alone makes Markup, and escapes every content and attribute that is none, so that no commit message, path
or name can break out. Characters that cannot be seen, and those that turn the direction of writing, are shown as
escapes.

>>> print(element("p", "a < b", element("b", "\u202e"), class_="note"))
<p class="note">a &lt; b<b>\u202e</b></p>
"""

from __future__ import annotations

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset(["br", "col", "meta", "wbr"])


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str | bool | None) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        content: Texts, which are escaped, and Markup, which is not.
        attributes: By name, `_` for `-`, with one at the end where Python knows the word. True is an attribute
            without a value; False and None leave it out.
    """
    opened = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{opened}>")
    return Markup(f"<{tag}{opened}>{join(content)}</{tag}>")


def join(content: Iterable[str]) -> Markup:
    """Return contents one after the other, as one."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in content))


def escape(text: str) -> Markup:
    """Return a text as HTML that shows it."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(text.replace('"', "&quot;").replace("'", "&#x27;"))


def card(title: str, note: str, rows: Iterable[tuple[str, str]]) -> Markup:
    """Return what a notebook shows of a value: a title, a note, and facts in lines.

    Colours are the notebook's own, so that it is readable in a dark one.
    """
    facts = [element("tr", _cell("th", name), _cell("td", value)) for name, value in rows]
    parts = [element("strong", title), " ", element("span", note, style="opacity:.7")]
    table = element("table", *facts, style="border-collapse:collapse;margin:.4em 0 0") if facts else ""
    return element("div", *parts, table, style=_CARD)


_CARD = "border-left:3px solid #3b7dd8;padding:.3em .9em;margin:.3em 0;font-size:.95em"
_CELL = "text-align:left;vertical-align:top;padding:.1em 1.2em .1em 0;font-weight:normal;"


def _cell(tag: str, content: str) -> Markup:
    family = "opacity:.7" if tag == "th" else "font-family:ui-monospace,monospace;overflow-wrap:anywhere"
    return element(tag, content, style=_CELL + family, scope="row" if tag == "th" else None)


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
