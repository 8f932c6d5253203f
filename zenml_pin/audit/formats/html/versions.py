"""The page of a class's versions: one line for each version, newest first, with its pins."""

from __future__ import annotations

from zenml_pin.audit.formats.html.page import code_element, dotted, head_of, make_page, person, wide_table
from zenml_pin.audit.history.pinned_by import PinnedBy
from zenml_pin.audit.history.version import Version, Versions
from zenml_pin.base.dates import day
from zenml_pin.base.html import Markup, element, join
from zenml_pin.base.text import count


def versions_page(versions: Versions) -> str:
    """Return the versions of a class as an HTML file."""
    header = head_of("versions", dotted(str(versions.source)))
    return make_page(
        f"Versions of {versions.source}", header, element("main", *show_versions(versions), id="main")
    )


def show_versions(versions: Versions) -> list[Markup]:
    """Return the parts of the page: a sentence, the table, and the pins that do not belong to a version."""
    pins = sum(len(version.pins) for version in versions.versions)
    counts = [
        count(versions.number, "version") + " in " + count(versions.commits, "commit"),
        count(pins, "pin"),
    ]
    end = "" if versions.is_complete else "; the history ends there, because this is a shallow clone"
    sentence = f"{', '.join(counts)}{end}."
    heads = ("Date", "Commit", "Change", "Subject and author", "Pinned by")
    table = wide_table(heads, map(_row, versions.versions))
    return [element("p", sentence, class_="lead"), table, *_elsewhere(versions.elsewhere)]


def _row(version: Version) -> Markup:
    commit = version.commit
    cells = [
        element("th", day(commit.time, commit.zone), scope="row"),
        element("td", element("code", commit.id, class_="id"), element("br"), *_unit(version)),
        element("td", *_change(version)),
        element("td", version.subject, element("br"), person(commit.author)),
        element("td", *_pins(version.pins)),
    ]
    return element("tr", *cells)


def _unit(version: Version) -> list[str]:
    unit = version.unit
    if unit is None:
        return []
    kind = "blob" if unit.folder.endswith(".py") else "tree"
    return [element("span", f"{unit.folder}, {kind} ", code_element(unit.id[:12]), class_="muted")]


def _change(version: Version) -> list[str]:
    word = {"added": "ok", "deleted": "error"}.get(version.kind.value, "note")
    badge = element("span", version.kind.value, class_=f"badge {word}")
    details = version.what.partition(", ")[2]
    details += " (merge)" if len(version.commit.parents) > 1 else ""
    return [badge, *([element("br"), element("span", details, class_="muted")] if details else [])]


def _pins(pins: tuple[PinnedBy, ...]) -> list[str]:
    if not pins:
        return [element("span", "—", class_="muted")]
    return [join([element("span", "pinned by ", class_="phone"), pin.label, element("br")]) for pin in pins]


def _elsewhere(pins: tuple[PinnedBy, ...]) -> list[Markup]:
    if not pins:
        return []
    items = [element("li", pin.label, " at ", code_element(pin.commit_id), f" in {pin.path}") for pin in pins]
    sentence = (
        "They pin commits outside this line of history that have other code, "
        "or commits that the repository does not have."
    )
    return [element("h2", "Other pins"), element("p", sentence, class_="muted"), element("ul", *items)]
