"""What a person reads of a bundle."""

from __future__ import annotations

import json

from zenml_pin.cli.show import show_date
from zenml_pin.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.carry.report import BundleReport, CarriedCommit


def verify_bundle(path: str, form: str) -> int:
    """Print what is in a bundle; return the exit code, 1 when it lacks something of what it is for."""
    from zenml_pin.carry.bundle import Bundle

    report = Bundle.open(path).verify()
    if form == "json":
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
    print(f"commit  {commit.id}")
    print(printable(f"author  {commit.author}"))
    print(f"date    {show_date(commit.time, commit.zone)} (committed)")
    print(printable(f"subject {commit.subject}"))
    whole = "all of its files" if commit.is_whole else "what its pins need"
    print(f"here    {commit.objects} objects, {commit.size} bytes: {whole}")
    for source in commit.sources:
        print(printable(f"class   {source}"))
    for path in commit.missing:
        print(printable(f"missing {path}"))
