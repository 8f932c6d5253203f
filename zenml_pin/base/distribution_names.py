"""Names of distributions: which spellings are the same name.

>>> normal_name("Ruamel.YAML_clib")
'ruamel-yaml-clib'

Source: PEP 503.
"""

from __future__ import annotations

import re


def normal_name(name: str) -> str:
    """Return the name of a distribution as indexes and installers compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
