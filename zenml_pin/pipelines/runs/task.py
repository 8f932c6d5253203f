"""The task: the work of one step, as a backend runs it.

Inputs and output are bytes, so every step gets fresh copies of its inputs on every backend: a step that changes its
inputs does not change those of another.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.pipelines.documents.model import STEP_KEYS
from zenml_pin.pipelines.runs.artifacts import JSON, PICKLE, FileContent
from zenml_pin.pipelines.runs.awaiting import wait_for
from zenml_pin.pipelines.runs.performed import Performed, leave_log
from zenml_pin.pipelines.runs.pickling import dumps, loads
from zenml_pin.pipelines.runs.step_files import OUTPUT_DIR, StepFolder, takes_folder
from zenml_pin.pipelines.runs.step_log import keeping_log
from zenml_pin.pipelines.runs.user_frames import traceback_of
from zenml_pin.steps.component import arguments_of, definition_of, encode, shown_name

METRICS = "metrics"


def kind_of(output_name: str) -> str:
    """Return the kind of file for an output: "json" for metrics, else "pickle"."""
    return JSON if output_name == METRICS else PICKLE


def accepted(
    component: Any, method: str, available: Iterable[str], later: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Return the available inputs that a method accepts by keyword. `perform` gives it its output folder.

    Args:
        component: The step or datasource.
        method: "run_fn" or "process".
        available: The names of the outputs so far.
        later: Those of the outputs of steps that run after it, with the steps' keys, for the hint.

    Raises:
        ComponentError: The method needs an argument that is not available.
    """
    parameters = inspect.signature(getattr(component, method)).parameters.values()
    names = list(available)
    given = arguments_of(component) if definition_of(component) is not type(component) else {}
    twice = next((name for name in names if name in given), None)
    if twice is not None:
        raise ComponentError(
            f"'{shown_name(component)}' has an argument '{twice}', and gets '{twice}' from an earlier step",
            "rename one of them",
        )
    if any(item.kind is item.VAR_KEYWORD for item in parameters):
        return names
    keywords = [item for item in parameters if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    for item in parameters:
        wanted = item.default is item.empty and item.kind is not item.VAR_POSITIONAL
        if wanted and (item not in keywords or item.name not in (*names, OUTPUT_DIR)):
            raise ComponentError(
                f"{_subject(component, method)} needs '{item.name}', which no earlier step returns",
                _remedy(item.name, names, later),
            )
    return [item.name for item in keywords if item.name in names]


def _remedy(name: str, names: list[str], later: Mapping[str, str]) -> str:
    if name in later:
        order = ", ".join(STEP_KEYS)
        return f"step '{later[name]}' returns it, and runs later: the order is {order}, then other keys"
    return f"available: {', '.join(names) or 'no inputs'}; other arguments need a default"


def _subject(component: Any, method: str) -> str:
    is_function = definition_of(component) is not type(component)
    return f"function '{shown_name(component)}'" if is_function else f"{method} of '{shown_name(component)}'"


def perform(
    component: Any, method: str, inputs: dict[str, bytes], output_name: str, log_path: str = ""
) -> Performed:
    """Call a component's method with its inputs and return what came of it: the packed output, or the exception.

    Args:
        component: The step or datasource.
        method: "run_fn" or "process".
        inputs: Packed values by name, and files.
        output_name: The output's name, such as "model".
        log_path: A file that has the log while it runs.
    """
    with keeping_log(log_path) as log, StepFolder() as folder:
        try:
            values = _values(component, method, inputs, folder)
            value, name = getattr(component, method)(**values), shown_name(component)
            if inspect.isawaitable(value):
                value, raised = wait_for(value)
                if raised is not None:
                    raise raised
            data = folder.returned(value, name) if output_name != METRICS else None
            return Performed(pack(value, output_name, name) if data is None else data, log.content())
        except (Exception, SystemExit) as error:
            return Performed(None, log.content(), traceback_of(error), error)
        except BaseException as error:
            leave_log(error, log.content(), traceback_of(error))
            raise


def _values(component: Any, method: str, inputs: dict[str, bytes], folder: StepFolder) -> dict[str, Any]:
    """Return the arguments of a step: its inputs, copies of files as paths, and its output folder if it takes one."""
    home = str(getattr(definition_of(component), "__module__", ""))
    values = {
        name: folder.received(name, data) if isinstance(data, FileContent) else unpack(data, name, home)
        for name, data in inputs.items()
    }
    if OUTPUT_DIR not in values and takes_folder(getattr(component, method)):
        values[OUTPUT_DIR] = folder.output_dir()
    return values


def pack(value: Any, name: str, made_by: str) -> bytes:
    """Return an output as bytes.

    Raises:
        ComponentError: The output cannot be stored; the message gives the reason.
    """
    if name == METRICS:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise ComponentError(
                f"'{made_by}' returned a {type(value).__name__} as metrics",
                "return a dict of names to numbers",
            )
        _refuse_unlike_json(value, "'metrics'", made_by)
        return json.dumps(encode(value, f"'metrics' of '{made_by}'")).encode("ascii")
    try:
        return dumps(value)
    except Exception as error:
        raise ComponentError(
            f"the output of '{made_by}' cannot be stored: {type(error).__name__}: {error}",
            "return a value that pickle accepts: no open files, generators or local classes",
        ) from error


def only_split(data: bytes) -> bytes:
    """Return packed data as splits with "train" alone: what steps get in a pipeline without a split step."""
    return pack({"train": unpack(data, "data")}, "splits", "split")


def _refuse_unlike_json(value: Any, where: str, made_by: str) -> None:
    """Refuse values that JSON would change: tuples, classes, and keys that are not text. `encode` refuses others."""
    if isinstance(value, (tuple, type)):
        raise ComponentError(
            f"'{made_by}' returned a {type(value).__name__} in {where}, which JSON cannot express",
            "metrics are numbers, text, True, False, None, lists, and dicts with text as keys",
        )
    kind = type(value)
    is_number = kind.__module__.partition(".")[0] == "numpy" and getattr(value, "shape", None) == ()
    if not (value is None or is_number or isinstance(value, (bool, int, float, str, list, dict))):
        raise ComponentError(
            f"'{made_by}' returned a {kind.__name__} in {where}, which metrics cannot contain",
            f"return {'its .tolist()' if hasattr(value, 'tolist') else 'str() of it, or numbers'}: metrics are "
            "numbers, text, True, False, None, lists, and dicts with text as keys",
        )
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(value, dict) and not isinstance(key, str):
            raise ComponentError(
                f"'{made_by}' returned the key {key!r} in {where}, a {type(key).__name__}",
                "keys of metrics are text",
            )
        _refuse_unlike_json(item, f"{where}[{key!r}]", made_by)


def unpack(data: bytes, name: str, home: str = "") -> Any:
    """Return the value of a packed output.

    Args:
        data: The bytes.
        name: The output's name.
        home: The name of the module of the step that gets the value.
    """
    return json.loads(data) if name == METRICS else loads(data, home)
