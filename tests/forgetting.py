"""A process that has only what a test gives it: what was opened, loaded or compiled before is out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zenml_pin import codeid
from zenml_pin.at import registry
from zenml_pin.importing import pin
from zenml_pin.importing.code import CodeCache
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.registry import Registry


def forget_code() -> None:
    """Forget what was verified and compiled, for it is not read again."""
    vars(pin).update(_COMPILED=CodeCache(), _CACHED=CodeCache())


def forget() -> None:
    """Forget every pin, place and compiled text, as a new process does not know them."""
    # Packs that are open belong to what is forgotten.
    registry.close()
    drop({name for name in loaded_names("zenml_pin.at") if name != "zenml_pin.at"})
    vars(registry).update(vars(Registry()))
    codeid._of_module.cache_clear()
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
