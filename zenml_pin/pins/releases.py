"""Classes that ship with this package: their sources are pinned to a release of it."""

from __future__ import annotations

from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.errors import NotAClassError, ReleaseMismatchError, ReleaseMismatchWarning, UnsupportedError
from zenml_pin.importing import zenml_names
from zenml_pin.pins.loading import class_of
from zenml_pin.source import RELEASE_PREFIX, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_release(source: Source, strict: bool) -> Any:
    """Return a class that ships with this package; warn when another release is installed, or refuse."""
    if zenml_names.is_legacy(source):
        value = zenml_names.get_class(source)
        if not isinstance(value, type):
            raise NotAClassError(f"'{source}' does not stand for a class")
        _tell_of_other_release(
            f"'{source}' is a class of ZenML itself, and '{value.__module__}.{value.__name__}' takes its place",
            "load without strict, or install that release of ZenML",
            strict,
        )
        return value
    if source.module.partition(".")[0] != PACKAGE:
        raise UnsupportedError(
            f"'{source}' pins a release, and '{source.module.partition('.')[0]}' does not ship with {PACKAGE}",
            "pin your own classes to a commit",
        )
    if source.release != __version__:
        _tell_of_other_release(
            f"'{source}' was pinned with release {source.release}, but {__version__} is installed",
            f"install {PACKAGE}=={source.release}, or load without strict",
            strict,
        )
    return class_of(source.module, source, f"module '{source.module}' of {RELEASE_PREFIX}{__version__}", None)


def _tell_of_other_release(message: str, hint: str, strict: bool) -> None:
    if strict:
        raise ReleaseMismatchError(message, hint)
    from zenml_pin.base.warn import warn_caller

    warn_caller(message, ReleaseMismatchWarning)
