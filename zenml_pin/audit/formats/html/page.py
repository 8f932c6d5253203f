"""The page: one self-contained file. Its policy allows its own style, and nothing else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from zenml_pin.base.html import Markup, element, join
from zenml_pin.base.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def make_page(title: str, *body: str, has_pictures: bool = False) -> str:
    """Return an HTML file with a title and the contents of its body.

    The policy allows the one style that has its hash. If other content got into the page, it would not run or load.

    Args:
        title: The title.
        body: The contents.
        has_pictures: Whether the policy also allows pictures that are in the page itself.
    """
    policy = _policy() + ("; img-src data:" if has_pictures else "")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        style(),
    )
    skip = element("a", "Skip to the content", href="#main", class_="skip")
    footer = element(
        "footer", element("p", f"Made by zenml_pin {__version__}. This file loads and runs nothing.")
    )
    html = element("html", head, element("body", skip, *body, footer, class_="zenml-pin"), lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def make_fragment(*content: str) -> Markup:
    """Return contents with their style, for a notebook's page."""
    return element("div", style(), *content, class_="zenml-pin")


def style() -> Markup:
    """Return the style of all pages."""
    return Markup(f"<style>{_css()}</style>")


def facts(*pairs: tuple[str, str | None]) -> Markup:
    """Return names with their values; a value of None is left out."""
    items = [join([element("dt", name), element("dd", value)]) for name, value in pairs if value is not None]
    return element("dl", *items, class_="facts")


def code_element(text: str) -> Markup:
    """Return a text as code."""
    return element("code", text)


def pinned(source: str) -> Markup:
    """Return the text of a source as code; its pin is less visible."""
    name, at, pin = source.partition("@")
    return element("code", join([dotted(name), at, element("wbr"), element("span", pin, class_="muted")]))


def wide_table(heads: Iterable[str], rows: Iterable[Markup]) -> Markup:
    """Return a table with a row of heads."""
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in heads)))
    return element("table", head, element("tbody", *rows), class_="plain wide")


def head_of(command: str, title: str | Markup, *rows: tuple[str, str | Markup | None]) -> Markup:
    """Return the head of a page: the command that made it, what it is about, and facts."""
    about = [facts(*rows)] if rows else []
    eyebrow = element("p", f"zenml_pin {command}", class_="eyebrow")
    return element("header", eyebrow, element("h1", title), *about)


def person(author: str) -> Markup:
    """Return the name and address of an author, which a browser does not break inside a word."""
    return element("span", author, class_="muted person")


def dotted(name: str) -> Markup:
    """Return a dotted name that a browser may break after each dot."""
    first, *others = name.split(".")
    return join([first, *(join([".", element("wbr"), part]) for part in others)])


@cache
def _css() -> str:
    return (files(__package__) / "style.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    digest = b64encode(sha256(_css().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
