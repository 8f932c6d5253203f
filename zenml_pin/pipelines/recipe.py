"""Recipes: what resolving and running need to know of a pipeline that was built or loaded."""

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
    """A component of a pipeline.

    Attributes:
        component: The object that the user built or that was loaded. What runs is built again after it.
        source: The source in the document that it was loaded from; None for a component that the user added.
    """

    component: Any
    source: Source | None = None


class Recipe(Protocol):
    """A pipeline as it was built or loaded. `BasePipeline` is the only implementation, and describes the attributes."""

    TYPE: str
    MANDATORY: tuple[str, ...]
    name: str
    enable_cache: bool
    _parts: dict[str, Part]
    _own: Part | None
    _backends: dict[str, Part]
    _workspace: Workspace | None
    _document: Document | None
    _is_exact: bool

    def order(self) -> list[str]: ...


def order_of(pipeline: Recipe) -> list[str]:
    """Return the order that a pipeline's class gives its steps.

    Raises:
        ComponentError: The order leaves a step out, or names a step that the pipeline does not have.
    """
    order = list(pipeline.order())
    keys = [key for key in pipeline._parts if key != DATASOURCE]
    if sorted(map(str, order)) != sorted(keys):
        raise ComponentError(
            f"order() of '{type(pipeline).__name__}' gives {order} for the steps {keys}",
            "give each key once, in another order",
        )
    return order


def remake(cls: type[Any], name: str, enable_cache: bool, args: Mapping[str, Any]) -> Any:
    """Return an empty pipeline of a class, built with a name and the other arguments that were recorded."""
    named = {"name": name, "enable_cache": enable_cache}
    rest = {key: value for key, value in args.items() if key not in named}
    pipeline = build(cls, {**{key: value for key, value in named.items() if accepts(cls, key)}, **rest})
    # A class may set its own name, or add steps, in its __init__.
    pipeline.name = name
    pipeline.enable_cache = enable_cache
    pipeline._parts = {}
    return pipeline
