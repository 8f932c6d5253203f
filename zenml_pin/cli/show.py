"""Values as text for people: one fact per line, hostile text escaped; the contents of bundles too."""

from __future__ import annotations

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.bundles.report import BundleReport, CarriedCommit
    from zenml_pin.git.status import Status
    from zenml_pin.pins.provenance import Provenance
    from zenml_pin.verification import Verification


def show_provenance(loaded: object, provenance: Provenance) -> None:
    """Print where a class or function came from."""
    from zenml_pin.base.dates import show_date
    from zenml_pin.pins.functions import dotted_name, kind_of

    print(provenance.source)
    print(printable(f"{kind_of(loaded):<7} {dotted_name(loaded)}"))
    print(f"commit  {provenance.commit.id}")
    print(f"author  {printable(provenance.commit.author)}")
    print(f"date    {show_date(provenance.commit.time, provenance.commit.zone)} (committed)")
    is_file = provenance.unit.endswith(".py")
    print(f"{'file' if is_file else 'folder':<7} {printable(provenance.unit)}")
    print(f"{'blob' if is_file else 'tree':<7} {provenance.unit_id}")
    for entry in provenance.files:
        print(f"blob    {entry.id}  {printable(entry.path)}")


def show_verification(verification: Verification) -> None:
    """Print the checked objects of a pin, every signature, and the faults."""
    from collections import Counter

    from zenml_pin.base.dates import show_date

    print(verification.source)
    print(f"author     {printable(verification.commit.author)}")
    print(f"date       {show_date(verification.commit.time, verification.commit.zone)} (committed)")
    counts = Counter(item.kind for item in verification.objects)
    kinds = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())
    print(f"hashed     {kinds}; {len(verification.faults)} not sound")
    for signature in verification.signatures:
        verdict = signature.verdict
        says = f"by {verdict.principals}" if signature.is_good else verdict.reason
        key = f" ({verdict.key})" if verdict.key else ""
        print(printable(f"signature  {signature.subject}: {verdict.state.value}, {says}{key}"))
    if not verification.signatures:
        print("signature  none, neither of the commit nor of a tag on it")
    for finding in verification.findings:
        print(printable(f"finding    {finding}"))
    print("verified" if verification.is_verified else "not verified")


def show_status(answer: Status) -> None:
    """Print the uncommitted changes, one path per line."""
    name = printable(answer.folder or ".")
    if answer.clean:
        print(f"{name}: clean")
        return
    noun = "change" if len(answer.changes) == 1 else "changes"
    print(f"{name}: {len(answer.changes)} uncommitted {noun}")
    width = max((len(change.kind.value) for change in answer.changes), default=0) + 1
    for change in answer.changes:
        reason = f" ({printable(change.reason)})" if change.reason else ""
        print(f"  {change.kind.value + ':':<{width}} {printable(change.path)}{reason}")
    for reason in answer.reasons:
        print(printable(f"  cannot be pinned: {reason}"))


def verify_bundle(path: str, form: str) -> int:
    """Print the contents of a bundle; return the exit code: 1 if it lacks objects that its pins need."""
    from zenml_pin.bundles.bundle import Bundle

    report = Bundle.open(path).verify()
    if form == "json":
        import json

        print(json.dumps(report.to_dict(), indent=2))
    else:
        _show(report)
    return 0 if report.is_sound else 1


def _show(report: BundleReport) -> None:
    print(printable(f"bundle  {report.place}"))
    limited = f", filter {report.filter}" if report.filter else ""
    print(printable(f"format  version {report.version}, {report.object_format}{limited}"))
    print(f"holds   {report.objects} objects, each hashed; {report.size} bytes")
    for name in report.prerequisites:
        print(f"needs   {name}, with git")
    for commit in report.commits:
        _show_commit(commit)
    if report.history:
        print(f"history {report.history} more commits")
    for path in report.files:
        print(printable(f"file    {path}"))
    for ref in report.unfulfilled:
        print(printable(f"missing what {ref} names"))


def _show_commit(commit: CarriedCommit) -> None:
    from zenml_pin.base.dates import show_date

    print(f"commit  {commit.id}")
    print(printable(f"author  {commit.author}"))
    print(f"date    {show_date(commit.time, commit.zone)} (committed)")
    print(printable(f"subject {commit.subject}"))
    whole = "all of its files" if commit.is_whole else "what its pins need"
    print(f"here    {commit.objects} objects, {commit.size} bytes: {whole}")
    for source in commit.sources:
        word = "function" if source in commit.functions else "class"
        print(printable(f"{word:<7} {source}"))
    for path in commit.missing:
        print(printable(f"missing {path}"))
