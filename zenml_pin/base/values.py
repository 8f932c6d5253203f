"""Value: a small frozen base for what a cold load must build.

    class Change(Value):
        path: str
        reason: str = ""

The annotations are the fields, in the order in which the constructor takes them, and the values beside them are
their defaults. `ClassVar` is not a field. A subclass has its parent's fields before its own.

attrs would do this better, but importing it costs more than the rest of a load (17 to 32 ms against an
interpreter that starts in 12); whatever is not on the way of `zenml_pin.load` uses attrs instead.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any, ClassVar, dataclass_transform
else:

    def dataclass_transform(**_):
        """Return a decorator that does nothing: only type checkers need the real one, and typing is slow to import."""
        return lambda cls: cls


def _take_fields(
    namespace: dict[str, Any], parent: ValueType | None
) -> tuple[dict[str, object], dict[str, object]]:
    """Turn annotations into `__slots__`; return the annotations and defaults of all fields, the parent's first."""
    hints = _field_hints(namespace)
    if "__slots__" in namespace:
        return {name: hints.get(name, "object") for name in namespace["__slots__"]}, {}
    inherited, defaults = (parent._hints, parent._defaults) if parent is not None else ({}, {})
    namespace["__slots__"] = tuple(name for name in hints if name not in inherited)
    # A slot cannot have a class attribute of its name.
    defaults = {**defaults, **{name: namespace.pop(name) for name in hints if name in namespace}}
    hints = {**inherited, **hints}
    return hints, {name: defaults[name] for name in hints if name in defaults}


def _field_hints(namespace: dict[str, Any]) -> dict[str, object]:
    """Return the fields that the body of a class annotates, with their annotations."""
    # From Python 3.14 on, a module without `from __future__ import annotations` has a function that makes them. No
    # module of this package is one, so that a load does not import annotationlib.
    annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
    hints: dict[str, object] = namespace.get("__annotations__", {})
    if not hints and annotate is not None:
        import annotationlib  # type: ignore[import-not-found, unused-ignore]

        hints = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return {name: hint for name, hint in hints.items() if not _is_class_var(hint)}


def _is_class_var(hint: object) -> bool:
    return str(hint).removeprefix("typing.").startswith("ClassVar")


class ValueType(type):
    """The type of `Value` and of what derives from it: makes `__slots__` of the annotations.

    Slots must be known when a class is made: `__init_subclass__` is called too late, and a decorator would make
    each class twice.
    """

    if TYPE_CHECKING:
        __match_args__: tuple[str, ...]
        _hints: dict[str, object]
        _defaults: dict[str, object]
        _setters: tuple[Callable[[object, object], None], ...]

    def __new__(meta, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ValueType:
        parent = next((base for base in bases if isinstance(base, ValueType)), None)
        hints, defaults = _take_fields(namespace, parent)
        fields = tuple(hints)
        if tuple(defaults) != fields[len(fields) - len(defaults) :]:
            raise TypeError(f"a field without a default follows one with a default in '{name}'")
        namespace.update(__match_args__=fields, _hints=hints, _defaults=defaults)
        cls = super().__new__(meta, name, bases, namespace)
        cls._setters = tuple(getattr(cls, field).__set__ for field in fields)
        return cls

    @property
    def __signature__(cls) -> Signature:
        # Found by `inspect.signature`, and thereby by `help`. A class with an `__init__` of its own shows that one.
        if cls.__init__ is not Value.__init__:  # type: ignore[misc]
            raise AttributeError("__signature__")
        return _signature(cls)


@dataclass_transform(frozen_default=True)
class Value(metaclass=ValueType):
    """A frozen object that equals another of its type when their fields are equal.

    A class that writes `__slots__` by hand has those fields alone, and needs an `__init__` that calls `_fill`.
    """

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]
        _setters: ClassVar[tuple[Callable[[object, object], None], ...]]

    # One for all classes: to compile one for each takes 40 to 50 microseconds a class, which a cold load would notice.
    def __init__(self, *fields: object, **named: object) -> None:
        setters = self._setters
        if named or len(fields) != len(setters):
            fields = _completed(type(self), fields, named)
        for set_field, field in zip(setters, fields):  # noqa: B905
            set_field(self, field)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields; a class that has something to check overrides this."""

    def _fill(self, *fields: object) -> None:
        for set_field, field in zip(self._setters, fields, strict=True):
            set_field(self, field)

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

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
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._fields()


def _completed(cls: ValueType, fields: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
    """Return all fields in their order; raise TypeError when the arguments do not fit them."""
    names = cls.__match_args__
    defaults = tuple(cls._defaults.values())
    missing = len(names) - len(fields)
    if not named and 0 <= missing <= len(defaults):
        return fields + defaults[len(defaults) - missing :]
    # A second value for a field, and one too many, make this shorter than what was given.
    given = {**dict(zip(names, fields)), **named}  # noqa: B905
    values = {**cls._defaults, **given}
    if len(given) != len(fields) + len(named) or values.keys() != set(names):
        _signature(cls).bind(*fields, **named)
    return tuple(values[name] for name in names)


def _signature(cls: ValueType) -> Signature:
    from inspect import Parameter, Signature

    return Signature(
        [
            Parameter(
                name,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=cls._defaults.get(name, Parameter.empty),
                annotation=cls._hints.get(name, Parameter.empty),
            )
            for name in cls.__match_args__
        ],
        return_annotation=None,
    )
