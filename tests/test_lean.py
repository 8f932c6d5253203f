"""Parts of the standard library without what they import."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zenml_pin.lean import block


@block
def noted(notes: list[str], name: str) -> Iterator[str]:
    """Notes that a block was entered and left."""
    notes.append("in")
    try:
        yield name
    finally:
        notes.append("out")


def test_a_block_is_entered_and_left() -> None:
    """It gives what the generator yields; the text of the function stays."""
    notes: list[str] = []

    with noted(notes, "name") as name:
        notes.append(name)

    assert notes == ["in", "name", "out"]
    assert noted.__doc__ == "Notes that a block was entered and left."


@pytest.mark.parametrize(
    "error", [ValueError(), StopIteration(), GeneratorExit(), KeyboardInterrupt()], ids=repr
)
def test_an_error_in_a_block_comes_through_as_it_is(error: BaseException) -> None:
    """Whatever it is, the block is left first, and its traceback is the block's own."""
    notes: list[str] = []

    with pytest.raises(type(error)) as caught, noted(notes, "name"):
        raise error

    assert caught.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    assert notes == ["in", "out"]
    assert len(caught.traceback) == 1


def test_an_error_of_the_cleaning_up_is_raised() -> None:
    """It does not get lost."""

    @block
    def failing() -> Iterator[None]:
        try:
            yield
        finally:
            raise OSError("cleaning up")

    with pytest.raises(OSError, match="cleaning up"), failing():
        pass
