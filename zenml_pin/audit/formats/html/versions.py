"""The page of a class's versions: a line a version, newest first, with what pins it."""

from __future__ import annotations

from zenml_pin.audit.formats.html.page import code_element, dotted, make_page
from zenml_pin.audit.history.pinned_by import PinnedBy
from zenml_pin.audit.history.version import Version, Versions
from zenml_pin.base.dates import count, day
from zenml_pin.base.html import Markup, element, join


def versions_page(found: Versions) -> str:
    """Return the versions of a class as an HTML file."""
    header = element(
        "header",
        element("p", "zenml_pin versions", class_="eyebrow"),
        element("h1", dotted(str(found.source))),
    )
    return make_page(f"Versions of {found.source}", header, element("main", *show_versions(found), id="main"))


def show_versions(found: Versions) -> list[Markup]:
    """Return the parts of it: a sentence, the table, and the pins that belong to no version."""
    pins = sum(len(held.pins) for held in found.versions)
    ends = "" if found.is_complete else "; the history ends there, for this is a shallow clone"
    said = f"{count(len(found.versions), 'version')} in {count(found.commits, 'commit')}, {count(pins, 'pin')}{ends}."
    heads = ("Day", "Commit", "What", "Subject and author", "Pinned by")
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in heads)))
    table = element("table", head, element("tbody", *map(_row, found.versions)), class_="plain wide")
    return [element("p", said, class_="lead"), table, *_elsewhere(found.elsewhere)]


def _row(held: Version) -> Markup:
    cells = [
        element("th", day(held.commit.time, held.commit.zone), scope="row"),
        element("td", element("code", held.commit.id, class_="id"), element("br"), *_unit(held)),
        element("td", *_what(held)),
        element("td", held.subject, element("br"), element("span", held.commit.author, class_="muted")),
        element("td", *_pins(held.pins)),
    ]
    return element("tr", *cells)


def _unit(held: Version) -> list[str]:
    if held.unit is None:
        return []
    kind = "blob" if held.unit.folder.endswith(".py") else "tree"
    return [element("span", f"{held.unit.folder}, {kind} ", code_element(held.unit.id[:12]), class_="muted")]


def _what(held: Version) -> list[str]:
    word = {"added": "ok", "deleted": "error"}.get(held.kind.value, "note")
    badge = element("span", held.kind.value, class_=f"badge {word}")
    said = held.what.partition(", ")[2]
    said += " (merge)" if len(held.commit.parents) > 1 else ""
    return [badge, *([element("br"), element("span", said, class_="muted")] if said else [])]


def _pins(pins: tuple[PinnedBy, ...]) -> list[str]:
    if not pins:
        return [element("span", "—", class_="muted")]
    return [join([element("span", "pinned by ", class_="phone"), held.label, element("br")]) for held in pins]


def _elsewhere(pins: tuple[PinnedBy, ...]) -> list[Markup]:
    if not pins:
        return []
    items = [
        element("li", held.label, " at ", code_element(held.commit_id), f" in {held.path}") for held in pins
    ]
    said = "Of commits beside this line of history with other code, or of commits that are not here."
    return [element("h2", "Other pins"), element("p", said, class_="muted"), element("ul", *items)]
