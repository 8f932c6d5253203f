"""The environment: in which other repositories and bundles commits are looked up, and the cache."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from shlex import quote

from zenml_pin.at import registry
from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.base.environment import cache_directory, pin_path
from zenml_pin.cache import is_own
from zenml_pin.errors import PinError

_AREA = "environment"


def checks() -> Iterator[Check]:
    """Yield the checks of the environment."""
    entries = pin_path()
    if not entries:
        yield Check(_AREA, "ZENML_PIN_PATH", Outcome.OK, "not set")
    yield from map(_entry, entries)
    yield _cache(cache_directory())


def _entry(entry: str) -> Check:
    try:
        if not os.path.exists(entry):
            raise PinError(f"'{entry}' does not exist")
        registry.open(entry)
    except PinError as error:
        remedy = "remove it, or name a repository or a bundle"
        return Check(_AREA, "ZENML_PIN_PATH", Outcome.PROBLEM, error.message, remedy)
    return Check(_AREA, "ZENML_PIN_PATH", Outcome.OK, entry)


def _cache(folder: str | None) -> Check:
    if folder is None:
        return Check(_AREA, "ZENML_PIN_CACHE", Outcome.OK, "not set")
    if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
        if is_own(os.stat(folder), stat.S_IFDIR):
            return Check(_AREA, "ZENML_PIN_CACHE", Outcome.OK, folder)
        fact = f"'{folder}' is not used: another user owns it or may enter it"
        return Check(_AREA, "ZENML_PIN_CACHE", Outcome.PROBLEM, fact, f"chmod 700 {quote(folder)}")
    fact = f"'{folder}' is not a writable folder"
    return Check(_AREA, "ZENML_PIN_CACHE", Outcome.PROBLEM, fact, f"mkdir -p {quote(folder)}, or unset it")
