"""A pinned module is imported without a warning of ours, so that it can be imported where warnings are errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.importing.two_versions import World

Build = Callable[..., World]

FLAGS = {
    "plain": [],
    "all errors": ["-W", "error"],
    "deprecations are errors": ["-W", "error::DeprecationWarning"],
    "development mode": ["-X", "dev"],
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_pinned_import_gives_no_warning(build: Build, flags: list[str]) -> None:
    """Whatever the filter of warnings says, the class is there and nothing is printed."""
    world = build({"step": {"__init__.py": "", "made.py": "class T:\n    value = 'VERSION'\n"}})
    code = f"import zenml_pin; print(zenml_pin.load('step.made.T@{world.first}', allow_dirty=True).value)"

    done = world.run(*flags, "-c", code)

    assert (done.stdout.strip(), done.stderr) == ("v1", "")
