"""A process that has only what a test gives it: whatever was attached, loaded or compiled before is out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pipelines.conftest import project as project
from zenml_pin import codeid
from zenml_pin.at import registry
from zenml_pin.importing.code import CodeCache
from zenml_pin.importing.finder import drop, loaded_names

Forget = Callable[[], None]


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forget]:
    """Forget every pin, place and compiled text, as a fresh process would not know them."""

    def forget() -> None:
        # Packs that are open belong to what is forgotten.
        registry.close()
        drop({name for name in loaded_names("zenml_pin.at") if name != "zenml_pin.at"})
        for name in ("_pins", "_open"):
            monkeypatch.setattr(registry, name, {})
        for name in ("_attached", "_watched"):
            monkeypatch.setattr(registry, name, [])
        monkeypatch.setattr("zenml_pin.importing.pin._COMPILED", CodeCache())
        codeid._of_module.cache_clear()

    forget()
    yield forget
    registry.close()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder
