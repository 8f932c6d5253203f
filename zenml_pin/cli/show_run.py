"""A run as text: all that is known of it, its logs, its packages, its uncommitted code; and two runs compared."""

from __future__ import annotations

import json
import sys

from zenml_pin.base.dates import show_date
from zenml_pin.base.text import count, printable, printable_lines
from zenml_pin.errors import PinError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.audit.comparison.run_comparison import RunComparison
    from zenml_pin.pipelines.runs.run import Run, StepRun

# How many lines of a step's log are shown among other facts.
_SHOWN = 20


def print_run(run: Run) -> None:
    """Print all that is known of a run; of long logs the end."""
    for line in _about(run):
        print(printable(line))
    for step in run.steps:
        print()
        for line in _about_step(step):
            print(printable(line))
    if any(step.output_name == "metrics" and step.output is not None for step in run.steps):
        print()
    for line in _metrics(run):
        print(printable(line))


def _about(run: Run) -> Iterator[str]:
    yield f"run          {run.id}"
    yield f"pipeline     {run.pipeline} ({run.number})"
    yield f"document     {run.document}"
    yield f"class        {run.source}"
    yield f"outcome      {run.outcome}"
    if run.error:
        yield f"error        {run.error}"
    yield f"began        {show_date(int(run.started), 0)}"
    yield f"took         {_seconds(run.seconds)}"
    yield f"backend      {run.backend}"
    environment = run.environment
    yield f"python       {environment.get('python', 'unknown')}, {environment.get('implementation', 'unknown')}"
    yield f"platform     {environment.get('platform', 'unknown')}"
    yield f"packages     {len(environment.get('packages', {}))} (--packages lists them)"
    trace = run.uncommitted
    if trace is not None:
        yield f"uncommitted  {count(len(trace.files), 'file')} not as in HEAD (--patch shows the lines)"
        yield f"  HEAD       {trace.head or 'there was no commit'}"
        for source in trace.sources:
            yield f"  unpinned   {source}"
        for file in trace.files:
            yield f"  {file.kind:<10} {file.path}"
        for reason in trace.reasons:
            yield f"  reason     {reason}"


def _about_step(step: StepRun) -> Iterator[str]:
    took = "cached" if step.cached else _seconds(step.seconds)
    yield f"{step.key:<12} {step.outcome}, {took}"
    yield f"  source     {step.source}"
    yield f"  code       {step.code_id or '-'}"
    yield f"  args       {json.dumps(step.args)}"
    for name, sha256 in step.inputs.items():
        yield f"  input      {name:<10} {sha256}"
    if step.output is not None:
        yield f"  output     {step.output_name:<10} {step.output}"
    if step.error:
        yield f"  error      {step.error}"
    for name, text in (("traceback", step.traceback), ("log", step.log)):
        lines = text.splitlines()
        if lines:
            hidden = len(lines) - _SHOWN if name == "log" else 0
            more = f" ({count(hidden, 'earlier line')}: --log)" if hidden > 0 else ""
            yield f"  {name}{more}"
            yield from (f"    {line}" for line in lines[max(hidden, 0) :])


def _metrics(run: Run) -> Iterator[str]:
    try:
        for name, value in run.metrics.items():
            yield f"metric       {name} {value}"
    except PinError as error:
        yield f"metric       unknown: {error.message}"


def _seconds(seconds: float | None) -> str:
    return f"{seconds:.1f} s" if seconds is not None else "-"


def print_log(run: Run) -> None:
    """Print the whole log of each step below its key."""
    for step in run.steps:
        if text := step.log:
            print(printable(f"== {step.key}"))
            print(printable_lines(text.removesuffix("\n")))


def print_packages(run: Run) -> None:
    """Print name and version of each package."""
    for name, version in sorted(run.environment.get("packages", {}).items()):
        print(printable(f"{name}=={version}"))


def print_patch(run: Run) -> None:
    """Print how a run's uncommitted code differed from HEAD; a pipe gets the bytes of the files."""
    trace = run.uncommitted
    if trace is None:
        print(f"run '{run.id}' has no trace: all of its code had pins", file=sys.stderr)
        return
    patch = trace.patch()
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        print(printable_lines(patch.removesuffix("\n")))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def print_comparison(comparison: RunComparison, has_lines: bool) -> None:
    """Print what differs between two runs, and what is the same.

    Args:
        comparison: The comparison.
        has_lines: Whether the lines of code that differ are printed too.
    """
    rows = [
        (fact.name, fact.old, fact.new) for fact in comparison.facts if fact.differs or fact.is_always_shown
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        cells = (f"{printable(cell):<{min(width, 60)}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    for note in comparison.notes():
        print(printable(note))
    if has_lines:
        from zenml_pin.audit.formats.diff_text import unified

        for step in comparison.steps:
            if step.code is not None and not step.code.same:
                print(f"\n== {printable(step.key)}")
                print(unified(step.code), end="")
