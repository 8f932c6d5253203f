"""How many cases a test tries: as many as its gate allows, or all with `--hypothesis-profile thorough`, by hand.

    python -m pytest -q -m "" --hypothesis-profile thorough tests/trust

tests/conftest.py registers the profile, which also gives each property 1,000 examples instead of 25.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import settings

_T = TypeVar("_T")


def is_thorough() -> bool:
    """Tell whether all cases are to be tried."""
    return settings.get_current_profile_name() == "thorough"


def usually(few: _T, all_of_them: _T) -> _T:
    """Return the first, or the other one if all cases are to be tried."""
    return all_of_them if is_thorough() else few
