"""Functions as steps: a function with the arguments that the user gave for it.

    pipeline.add_trainer(train, epochs=20)      # calls train(epochs=20, splits=...), with the inputs that it names

The arguments are recorded as those of a class are. The inputs come from the pipeline, by the names in the function's
signature. The step's key says what the function returns: a trainer's function returns a model.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.component import FUNCTION, RECORD, copied
from zenml_pin.steps.data import BaseDataStep
from zenml_pin.steps.deployer import BaseDeployerStep
from zenml_pin.steps.evaluator import BaseEvaluatorStep
from zenml_pin.steps.preprocesser import BasePreprocesserStep
from zenml_pin.steps.sequencer import BaseSequencerStep
from zenml_pin.steps.split import BaseSplitStep
from zenml_pin.steps.trainer import BaseTrainerStep

T = TypeVar("T", bound="HasFunction")

# What the pipeline gives to a step by name.
INPUTS = ("data", "splits", "model", "metrics", "deployment", "output_dir")
_KINDS: tuple[type[BaseStep], ...] = (
    BaseDataStep,
    BaseSplitStep,
    BaseSequencerStep,
    BasePreprocesserStep,
    BaseTrainerStep,
    BaseEvaluatorStep,
    BaseDeployerStep,
)


class HasFunction:
    """A component that calls a function. `zenml_pin.steps.component.definition_of` returns the function."""

    def __new__(cls: type[T], /, function: Callable[..., Any], key: str, args: Mapping[str, Any]) -> T:
        """Record the arguments."""
        part = object.__new__(cls)
        part.__dict__.update({FUNCTION: function, RECORD: copied(dict(args)), "key": key})
        return part

    def __init__(self, /, function: Callable[..., Any], key: str, args: Mapping[str, Any]) -> None:
        """Everything is done in `__new__`."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let pickle and copy make it again; the function is found by its name."""
        state = self.__dict__.copy()
        function, record, key = state.pop(FUNCTION), state.pop(RECORD), state.pop("key")
        return type(self), (function, key, record), state

    @property
    def call(self) -> Callable[..., Any]:
        """The function with its arguments; it still takes the inputs."""
        return partial(self.__dict__[FUNCTION], **self.__dict__[RECORD])


class FunctionStep(HasFunction, BaseStep):
    """A step that calls a function.

    Args:
        function: The function.
        key: The step's key.
        args: Its arguments, without the inputs.
    """

    def __init__(self, /, function: Callable[..., Any], key: str, args: Mapping[str, Any]) -> None:
        kind = next((kind for kind in _KINDS if key == kind.KEY), BaseStep)
        self.KEY = key
        self.OUTPUT = kind.OUTPUT
        self.CACHED = kind.CACHED

    @property
    def run_fn(self) -> Callable[..., Any]:
        """The function with its arguments."""
        return self.call


def check_arguments(function: Callable[..., Any], args: Mapping[str, Any]) -> None:
    """Refuse arguments that a function does not take, and those that the pipeline gives it.

    Raises:
        ComponentError: There is one.
    """
    name = getattr(function, "__name__", type(function).__name__)
    given = next((key for key in args if key in INPUTS), None)
    if given is not None:
        raise ComponentError(
            f"argument '{given}' of function '{name}' comes from the pipeline, so it cannot be given",
            "rename the argument, or leave it out",
        )
    try:
        signature = inspect.signature(function)
        signature.bind_partial(**args)
    except (TypeError, ValueError) as error:
        raise ComponentError(
            f"function '{name}' does not take these arguments: {error}", _hint(function, args)
        ) from None


def _hint(function: Callable[..., Any], args: Mapping[str, Any]) -> str:
    try:
        known = [key for key in inspect.signature(function).parameters if key not in INPUTS]
    except (TypeError, ValueError):
        return ""
    near = [match for key in args if key not in known for match in difflib.get_close_matches(key, known, 1)]
    takes = f"it takes {', '.join(known)}" if known else "it takes no argument besides the inputs"
    return f"did you mean '{near[0]}'? {takes}" if near else takes
