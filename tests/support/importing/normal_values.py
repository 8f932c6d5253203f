"""Makes values of a pin and values of a plain import comparable."""

from __future__ import annotations

import re
from typing import Any

_ROOT = re.compile(r"zenml_pin\.at\.g[0-9a-f]{40}\.?")
_PATHS = re.compile(r"\((/|unknown)[^)]*\)")


def without_pins_and_paths(value: Any) -> Any:
    """Return a value; pinned prefixes and paths are removed from its texts."""
    if isinstance(value, str):
        return _PATHS.sub("(PATH)", _ROOT.sub("", value))
    if isinstance(value, (list, tuple)):
        return [without_pins_and_paths(item) for item in value]
    return value
