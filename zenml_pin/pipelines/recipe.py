"""Recipes: what resolving and running need of a pipeline that a user built or that was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from zenml_pin.errors import ComponentError
from zenml_pin.pipelines.documents.model import DATASOURCE, Document
from zenml_pin.source import Source
from zenml_pin.steps.component import accepts, build
from zenml_pin.workspace.config import Workspace


@attrs.frozen
class Part:
    """A component in its place.

    Attributes:
        component: As the user built it, or as it was loaded: the recipe for what runs.
        source: The source of the document that it was loaded from; None for what the user added.
    """

    component: Any
    source: Source | None = None


class Recipe(Protocol):
    """A pipeline as it was built or loaded. `BasePipeline` is the only one, and describes these."""

    TYPE: str
    MANDATORY: tuple[str, ...]
    name: str
    enable_cache: bool
    _parts: dict[str, Part]
    _own: Part | None
    _backends: dict[str, Part]
    _workspace: Workspace | None
    _document: Document | None

    def order(self) -> list[str]: ...


def order_of(pipeline: Recipe) -> list[str]:
    """Return the order that a pipeline's class gives its steps.

    Raises:
        ComponentError: It leaves a step out, or names one that is not there.
    """
    order = list(pipeline.order())
    held = [key for key in pipeline._parts if key != DATASOURCE]
    if sorted(map(str, order)) != sorted(held):
        raise ComponentError(
            f"order() of '{type(pipeline).__name__}' gives {order} for the steps {held}",
            "give each key once, in another order",
        )
    return order


def remake(cls: type[Any], name: str, enable_cache: bool, args: Mapping[str, Any]) -> Any:
    """Return an empty pipeline of a class, named so, built with the other arguments that were recorded."""
    named = {"name": name, "enable_cache": enable_cache}
    rest = {key: value for key, value in args.items() if key not in named}
    made = build(cls, {**{key: value for key, value in named.items() if accepts(cls, key)}, **rest})
    # A class that names itself, and one that adds steps on its own.
    made.name = name
    made.enable_cache = enable_cache
    made._parts = {}
    return made
