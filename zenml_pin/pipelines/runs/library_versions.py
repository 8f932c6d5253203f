"""The versions of the libraries that a step's code imports: with another version it may return another result.

The libraries are those that the code names at its pin (`pins/imported_libraries.py`). Those of the steps that made its
inputs count too, because a model or a table is an object of a library that a later step need not import.
"""

from __future__ import annotations

from importlib.util import find_spec

from zenml_pin.base.distributions import distributions_with
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.errors import PinError
from zenml_pin.pins.imported_libraries import imported_libraries
from zenml_pin.pins.library_names import find_distribution
from zenml_pin.pipelines.runs.run_environment import code_version_of
from zenml_pin.source import Source

# ZenML's name, which this package answers where ZenML is not installed.
_ZENML = "zenml"


def versions_for(source: Source) -> frozenset[str] | None:
    """Return "name version" of each library that a class imports, or of the library that it is in.

    A library that is not installed counts as such: code may do without it.

    Returns:
        None if an imported library is in no installed distribution, so that nothing tells its versions apart.
    """
    if source.commit_id is None:
        version = code_version_of(source)
        return None if version is None else frozenset({version})
    try:
        roots = imported_libraries(source)
    except PinError:
        return None
    versions: set[str] = set()
    for root in roots:
        labels = _versions_of(root)
        if labels is None:
            return None
        versions.update(labels)
    return frozenset(versions)


def _versions_of(root: str) -> tuple[str, ...] | None:
    if root == PACKAGE:
        return (f"{PACKAGE} {__version__}",)
    labels = distributions_with(root, find_distribution(root) or root)
    if labels:
        return labels
    if root == _ZENML:
        return (f"{PACKAGE} {__version__}",)
    return None if _is_found(root) else (f"{root} is not installed",)


def _is_found(root: str) -> bool:
    try:
        return find_spec(root) is not None
    except (ImportError, ValueError):
        return False
