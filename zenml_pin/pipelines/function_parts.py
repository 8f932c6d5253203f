"""Components from functions, and again from what a source names: a class or a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zenml_pin.datasources.function import FunctionDatasource
from zenml_pin.errors import ComponentError
from zenml_pin.pins.origin import origin_of
from zenml_pin.pipelines.documents.model import DATASOURCE
from zenml_pin.steps.component import Component, build
from zenml_pin.steps.function import FunctionStep, check_arguments


def as_component(given: object, key: str, arguments: Mapping[str, Any]) -> object:
    """Return what a user adds to a pipeline as a component: a function with its arguments becomes one.

    Args:
        given: A component, or a function. Anything else is returned as it is: the caller refuses it.
        key: The step's key, or "datasource".
        arguments: Those of the function.

    Raises:
        NotAClassError, UnsupportedError: A source cannot name the function; the message says why.
        ComponentError: The function does not take the arguments; or there are some, and it is not a function.
    """
    if callable(given) and not isinstance(given, (type, Component)):
        origin_of(given)
        return part_of(given, key, arguments)
    if arguments:
        shown = given.__name__ if isinstance(given, type) else type(given).__name__
        raise ComponentError(
            f"'{shown}' is added with the argument '{next(iter(arguments))}', which only a function takes here",
            f"give it to the class: {shown}({next(iter(arguments))}=...)",
        )
    return given


def part_of(loaded: Any, key: str, args: Mapping[str, Any]) -> Any:
    """Return the component of a class or function, with recorded arguments.

    Raises:
        ComponentError: It does not take the arguments. Other exceptions of an `__init__` come through unchanged.
    """
    if isinstance(loaded, type):
        return build(loaded, args)
    check_arguments(loaded, args)
    return FunctionDatasource(loaded, key, args) if key == DATASOURCE else FunctionStep(loaded, key, args)
