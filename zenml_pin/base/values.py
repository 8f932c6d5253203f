"""Value: a small frozen base class for the objects that a cold load must build.

    class Change(Value):
        path: str
        reason: str = ""

The annotations are the fields, in the order of the constructor's arguments, and the values beside them are their
defaults. A `ClassVar` is not a field. A subclass has its parent's fields before its own. A field whose name begins with
"_" is neither shown nor compared. Each object has its own copy of a default that is a dict.

attrs would do this better, but importing it costs more than the rest of a load (17 to 32 ms; an interpreter starts in
12 ms). Code that `zenml_pin.load` does not need uses attrs instead.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any, ClassVar, TypeVar, dataclass_transform

    V = TypeVar("V", bound="Value")
else:

    def dataclass_transform(**_):
        """Return a decorator that does nothing: only type checkers need the real one, and typing is slow to import."""
        return lambda cls: cls


class _FieldSignature:
    """The `__signature__` of a class without a constructor of its own, computed when `inspect.signature` reads it."""

    def __get__(self, value: Value | None, cls: type[Value]) -> Signature:
        if cls.__init__ is not Value.__init__:
            raise AttributeError("__signature__")
        from inspect import Parameter, Signature

        kind = Parameter.POSITIONAL_OR_KEYWORD
        return Signature(
            [
                Parameter(name, kind, default=getattr(cls, name, Parameter.empty))
                for name in cls.__match_args__
            ]
        )


@dataclass_transform(frozen_default=True)
class Value:
    """A frozen object. It equals another object of its type when their fields are equal."""

    # A class with many instances may define `__slots__` and its own `__init__`.
    __slots__ = ()

    __match_args__: ClassVar[tuple[str, ...]] = ()
    __signature__ = _FieldSignature()
    _public: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        hints = cls.__annotations__
        new = [
            name for name, hint in hints.items() if not str(hint).startswith(("ClassVar", "typing.ClassVar"))
        ]
        cls.__match_args__ = tuple(dict.fromkeys((*cls.__match_args__, *new)))  # type: ignore[misc]
        cls._public = tuple([name for name in cls.__match_args__ if name[0] != "_"])

    # One for all classes: compiling one for each takes 40 to 50 microseconds a class, too long for a cold load.
    def __init__(self, *values: object, **named: object) -> None:
        names = self.__match_args__
        if named or len(values) != len(names):
            values = _complete(type(self), values, named)
        self._fill(*values)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields. A class whose fields need a check overrides this."""

    def _fill(self, *values: object) -> None:
        for name, value in zip(self.__match_args__, values, strict=True):
            object.__setattr__(self, name, value)

    def _fields(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def _compared(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._public])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"'{type(self).__name__}' is frozen, so '{name}' cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"'{type(self).__name__}' is frozen, so '{name}' cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def __repr__(self) -> str:
        texts = {name: self._shown(name) for name in self._public}
        fields = ", ".join(f"{name}={text}" for name, text in texts.items() if text is not None)
        return f"{type(self).__name__}({fields})"

    def _shown(self, name: str) -> str | None:
        """Return how a field is shown, None if it is not. A class with long fields overrides this."""
        return repr(getattr(self, name))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._fields()


def evolve(value: V, **changes: object) -> V:
    """Return a value with other values of some fields."""
    return type(value)(**{name: getattr(value, name) for name in value.__match_args__} | changes)


def as_dict(value: Value, *without: str) -> dict[str, object]:
    """Return the fields of a value by name, without some; values in them stay as they are."""
    return {name: getattr(value, name) for name in value.__match_args__ if name not in without}


def _complete(cls: type[Value], values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
    """Return the values of all fields in their order, defaults included.

    Raises:
        TypeError: The arguments do not fit the fields.
    """
    names = cls.__match_args__
    given = dict(zip(names, values))  # noqa: B905
    twice = given.keys() & named.keys()
    complete = {**given, **named}
    for name in names:
        if name not in complete and hasattr(cls, name):
            default = getattr(cls, name)
            complete[name] = dict(default) if type(default) is dict else default
    if twice or len(values) > len(names) or complete.keys() != set(names):
        # `bind` raises the error, which names the missing or unknown argument.
        cls.__signature__.bind(*values, **named)
    return tuple([complete[name] for name in names])
