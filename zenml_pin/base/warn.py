"""Warnings that point at the caller's line."""

from __future__ import annotations

import sys

from zenml_pin.base.version import PACKAGE

# Modules below it are code of a commit; it is `zenml_pin.source.NAMESPACE` with a dot.
_PINNED_CODE = "zenml_pin.at."


class UnusedCacheWarning(RuntimeWarning):
    """The folder in ZENML_PIN_CACHE is not used, because others could change what is in it."""


# Pickles and filters name it so.
UnusedCacheWarning.__module__ = "zenml_pin.errors"


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the nearest frame outside this package; code of a commit counts as outside."""
    import warnings

    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level + 1)


def _is_ours(module: str) -> bool:
    # A context manager of ours is entered and left by contextlib.
    is_package = module.partition(".")[0] == PACKAGE and not module.startswith(_PINNED_CODE)
    return is_package or module == "contextlib"
