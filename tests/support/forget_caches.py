"""A process that knows only what a test gives it: whatever was opened, loaded or compiled before is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin.at import registry
from zenml_pin.git.any_repository import OPENED, OpenRepositories
from zenml_pin.importing import namespace
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.registry import Registry
from zenml_pin.importing.rewriting.code_cache import CodeCache
from zenml_pin.pins import code_id


def forget_code() -> None:
    """Forget what was verified and compiled, so that it is read again."""
    vars(namespace).update(_COMPILED=CodeCache(), _CACHED=CodeCache())


def forget() -> None:
    """Forget every pin, repository and compiled text, as in a new process."""
    # Open packs must be forgotten too.
    OPENED.close()
    drop({name for name in loaded_names("zenml_pin.at") if name != "zenml_pin.at"})
    vars(registry).update(vars(Registry()))
    vars(OPENED).update(vars(OpenRepositories()))
    code_id._of_module.cache_clear()
    forget_code()


@contextmanager
def forgotten() -> Iterator[None]:
    """Forget everything in a block; afterwards, what was known before is known again."""
    known, opened = dict(vars(registry)), dict(vars(OPENED))
    forget()
    try:
        yield
    finally:
        OPENED.close()
        vars(registry).update(known)
        vars(OPENED).update(opened)
