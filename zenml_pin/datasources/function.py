"""FunctionDatasource: a function that returns the data, with the arguments that the user gave for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.steps.component import arguments_of
from zenml_pin.steps.function import HasFunction


class FunctionDatasource(HasFunction, BaseDatasource):
    """A datasource that calls a function. Its name is the argument `name`, else the name of the function."""

    def __init__(self, /, function: Callable[..., Any], key: str, args: Mapping[str, Any]) -> None:
        name = arguments_of(self).get("name")
        own = getattr(function, "__name__", type(function).__name__)
        self.identify(name if isinstance(name, str) else own, str(uuid4()))

    @property
    def process(self) -> Callable[..., Any]:
        """The function with its arguments."""
        return self.call
