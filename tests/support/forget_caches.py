"""A process that has only what a test gives it: what was opened, loaded or compiled before is out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin.at import registry
from zenml_pin.importing import namespace
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.registry import Registry
from zenml_pin.importing.rewriting.code_cache import CodeCache
from zenml_pin.pins import code_id


def forget_code() -> None:
    """Forget what was verified and compiled, for it is not read again."""
    vars(namespace).update(_COMPILED=CodeCache(), _CACHED=CodeCache())


def forget() -> None:
    """Forget every pin, place and compiled text, as a new process does not know them."""
    # Packs that are open belong to what is forgotten.
    registry.close()
    drop({name for name in loaded_names("zenml_pin.at") if name != "zenml_pin.at"})
    vars(registry).update(vars(Registry()))
    code_id._of_module.cache_clear()
    forget_code()


@contextmanager
def forgotten() -> Iterator[None]:
    """Forget all of it for a while: what was known before is known again afterwards."""
    known = dict(vars(registry))
    forget()
    try:
        yield
    finally:
        registry.close()
        vars(registry).update(known)
