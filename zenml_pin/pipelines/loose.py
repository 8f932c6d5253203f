"""Loose code: what a pickle names that neither a commit nor a release stands for.

An object of the working tree's class pickles to the same bytes whatever its methods do meanwhile. So who gets one may
give another answer for the same input, and its answers are not taken from the cache.

>>> names_loose_code(pickle.dumps([1, {"a": len}]))
False
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from zenml_pin.pipelines.versions import version_of
from zenml_pin.source import NAMESPACE, Source


def names_loose_code(data: bytes) -> bool:
    """Tell whether a pickle names a class or function whose code nobody knows. Opens it; what fails here does."""
    try:
        _Searching(io.BytesIO(data)).load()
    except Exception:
        return True
    return False


class _Searching(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        if not (_is_pinned_or_ours(module) or version_of(Source(module, "_"))):
            raise LookupError(module)
        return found


def _is_pinned_or_ours(module: str) -> bool:
    """Tell whether a module is of a commit or this package's; the namespace also has copies of the working tree."""
    inside = module.startswith(NAMESPACE + ".")
    return (
        module.startswith(NAMESPACE + ".g")
        if inside
        else module.partition(".")[0] == __package__.partition(".")[0]
    )
