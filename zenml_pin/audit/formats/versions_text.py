"""The versions of a class as text: three lines for each version, and one for each pin."""

from __future__ import annotations

from collections.abc import Iterator

from zenml_pin.audit.history.version import Version, Versions
from zenml_pin.base.dates import minute
from zenml_pin.base.text import count, printable


def render(versions: Versions) -> str:
    """Return the versions, newest first, with the pins of each. Hostile text is escaped."""
    lines = [line for version in versions.versions for line in _version(version)]
    if versions.elsewhere:
        lines.append("other pins:")
        lines += [
            f"  {pin.commit_id}  {printable(pin.label)}  {printable(pin.path)}" for pin in versions.elsewhere
        ]
    ends = "" if versions.is_complete else ", where this shallow clone ends"
    lines.append(f"{count(versions.number, 'version')} in {count(versions.commits, 'commit')}{ends}")
    return "".join(f"{line}\n" for line in lines)


def _version(version: Version) -> Iterator[str]:
    commit, unit = version.commit, version.unit
    yield f"{commit.id}  {minute(commit.time, commit.zone)}  {printable(commit.author)}"
    merge = "  (merge)" if len(commit.parents) > 1 else ""
    yield f"    {printable(version.subject)}{merge}"
    if unit is None:
        yield f"    {printable(version.what)}"
    else:
        kind = "blob" if unit.folder.endswith(".py") else "tree"
        yield f"    {printable(version.what)}; {printable(unit.folder)}, {kind} {unit.id}"
    for pin in version.pins:
        yield f"    pinned by {printable(pin.label)}  {printable(pin.path)}"
