"""The tables, as the README shows them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import AGAIN, CACHED, FLOOR, OURS, Case
from benchmarks.ratios import iter_bars, short, time_ratio

NAMES = {
    FLOOR: "plain import of the files, warm `.pyc`, no check",
    CACHED: "**zenml_pin**, `ZENML_PIN_CACHE` filled",
    OURS: "**zenml_pin**",
    AGAIN: "**zenml_pin**, `load`: the loaded class, checked again",
    "with_pygit2": "pygit2, loader in memory",
    "git_cat_file": "`git cat-file --batch`, loader in memory",
    "with_gitimport": "gitimport",
    "git_archive": "`git archive`",
    "with_gitpython": "GitPython the way ZenML 0.3 did it",
    "git_worktree": "`git worktree add`",
}
SECTIONS = {
    "cold": ("whole process / plain import", FLOOR),
    "warm": ("the same pin again, in one process / pygit2", "with_pygit2"),
    "audit": ("many pins, one after the other / pygit2", "with_pygit2"),
}


def lines(cases: list[Case], rounds: int, machine: str) -> Iterator[str]:
    """Yield the lines of all tables."""
    yield f"Medians (and quartiles) of ratios of two times in one round; {rounds} rounds, or as many as a cell says."
    yield machine
    for section, (title, base) in SECTIONS.items():
        in_section = [case for case in cases if case.section == section]
        yield ""
        yield from _section(title, base, in_section, rounds)
    yield ""
    yield from _bars(cases)


def _section(title: str, base: str, cases: list[Case], rounds: int) -> Iterator[str]:
    yield f"| {title} | " + " | ".join(case.title for case in cases) + " |"
    yield "|---" * (len(cases) + 1) + "|"
    for way, name in NAMES.items():
        cells = [_cell(case, way, base, rounds) for case in cases]
        if any(cells):
            yield f"| {name} | " + " | ".join(cells) + " |"


def _cell(case: Case, way: str, base: str, rounds: int) -> str:
    if way not in case.series:
        return ""
    if way == base:
        return "1"
    ratio = time_ratio(case.series[way], case.series[base])
    text = str(ratio) if ratio.rounds > 1 else short(ratio.median)
    return text if ratio.rounds == rounds else f"{text}, {ratio.rounds} rounds"


def _bars(cases: list[Case]) -> Iterator[str]:
    yield "| bar | at most | measured |"
    yield "|---|---|---|"
    for bar, ratio in iter_bars(cases):
        text = str(ratio) if ratio.rounds > 1 else short(ratio.median)
        yield f"| {bar.text} | {short(bar.most)} | {text}{'' if ratio.median <= bar.most else ', **missed**'} |"
