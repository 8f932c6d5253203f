"""BaseStep: one method, and the facts that a pipeline needs to call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zenml_pin.steps.component import Component


class BaseStep(Component):
    """A step of a pipeline. Subclass one of its kinds and write `run_fn`.

    Attributes:
        KEY: The step's position in a pipeline, and its key in documents.
        OUTPUT: The name under which later steps get what `run_fn` returns.
        CACHED: Whether a result may come from an earlier run. False for steps that read or change outside things.
    """

    KEY = ""
    OUTPUT = ""
    CACHED = True

    if TYPE_CHECKING:
        # Each subclass names the inputs that it needs, so each has another signature.
        run_fn: Any
    else:

        def run_fn(self, *args: object, **kwargs: object) -> object:
            """Do the step's work and return its output."""
            raise NotImplementedError(f"{type(self).__name__} has no run_fn")
