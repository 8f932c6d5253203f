"""The task: one step's work, as it is handed to a backend.

Bytes go in and bytes come out, so every step gets fresh copies of its inputs wherever it runs: what one step does to
its data, no other sees.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.pipelines.runs.artifacts import JSON, PICKLE
from zenml_pin.pipelines.runs.pickling import dumps, loads
from zenml_pin.steps.component import encode

METRICS = "metrics"


def kind_of(output_name: str) -> str:
    """Return how an output is kept."""
    return JSON if output_name == METRICS else PICKLE


def accepted(component: Any, method: str, available: Iterable[str]) -> list[str]:
    """Return those of the available inputs that a method accepts by keyword.

    Raises:
        ComponentError: It asks for something else.
    """
    parameters = inspect.signature(getattr(component, method)).parameters.values()
    names = list(available)
    if any(item.kind is item.VAR_KEYWORD for item in parameters):
        return names
    keywords = [item for item in parameters if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    for item in parameters:
        wanted = item.default is item.empty and item.kind is not item.VAR_POSITIONAL
        if wanted and (item not in keywords or item.name not in names):
            raise ComponentError(
                f"{method} of '{type(component).__name__}' asks for '{item.name}', which nothing before it makes",
                f"there are {', '.join(names) or 'no inputs'}; others need a default",
            )
    return [item.name for item in keywords if item.name in names]


def perform(component: Any, method: str, inputs: dict[str, bytes], output_name: str) -> bytes:
    """Call a component's method with its inputs and return the output, packed.

    Args:
        component: The step or datasource.
        method: "run_fn" or "process".
        inputs: Packed values by name.
        output_name: What the output is.
    """
    home = type(component).__module__
    values = {name: unpack(data, name, home) for name, data in inputs.items()}
    return pack(getattr(component, method)(**values), output_name, type(component).__name__)


def pack(value: Any, name: str, made_by: str) -> bytes:
    """Return an output as bytes.

    Raises:
        ComponentError: It cannot be kept; the message says what is in the way.
    """
    if name == METRICS:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise ComponentError(
                f"run_fn of '{made_by}' returned a {type(value).__name__} as metrics",
                "return a dict of names to numbers",
            )
        _refuse_unlike_json(value, "'metrics'", made_by)
        return json.dumps(encode(value, f"'metrics' of '{made_by}'")).encode("ascii")
    try:
        return dumps(value)
    except Exception as error:
        raise ComponentError(
            f"what '{made_by}' returned cannot be kept: {type(error).__name__}: {error}",
            "return something that pickle takes: no open files, generators or local classes",
        ) from error


def _refuse_unlike_json(value: Any, where: str, made_by: str) -> None:
    """Refuse what JSON would give back as something else; what documents cannot hold either is refused later."""
    if isinstance(value, (tuple, type)):
        raise ComponentError(
            f"run_fn of '{made_by}' returned a {type(value).__name__} in {where}, which JSON has no word for",
            "metrics are numbers, text, True, False, None, lists, and dicts with text as keys",
        )
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in held:
        if isinstance(value, dict) and not isinstance(key, str):
            raise ComponentError(
                f"run_fn of '{made_by}' returned the key {key!r} in {where}, a {type(key).__name__}",
                "keys of metrics are text",
            )
        _refuse_unlike_json(item, f"{where}[{key!r}]", made_by)


def unpack(data: bytes, name: str, home: str = "") -> Any:
    """Return the value of a packed output, for a step of the module `home`."""
    return json.loads(data) if name == METRICS else loads(data, home)
