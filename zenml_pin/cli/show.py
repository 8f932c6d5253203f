"""What a person reads of a value: one line a fact, hostile text escaped."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

from zenml_pin.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.status import Status
    from zenml_pin.provenance import Provenance
    from zenml_pin.verification import Verification


def show_provenance(cls: type, found: Provenance) -> None:
    """Print where a class came from."""
    print(found.source)
    print(printable(f"class   {cls.__module__}.{cls.__qualname__}"))
    print(f"commit  {found.commit.id}")
    print(f"author  {printable(found.commit.author)}")
    print(f"date    {show_date(found.commit.time, found.commit.zone)} (committed)")
    is_file = found.unit.endswith(".py")
    print(f"{'file' if is_file else 'folder':<7} {printable(found.unit)}")
    print(f"{'blob' if is_file else 'tree':<7} {found.unit_id}")
    for entry in found.files:
        print(f"blob    {entry.id}  {printable(entry.path)}")


def show_verification(found: Verification) -> None:
    """Print what was checked of a pin, every signature, and what is wrong."""
    print(found.source)
    print(f"author     {printable(found.commit.author)}")
    print(f"date       {show_date(found.commit.time, found.commit.zone)} (committed)")
    counts = Counter(item.kind for item in found.objects)
    kinds = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())
    print(f"hashed     {kinds}; {len(found.faults)} not sound")
    for signature in found.signatures:
        verdict = signature.verdict
        says = f"by {verdict.principals}" if signature.is_good else verdict.reason
        key = f" ({verdict.key})" if verdict.key else ""
        print(printable(f"signature  {signature.subject}: {verdict.state.value}, {says}{key}"))
    if not found.signatures:
        print("signature  none, neither of the commit nor of a tag on it")
    for finding in found.findings:
        print(printable(f"finding    {finding}"))
    print("verified" if found.is_verified else "not verified")


def show_status(answer: Status) -> None:
    """Print what is uncommitted, a line a path."""
    name = printable(answer.folder or ".")
    if answer.clean:
        print(f"{name}: clean")
        return
    noun = "change" if len(answer.changes) == 1 else "changes"
    print(f"{name}: {len(answer.changes)} uncommitted {noun}")
    width = max(len(change.kind.value) for change in answer.changes) + 1
    for change in answer.changes:
        reason = f" ({printable(change.reason)})" if change.reason else ""
        print(f"  {change.kind.value + ':':<{width}} {printable(change.path)}{reason}")


def show_date(seconds: int, minutes: int) -> str:
    """Return a commit's time as git shows it in ISO form; one that no calendar has stays a number."""
    try:
        zone = timezone(timedelta(minutes=minutes))
        return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S %z")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"
