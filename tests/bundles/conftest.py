"""A process that knows only what a test gives it: whatever was attached, loaded or compiled before is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import forget_caches
from tests.support.forget_caches import forgotten

Forget = Callable[[], None]


@pytest.fixture
def forget() -> Iterator[Forget]:
    """Forget every pin, repository and compiled text, as in a new process."""
    with forgotten():
        yield forget_caches.forget


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder
