"""BasePipeline: named components. Their pins are looked up when the pipeline is run or saved, and not before."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from zenml_pin.backends.base import BaseBackend
from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.errors import ComponentError, StepFailedError
from zenml_pin.pins.functions import dotted_name
from zenml_pin.pipelines.documents.model import DATASOURCE, STEP_KEYS, Document
from zenml_pin.pipelines.function_parts import as_component
from zenml_pin.pipelines.recipe import Part, remake
from zenml_pin.pipelines.runs.options import current_options
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.component import Component, arguments_of, definition_of, encode_args, shown_name
from zenml_pin.steps.data import BaseDataStep
from zenml_pin.steps.deployer import BaseDeployerStep
from zenml_pin.steps.evaluator import BaseEvaluatorStep
from zenml_pin.steps.function import HasFunction
from zenml_pin.steps.preprocesser import BasePreprocesserStep
from zenml_pin.steps.sequencer import BaseSequencerStep
from zenml_pin.steps.signatures import refuse_unknown, tolerant
from zenml_pin.steps.split import BaseSplitStep
from zenml_pin.steps.trainer import BaseTrainerStep

if TYPE_CHECKING:
    from zenml_pin.pipelines.runs.run import Run
    from zenml_pin.workspace.config import Workspace

# A function that a source can name: `def` or `async def` at the top level of its module.
Function = Callable[..., Any]


class BasePipeline(Component):
    """A pipeline. Use TrainingPipeline or DataPipeline, or a subclass of your own.

    Args:
        name: The pipeline's name, any text; by default the class's name.
        enable_cache: Whether results of pinned steps may come from earlier runs.

    Attributes:
        TYPE: The type that documents give for this class, such as "training".
        MANDATORY: Keys of the steps that the pipeline must have.
    """

    TYPE = "base"
    MANDATORY: tuple[str, ...] = ()

    name: str
    enable_cache: bool
    _parts: dict[str, Part]
    _own: Part | None
    _backends: dict[str, Part]
    _workspace: Workspace | None
    _document: Document | None
    # Whether a caller asked for the document by its number, and has not added a component since.
    _is_exact: bool

    def __new__(cls, /, *args: Any, **options: Any) -> Self:
        """Set all attributes here, so that a subclass need not call `super().__init__`."""
        pipeline = super().__new__(cls, *args, **options)
        pipeline.name = cls.__name__
        pipeline.enable_cache = True
        pipeline._parts = {}
        pipeline._own = None
        pipeline._backends = {}
        pipeline._workspace = None
        pipeline._document = None
        pipeline._is_exact = False
        return pipeline

    if TYPE_CHECKING:

        def __init__(self, name: str | None = None, enable_cache: bool = True) -> None: ...

    else:

        @tolerant
        def __init__(self, /, name: str | None = None, enable_cache: bool = True, **options: Any) -> None:
            refuse_unknown(self, options)
            self._configure(name, enable_cache)

    def _configure(self, name: str | None, enable_cache: bool) -> None:
        if name is not None:
            if not isinstance(name, str) or not name.strip():
                raise ComponentError(f"{name!r} is not a pipeline name", "give it a text that is not empty")
            self.name = name
        if not isinstance(enable_cache, bool):
            raise ComponentError(f"enable_cache is {enable_cache!r}", "give it True or False")
        self.enable_cache = enable_cache

    # Building

    def add_datasource(self, datasource: BaseDatasource | Function, **arguments: Any) -> Self:
        """Set the datasource that the pipeline's data comes from; a function returns the data.

        Args:
            datasource: The datasource, or a function.
            arguments: Those of the function. The argument `name` is the datasource's name too.

        Raises:
            NotAClassError, UnsupportedError: No source can name the function, as of a lambda.
            ComponentError: It does not take the arguments.
        """
        return self._put(DATASOURCE, datasource, BaseDatasource, arguments)

    def add_step(self, key: str, step: BaseStep | Function, **arguments: Any) -> Self:
        """Set the step of a key. Steps with keys that are not in STEP_KEYS run after the others.

        Args:
            key: The key; later steps get the output under this name.
            step: The step, or a function that does its work. A function gets `data`, `splits`, `model`, `metrics` and
                `deployment` by the names in its signature. It is called with them and with the arguments; an
                `async def` is awaited.
            arguments: Those of the function, by name; the document has them, as it has those of a class.

        Raises:
            NotAClassError, UnsupportedError: No source can name the function, as of a lambda.
            ComponentError: It does not take the arguments, or gets one of them from the pipeline.
        """
        if not isinstance(key, str) or not key.strip():
            raise ComponentError(f"{key!r} is not a step key", "give it a text that is not empty")
        if key == DATASOURCE:
            raise ComponentError(f"'{key}' is not a step key", "use add_datasource")
        return self._put(key, step, BaseStep, arguments)

    def _put(self, key: str, given: object, kind: type[Component], arguments: Mapping[str, Any]) -> Self:
        component = as_component(given, key, arguments)
        is_function = isinstance(component, HasFunction) and component.__dict__["key"] == key
        if not isinstance(component, Component) or not (is_function or isinstance(component, kind)):
            is_class = isinstance(component, type)
            shown = component.__name__ if isinstance(component, type) else type(component).__name__
            raise ComponentError(
                f"'{shown}' is not a {kind.__name__}, so it cannot be the {key} of pipeline '{self.name}'",
                f"add an instance, {shown}(...)" if is_class else f"derive it from {kind.__name__}",
            )
        if key != DATASOURCE and not callable(getattr(component, "run_fn", None)):
            raise ComponentError(f"'{type(component).__name__}' has no method run_fn")
        # An argument that no document can hold is refused here: the traceback then shows the user's own line.
        encode_args(component)
        self._parts[key] = Part(component)
        self._is_exact = False
        return self

    # Looking

    @property
    def steps(self) -> Mapping[str, Any]:
        """The steps by key, in the order in which they run."""
        return MappingProxyType({key: self._parts[key].component for key in self.order()})

    @property
    def datasource(self) -> Any:
        """The datasource, or None."""
        part = self._parts.get(DATASOURCE)
        return part.component if part is not None else None

    def order(self) -> list[str]:
        """Return the keys of the steps in the order in which they run. A subclass may return them in another order."""
        keys = [key for key in self._parts if key != DATASOURCE]
        known = [key for key in STEP_KEYS if key in keys]
        return [*known, *(key for key in keys if key not in known)]

    def __repr__(self) -> str:
        parts = [f"{key}={shown_name(part.component)}" for key, part in self._parts.items()]
        return f"{type(self).__name__}({', '.join([f'name={self.name!r}', *parts])})"

    def _repr_html_(self) -> str:
        from zenml_pin.base.html import card

        keys = [*([DATASOURCE] if DATASOURCE in self._parts else []), *self.order()]
        return card(self.name, type(self).__name__, [(key, _shown(self._parts[key])) for key in keys])

    # Using

    def run(
        self,
        backend: BaseBackend | None = None,
        require_pins: bool = False,
        allow_dirty: bool = False,
        bundle: bool = False,
        materialize: str | os.PathLike[str] | None = None,
        use_cache: bool = True,
    ) -> Run:
        """Pin every class to its commit, save the document, and run the committed code.

        Pinned components are built again from their pins with their recorded arguments, so an edit that is not
        committed does not run; unpinned ones run as they were built, with a warning that names the files.

        Args:
            backend: Where all steps run. By default they run in this process, or, for a pipeline that was
                loaded, where its document says.
            require_pins: Raise an error where there would be a warning.
            allow_dirty: Run a component that already has a pin although its folder has uncommitted changes now.
            bundle: Also write the code of all pins to a bundle beside the document, so that they load even after
                git has removed their commits.
            materialize: A directory to write the verified files of each commit into, for native code and for tools
                that need real files that stay. Worker processes use it too, so it must exist where they run.
            use_cache: Whether steps may be answered from earlier runs. False runs every step; the document, and
                what later runs find, stay the same.

        Raises:
            StepFailedError: A step raised an exception, which is the cause; the run is recorded as failed.
            UncommittedChangesError, UnpinnedError: With require_pins, a class that stays unpinned, and why.
        """
        from zenml_pin.pipelines.running import run_pipeline

        if backend is not None and not isinstance(backend, BaseBackend):
            raise ComponentError(
                f"'{type(backend).__name__}' is not a BaseBackend", "use LocalBackend() or another"
            )
        directory = None if materialize is None else os.path.abspath(os.fspath(materialize))
        try:
            options = current_options(require_pins, allow_dirty, bundle, directory, use_cache)
            return run_pipeline(self, backend, options)
        except StepFailedError as error:
            # Its cause has the frames of the step; those between here and there help nobody.
            raise error.with_traceback(None) from error.__cause__

    def save(self, bundle: bool = False) -> str:
        """Pin every class to its commit and write the document; return its path.

        A stored document of the same name and content stays as it is, with its older pins.

        Args:
            bundle: Also write the code of all pins to a bundle beside the document, so that they load even after
                git has removed their commits.
        """
        from zenml_pin.pipelines.running import save_pipeline

        return save_pipeline(self, current_options(bundle=bundle))

    def copy(self, name: str) -> Self:
        """Return a pipeline of another name with the same components and pins."""
        pipeline: Self = remake(type(self), name, self.enable_cache, arguments_of(self))
        pipeline._parts = dict(self._parts)
        pipeline._own = self._own
        pipeline._backends = dict(self._backends)
        pipeline._workspace = self._workspace
        return pipeline


def _shown(part: Part) -> str:
    """Return a component's source in the document that it was loaded from, else its class's name."""
    if part.source is not None:
        return str(part.source)
    return dotted_name(definition_of(part.component))


class DataPipeline(BasePipeline):
    """Reads data into the store, from a datasource, a data step or both."""

    TYPE = "data"

    def add_data(self, step: BaseDataStep | Function, **arguments: Any) -> Self:
        """Read or reshape the data."""
        return self._put("data", step, BaseDataStep, arguments)


class TrainingPipeline(BasePipeline):
    """Trains a model. Only the trainer is required; data passes unchanged where another step is missing."""

    TYPE = "training"
    MANDATORY = ("training",)

    def add_split(self, step: BaseSplitStep | Function, **arguments: Any) -> Self:
        """Split the data; without this step all data is the split "train"."""
        return self._put("split", step, BaseSplitStep, arguments)

    def add_sequencer(self, step: BaseSequencerStep | Function, **arguments: Any) -> Self:
        """Make sequences of each split."""
        return self._put("sequencer", step, BaseSequencerStep, arguments)

    def add_preprocesser(self, step: BasePreprocesserStep | Function, **arguments: Any) -> Self:
        """Prepare the splits."""
        return self._put("preprocesser", step, BasePreprocesserStep, arguments)

    def add_trainer(self, step: BaseTrainerStep | Function, **arguments: Any) -> Self:
        """Train the model."""
        return self._put("training", step, BaseTrainerStep, arguments)

    def add_evaluator(self, step: BaseEvaluatorStep | Function, **arguments: Any) -> Self:
        """Measure the model."""
        return self._put("evaluator", step, BaseEvaluatorStep, arguments)

    def add_deployment(self, step: BaseDeployerStep | Function, **arguments: Any) -> Self:
        """Deploy the model."""
        return self._put("deployer", step, BaseDeployerStep, arguments)
