"""Value: a small frozen base for what a cold load must build.

attrs would do this better, but importing it costs more than the rest of a load (17 to 32 ms against an
interpreter that starts in 12); whatever is not on the way of `zenml_pin.load` uses attrs instead.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar


class Value:
    """A frozen object that equals another of its type when their fields, the `__slots__`, are equal."""

    __slots__: tuple[str, ...] = ()

    _setters: ClassVar[tuple[Callable[[object, object], None], ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._setters = tuple(getattr(cls, name).__set__ for name in cls.__slots__)

    def _fill(self, *fields: object) -> None:
        for set_field, field in zip(self._setters, fields, strict=True):
            set_field(self, field)

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"'{type(self).__name__}' is frozen, so '{name}' cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"'{type(self).__name__}' is frozen, so '{name}' cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._fields()
