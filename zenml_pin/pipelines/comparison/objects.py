"""The state of an object: what pickle stores of it, which is all that another process would get.

Sources: the object protocol of pickle, `__reduce_ex__` (PEP 307).
"""

from __future__ import annotations

import copyreg
from typing import Any

import attrs

_PROTOCOL = 5
# What a library says about itself in the state of each of its objects; the versions of packages are compared elsewhere.
_VERSIONS = frozenset({"_sklearn_version"})


@attrs.frozen
class ObjectState:
    """What pickle stores of an object.

    Attributes:
        attributes: Its attributes by name.
        made_from: The arguments that it is made from; None if there are none.
        state: A state that is not a dict of attributes; None if there is none.
        items, pairs: What is in it, of a class that is a kind of list or dict; None if there is nothing.
    """

    attributes: dict[Any, Any]
    made_from: list[Any] | None = None
    state: Any = None
    items: list[Any] | None = None
    pairs: dict[Any, Any] | None = None


def state_of(value: Any) -> ObjectState:
    """Return the state of an object. Raises what its class raises, such as TypeError for an open file."""
    reduce = copyreg.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(_PROTOCOL) if reduce is None else reduce(value)
    if isinstance(reduced, str):
        return ObjectState({}, made_from=[reduced])
    parts: list[Any] = [*reduced, None, None, None]
    make, args, state, items, pairs = parts[:5]
    attributes, rest = _split(state)
    # A class is compared by its name, and all objects of a class are made by the same function.
    given = [make, *args] if make not in (copyreg.__newobj__, copyreg.__newobj_ex__) else list(args)  # type: ignore[attr-defined]
    given = [item for item in given if item is not type(value)]
    return ObjectState(
        attributes,
        given or None,
        rest,
        None if items is None else list(items),
        None if pairs is None else dict(pairs),
    )


def _split(state: Any) -> tuple[dict[Any, Any], Any]:
    """Return the attributes in a state, and the state itself if it is of another form."""
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if state is None or not all(part is None or isinstance(part, dict) for part in parts):
        return {}, state
    attributes = {name: value for part in parts if part is not None for name, value in part.items()}
    return {name: value for name, value in attributes.items() if name not in _VERSIONS}, None
