"""A reproduction as text: whether the data is the recorded one, each step, what differs around it, and the result."""

from __future__ import annotations

from collections.abc import Iterator

from zenml_pin.base.dates import show_date
from zenml_pin.base.text import count, printable
from zenml_pin.pipelines.reproducing.reproduction import ContextDifference, Reproduction, StepReproduction
from zenml_pin.source import is_commit_id

_SHORT = 8
# Differences of a step, and packages that no step imports.
_SHOWN = 10


def render(reproduction: Reproduction, *, short_ids: bool = False) -> str:
    """Return a reproduction as text, the result in the last line.

    Args:
        reproduction: The reproduction.
        short_ids: Whether ids of commits are shortened, as for a terminal.
    """
    lines = [*_head(reproduction), "", *_steps(reproduction, short_ids)]
    around = list(_context(reproduction.context, short_ids))
    if around:
        lines += ["", "what differs around it:", *around]
    lines += ["", *reproduction.explanation, reproduction.summary]
    return "".join(f"{printable(line)}\n" for line in lines)


def _head(reproduction: Reproduction) -> Iterator[str]:
    run = reproduction.run
    began = show_date(int(run.started), 0)
    yield f"run    {run.id} of '{run.pipeline}' ({run.number}): {run.outcome}, {began}"
    if reproduction.data:
        yield f"data   {data_text(reproduction)}"


def data_text(reproduction: Reproduction) -> str:
    """Say whether the input data is the recorded one."""
    words = {True: "the recorded data", False: "not the recorded data", None: "not known"}
    facts = [f"{step.key} {step.outcome}" for step in reproduction.data]
    return f"{words[reproduction.has_recorded_data]} ({', '.join(facts)})"


def _steps(reproduction: Reproduction, short_ids: bool) -> Iterator[str]:
    rows = [
        (step.key, step.outcome, _source(step.source, short_ids), _seconds(step))
        for step in reproduction.steps
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for step, row in zip(reproduction.steps, rows, strict=True):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
        yield from (f"    {line}" for line in details_of(step))


def details_of(step: StepReproduction, shown: int = _SHOWN) -> Iterator[str]:
    """Yield what is to say of a step: the reason, the first differences, and what does not count."""
    if step.reason:
        yield step.reason
    comparison = step.comparison
    if comparison is None:
        return
    yield from map(str, comparison.differences[:shown])
    if comparison.count > shown:
        yield f"and {count(comparison.count - shown, 'other difference')}"
    if comparison.distance:
        yield f"numbers are at most {comparison.distance:.3g} apart where they are equal"
    yield from comparison.notes[:shown]


def _seconds(step: StepReproduction) -> str:
    if step.seconds is None:
        return ""
    recorded = f", recorded {step.recorded_seconds:.1f} s" if step.recorded_seconds is not None else ""
    return f"{step.seconds:.1f} s{recorded}"


def _context(context: tuple[ContextDifference, ...], short_ids: bool) -> Iterator[str]:
    others = [item for item in context if item.kind == "package" and not item.is_used]
    for item in context:
        if item not in others:
            yield f"  {context_text(item, short_ids)}"
    if others:
        names = ", ".join(item.name for item in others[:_SHOWN])
        more = f", and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        yield f"  {count(len(others), 'package')} that no step imports: {names}{more}"


def context_text(item: ContextDifference, short_ids: bool = False) -> str:
    """Return a difference around a run in one line."""
    if item.kind == "code":
        return (
            f"the code at the pin of {item.name} is not what ran: its id was {item.recorded}, now {item.now}"
        )
    if item.kind == "document":
        now = _source(item.now, short_ids) if item.now is not None else "nothing"
        return f"the document now has for {item.name} {now}; the run had {_source(item.recorded or '', short_ids)}"
    name = f"{item.kind} {item.name}".strip()
    return f"{name}: recorded {item.recorded or 'not installed'}, now {item.now or 'not installed'}"


def _source(source: str, short_ids: bool) -> str:
    dotted, at, pin = source.partition("@")
    return f"{dotted}{at}{pin[:_SHORT] if short_ids and is_commit_id(pin) else pin}"
