"""The versions of a class as text: three lines a version."""

from __future__ import annotations

from collections.abc import Iterator

from zenml_pin.audit.history.version import Version, Versions
from zenml_pin.base.dates import count, minute
from zenml_pin.base.text import printable


def render(found: Versions) -> str:
    """Return the versions, newest first, with what pins each. Hostile text is escaped."""
    lines = [line for held in found.versions for line in _version(held)]
    if found.elsewhere:
        lines.append("pinned beside these:")
        lines += [
            f"  {held.commit_id}  {printable(held.label)}  {printable(held.path)}" for held in found.elsewhere
        ]
    ends = "" if found.is_complete else ", where this shallow clone ends"
    lines.append(f"{count(len(found.versions), 'version')} in {count(found.commits, 'commit')}{ends}")
    return "".join(f"{line}\n" for line in lines)


def _version(held: Version) -> Iterator[str]:
    made = f"{minute(held.commit.time, held.commit.zone)}  {printable(held.commit.author)}"
    yield f"{held.commit.id}  {made}"
    merge = "  (merge)" if len(held.commit.parents) > 1 else ""
    yield f"    {printable(held.subject)}{merge}"
    if held.unit is None:
        yield f"    {held.kind.value}"
    else:
        kind = "blob" if held.unit.folder.endswith(".py") else "tree"
        yield f"    {held.what}; {printable(held.unit.folder)}, {kind} {held.unit.id}"
    for pin in held.pins:
        yield f"    pinned by {printable(pin.label)}  {printable(pin.path)}"
