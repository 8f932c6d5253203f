r"""Markup: HTML in which text stays text.

`element` escapes every content and attribute that is not Markup, so a commit message, path or name cannot add elements.
Invisible characters, and those that change the direction of writing, are shown as escapes.

>>> print(element("p", "a < b", element("b", "\u202e"), class_="note"))
<p class="note">a &lt; b<b>\u202e</b></p>
"""

from __future__ import annotations

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset(["br", "col", "meta", "wbr"])
_CARD = "border-left:3px solid #3b7dd8;padding:.3em .9em;margin:.3em 0;font-size:.95em"
_CELL = "text-align:left;vertical-align:top;padding:.1em 1.2em .1em 0;font-weight:normal;"


class Markup(str):
    """A text that is HTML."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str | bool | None) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        content: Texts, which are escaped, and Markup, which is not.
        attributes: By name, with `_` for `-`, and with a `_` at the end of a Python keyword. True means an attribute
            without a value; False and None mean no attribute.
    """
    opened = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{opened}>")
    return Markup(f"<{tag}{opened}>{join(content)}</{tag}>")


def join(content: Iterable[str]) -> Markup:
    """Return several contents as one."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in content))


def escape(text: str) -> Markup:
    """Return a text as HTML that shows it."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(text.replace('"', "&quot;").replace("'", "&#x27;"))


def card(title: str, note: str, rows: Iterable[tuple[str, str]]) -> Markup:
    """Return the view of a value in a notebook: a title, a note, and a table of facts.

    Uses the notebook's own colours, so that it is also readable on a dark background.
    """
    facts = [element("tr", _cell("th", name), _cell("td", value)) for name, value in rows]
    parts = [element("strong", title), " ", element("span", note, style="opacity:.7")]
    table = element("table", *facts, style="border-collapse:collapse;margin:.4em 0 0") if facts else ""
    return element("div", *parts, table, style=_CARD)


def _cell(tag: str, content: str) -> Markup:
    family = "opacity:.7" if tag == "th" else "font-family:ui-monospace,monospace;overflow-wrap:anywhere"
    return element(tag, content, style=_CELL + family, scope="row" if tag == "th" else None)


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
