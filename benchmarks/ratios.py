"""Ratios of two ways in one case, round by round, and the bars that this project sets itself."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.measure import AGAIN, CACHED, FLOOR, OURS, Case, Series


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of ratios, and the number of rounds."""

    median: float
    low: float
    high: float
    rounds: int

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)}-{short(self.high)})"


def short(value: float) -> str:
    """Return a number with two or three digits, large ones in full."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def spread(values: list[float]) -> Spread:
    """Return the spread of some values."""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return Spread(statistics.median(values), low, high, len(values))


def time_ratio(way: Series, base: Series) -> Spread:
    """Return the ratios of the rounds that both series have."""
    return spread([a / b for a, b in zip(way.seconds, base.seconds, strict=False)])


def peak_ratio(way: Series, base: Series) -> Spread:
    """Return the ratio of the two peaks of memory."""
    return spread([way.peak / base.peak])


@dataclass(frozen=True)
class Bar:
    """The greatest value that a ratio may have."""

    text: str
    section: str
    title: str
    way: str
    base: str
    most: float
    ratio: Callable[[Series, Series], Spread] = time_ratio


BARS = (
    Bar("warm, 2 files / pygit2", "warm", "medium, 2 files", OURS, "with_pygit2", 0.25),
    Bar("warm, 2 files / plain import again", "warm", "medium, 2 files", OURS, FLOOR, 1.2),
    Bar("warm, 2 files, `load` / pygit2", "warm", "medium, 2 files", AGAIN, "with_pygit2", 0.25),
    Bar("warm, 2 files, `load` / plain import again", "warm", "medium, 2 files", AGAIN, FLOOR, 1.2),
    Bar("warm, 1 MB / plain import again", "warm", "medium, 1 MB", OURS, FLOOR, 0.6),
    Bar("warm, 5,000 files / 145 files", "growth", ", 2 files", "medium", "small", 1.5),
    Bar("warm, 100,000 files / 145 files", "growth", ", 2 files", "large", "small", 1.5),
    Bar("warm, 50 packs / 1 pack", "growth", ", 2 files", "packs50", "medium", 1.5),
    Bar("warm, 500 packs / 1 pack", "growth", ", 2 files", "packs500", "medium", 1.5),
    Bar("cold, 2 files, cache / plain import", "cold", "medium, 2 files", CACHED, FLOOR, 3.0),
    Bar("cold, 2 files / pygit2", "cold", "medium, 2 files", OURS, "with_pygit2", 0.7),
    Bar("cold, 2 files / ZenML's git checkout", "cold", "medium, 2 files", OURS, "with_gitpython", 1.0),
    Bar("cold, 1 MB, cache / plain import", "cold", "medium, 1 MB", CACHED, FLOOR, 2.0),
    Bar("audit, medium / pygit2", "audit", "medium, 2 files", OURS, "with_pygit2", 0.6),
    Bar("audit, large / pygit2", "audit", "large, 2 files", OURS, "with_pygit2", 1.1),
    Bar("audit, medium / git archive", "audit", "medium, 2 files", OURS, "git_archive", 1 / 8),
    Bar("audit, medium / git worktree add", "audit", "medium, 2 files", OURS, "git_worktree", 1 / 500),
    Bar("peak memory, cold, cache / plain import", "cold", "medium, 2 files", CACHED, FLOOR, 1.6, peak_ratio),
    Bar("peak memory, cold / plain import", "cold", "medium, 2 files", OURS, FLOOR, 1.6, peak_ratio),
    Bar(
        "peak memory, audit, large / pygit2", "audit", "large, 2 files", OURS, "with_pygit2", 1.0, peak_ratio
    ),
    Bar("import zenml_pin / pass", "import", ", ", "import zenml_pin", "pass", 1.25),
)


def iter_bars(cases: list[Case]) -> Iterator[tuple[Bar, Spread]]:
    """Yield each bar whose ways were measured, with its ratio."""
    by_title = {(case.section, case.title): case for case in cases}
    for bar in BARS:
        case = by_title.get((bar.section, bar.title))
        if case is not None and bar.way in case.series and bar.base in case.series:
            yield bar, bar.ratio(case.series[bar.way], case.series[bar.base])
