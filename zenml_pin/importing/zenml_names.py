"""ZenML's own names, and the classes of ours that replace them.

Old documents name classes such as `zenml.core.steps.split.random_split.RandomSplit`, old repositories import from
`zenml.steps.trainer`. The module has moved from release to release, so the last name alone decides.
"""

from __future__ import annotations

from zenml_pin.errors import PinnedAttributeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.source import Source

ROOT = "zenml"

# As text, so that a class is imported only when it is used.
_HOMES = {
    "BaseBackend": "zenml_pin.backends.base:BaseBackend",
    "BaseDataStep": "zenml_pin.steps.data:BaseDataStep",
    "BaseDatasource": "zenml_pin.datasources.base:BaseDatasource",
    "BaseDeployerStep": "zenml_pin.steps.deployer:BaseDeployerStep",
    "BaseEvaluatorStep": "zenml_pin.steps.evaluator:BaseEvaluatorStep",
    "BasePipeline": "zenml_pin.pipelines.base:BasePipeline",
    "BasePreprocesserStep": "zenml_pin.steps.preprocesser:BasePreprocesserStep",
    "BaseSequencerStep": "zenml_pin.steps.sequencer:BaseSequencerStep",
    "BaseSplitStep": "zenml_pin.steps.split:BaseSplitStep",
    "BaseSplit": "zenml_pin.steps.split:BaseSplitStep",
    "BaseStep": "zenml_pin.steps.base:BaseStep",
    "BaseTrainerStep": "zenml_pin.steps.trainer:BaseTrainerStep",
    "CSVDataStep": "zenml_pin.steps.data:CSVDataStep",
    "CSVDatasource": "zenml_pin.datasources.csv:CSVDatasource",
    "DataPipeline": "zenml_pin.pipelines.base:DataPipeline",
    "OrchestratorBaseBackend": "zenml_pin.backends.local:LocalBackend",
    "OrchestratorLocalBackend": "zenml_pin.backends.local:LocalBackend",
    "RandomSplit": "zenml_pin.steps.split:RandomSplit",
    "Repository": "zenml_pin.pipelines.repository:Repository",
    "StandardPreprocesser": "zenml_pin.steps.preprocesser:StandardPreprocesser",
    "TrainingPipeline": "zenml_pin.pipelines.base:TrainingPipeline",
    # Most old steps use a logger.
    "get_logger": "logging:getLogger",
}
# The packages of ZenML 0.1 to 0.3 that had these names.
_PACKAGES = ("core", "steps", "pipelines", "datasources", "backends", "repo", "logger", "utils")


def is_legacy(source: Source) -> bool:
    """Tell whether a source names a class of ZenML itself; one with a commit belongs to a repository."""
    return source.commit_id is None and source.module.partition(".")[0] == ROOT


def has_name(name: str) -> bool:
    """Tell whether this package replaces a name of ZenML."""
    return name in _HOMES


def has_module(module: str) -> bool:
    """Tell whether a dotted name was a package or module of ZenML that held such names."""
    root, _, rest = module.partition(".")
    # A lazy `from zenml.logger import get_logger` first looks for a module of that name.
    if root != ROOT or module != module.lower() or has_name(module.rpartition(".")[2]):
        return False
    return not rest or rest.partition(".")[0] in _PACKAGES


def get_named(name: str) -> object:
    """Return the object that replaces a name of ZenML.

    Raises:
        PinnedAttributeError: This package does not replace that name.
    """
    if name not in _HOMES:
        from zenml_pin.base.version import PACKAGE

        raise PinnedAttributeError(
            f"'{name}' of ZenML has no counterpart in {PACKAGE}",
            f"there are {', '.join(sorted(_HOMES))}; write your own class and pin that",
            name=name,
        )
    from importlib import import_module

    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute)
