"""Which release of ZenML, from 0.1.0 to 0.3.8, had which module and name: facts, read from the releases' own files.

`zenml_releases.txt` has a line for each module: the first and the last release with it, then its names, each with its
own first and last release where these differ. 0.3.0 was never published as a package, so no span begins with it.

>>> has_name("zenml.steps.trainer", "TFFeedForwardTrainer"), has_name("zenml.nowhere", "CSVDatasource")
(True, False)
"""

from __future__ import annotations

from functools import cache
from pkgutil import get_data

RELEASES = (
    *("0.1.0", "0.1.1", "0.1.2", "0.1.3", "0.1.4", "0.1.5", "0.2.0", "0.3.0", "0.3.1", "0.3.2"),
    *("0.3.3", "0.3.4", "0.3.5", "0.3.6", "0.3.6.1", "0.3.7", "0.3.7.1", "0.3.8"),
)

# First and last release.
Span = tuple[str, str]


def is_release(version: str) -> bool:
    """Tell whether there was a release of ZenML of that version, or a candidate for it such as 0.3.7rc0."""
    return version.partition("rc")[0] in RELEASES


def has_module(module: str) -> bool:
    """Tell whether a release had a module."""
    return module in _table()


def has_name(module: str, name: str) -> bool:
    """Tell whether a release had a name in a module."""
    return find_span(module, name) is not None


def find_span(module: str, name: str) -> Span | None:
    """Return the first and the last release that had a name in a module; None if there was none.

    A package answers for the modules that are directly in it: people wrote `zenml.core.steps.trainer.BaseTrainerStep`.
    """
    table = _table()
    if name in table.get(module, {}):
        return table[module][name]
    inside = (names for other, names in table.items() if other.rpartition(".")[0] == module)
    return next((names[name] for names in inside if name in names), None)


def modules_with(name: str) -> list[str]:
    """Return the modules that had a name, the longest-lived spelling of the newest releases first."""
    return [module for module, names in reversed(_table().items()) if name in names]


@cache
def _table() -> dict[str, dict[str, Span]]:
    # Through the loader: the package may be in a zip file.
    text = (get_data(__package__, "zenml_releases.txt") or b"").decode("ascii")
    return {line.split(" ", 1)[0]: _names(line) for line in text.splitlines()}


def _names(line: str) -> dict[str, Span]:
    _, first, last, *words = line.split()
    names = {}
    for word in words:
        name, _, span = word.partition("=")
        begins, _, ends = span.partition("-")
        names[name] = (begins or first, ends or last)
    return names
