"""ZenML's own names, and the classes of ours that replace them.

Old documents name classes such as `zenml.core.steps.split.random_split.RandomSplit`, old repositories import from
`zenml.steps.trainer`. `zenml_releases` says which module of which release had a name; a name that no release had there
is refused, and so is one that this package does not replace.
"""

from __future__ import annotations

from functools import cache

from zenml_pin.errors import PinnedAttributeError
from zenml_pin.importing import zenml_releases
from zenml_pin.source import ZENML

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.source import Source

ROOT = ZENML
# As text, so that a class is imported only when it is used. Names of ours that differ follow a "=".
_NAMES = {
    "logging": ("get_logger=getLogger"),
    "zenml_pin.backends.base": ("BaseBackend"),
    "zenml_pin.backends.local": (
        "OrchestratorBaseBackend=LocalBackend OrchestratorLocalBackend=LocalBackend"
    ),
    "zenml_pin.datasources.base": ("BaseDatasource"),
    "zenml_pin.datasources.csv": ("CSVDatasource"),
    "zenml_pin.legacy.backends": (
        "OrchestratorAWSBackend OrchestratorBeamBackend OrchestratorGCPBackend "
        "OrchestratorKubeFlowBackend OrchestratorKubernetesBackend ProcessingBaseBackend "
        "ProcessingDataFlowBackend ProcessingLocalBackend ProcessingSparkBackend "
        "SingleGPUTrainingGCAIPBackend TrainingBaseBackend TrainingGCAIPBackend "
        "TrainingLocalBackend"
    ),
    "zenml_pin.legacy.datasources": (
        "BigQueryDatasource ImageDatasource JSONDatasource NumpyDatasource PandasDatasource "
        "PostgresDatasource TFDSDatasource TFRecordsDatasource"
    ),
    "zenml_pin.legacy.enums": (
        "ArtifactStoreTypes GCPGPUTypes GDPComponent ImagePullPolicy MLMetadataTypes "
        "PipelineStatusTypes StepTypes"
    ),
    "zenml_pin.legacy.exceptions": (
        "AlreadyExistsException DoesNotExistException EmptyDatasourceException "
        "InitializationException PipelineNotSucceededException"
    ),
    "zenml_pin.legacy.feed_forward": ("TFFeedForwardTrainer TorchFeedForwardTrainer"),
    "zenml_pin.legacy.naming": (
        "LABEL_SUFFIX OUTPUT_SUFFIX TRANSFORM_SUFFIX check_if_output_name "
        "check_if_transformed_feature check_if_transformed_label output_name "
        "transformed_feature_name transformed_label_name transformed_name"
    ),
    "zenml_pin.legacy.pipelines": ("BatchInferencePipeline DeploymentPipeline NLPPipeline"),
    "zenml_pin.legacy.steps": (
        "AgnosticEvaluator BQDataStep BaseInferrer BaseTokenizer CategoricalDomainSplit "
        "CategoricalRatioSplit CortexDeployer FileWriterInferrer GCAIPDeployer "
        "HuggingFaceTokenizerStep ImageDataStep NoSplit PostgresDataStep StandardSequencer "
        "TFMAEvaluator TensorflowInferrer"
    ),
    "zenml_pin.legacy.trainers": (
        "EVAL_SPLITS SPLIT_MAPPING TEST_SPLITS TFBaseTrainerStep TRAIN_SPLITS TorchBaseTrainerStep"
    ),
    "zenml_pin.pipelines.base": ("BasePipeline DataPipeline TrainingPipeline"),
    "zenml_pin.pipelines.repository": ("Repository"),
    "zenml_pin.steps.base": ("BaseStep"),
    "zenml_pin.steps.data": ("BaseDataStep CSVDataStep"),
    "zenml_pin.steps.deployer": ("BaseDeployerStep"),
    "zenml_pin.steps.evaluator": ("BaseEvaluatorStep"),
    "zenml_pin.steps.preprocesser": ("BasePreprocesserStep StandardPreprocesser"),
    "zenml_pin.steps.sequencer": ("BaseSequencerStep"),
    "zenml_pin.steps.split": ("BaseSplit=BaseSplitStep BaseSplitStep RandomSplit"),
    "zenml_pin.steps.trainer": ("BaseTrainerStep"),
}
# What needs ZenML's own libraries is there; it loads, and does not run.
_THIN = ("zenml_pin.legacy.backends:", "zenml_pin.legacy.datasources:", "zenml_pin.legacy.steps:")
_WORKING = frozenset(("NoSplit", "CategoricalDomainSplit", "CategoricalRatioSplit"))


def is_legacy(source: Source) -> bool:
    """Tell whether a source names a class of ZenML itself; one with a commit belongs to a repository."""
    return source.commit_id is None and source.module.partition(".")[0] == ROOT


def has_name(module: str, name: str) -> bool:
    """Tell whether this package replaces a name that a module of ZenML had."""
    return name in _homes() and zenml_releases.has_name(module, name)


def has_module(module: str) -> bool:
    """Tell whether a dotted name was a package or module of a release of ZenML."""
    return zenml_releases.has_module(module)


def is_thin(name: str) -> bool:
    """Tell whether what replaces a class of ZenML loads but does not run, because only ZenML has its work."""
    return _homes().get(name, "").startswith(_THIN) and name not in _WORKING


def runs_here(source: Source) -> bool:
    """Tell whether the class of a source of ZenML has a counterpart that runs."""
    return has_name(source.module, source.name) and not is_thin(source.name)


def find_fault(source: Source) -> tuple[str, str]:
    """Return why a source of ZenML cannot be right, and a hint; two empty texts if a release had that name."""
    release = source.release
    dotted = f"{source.module}.{source.name}"
    if release is not None and not zenml_releases.is_release(release):
        return f"'{release}' is not a release of ZenML from 0.1.0 to 0.3.8", ""
    # ZenML's documentation mixes names and releases, so any release may be written beside any of its names.
    if zenml_releases.has_name(source.module, source.name):
        return "", ""
    others = zenml_releases.modules_with(source.name)
    hint = f"it is in {', '.join(others[:3])}" if others else ""
    return f"no release of ZenML from 0.1.0 to 0.3.8 has '{dotted}'", hint


def get_class(source: Source) -> object:
    """Return the object that replaces what a source of ZenML names.

    Raises:
        PinnedAttributeError: No release had that name there, or this package does not replace it.
    """
    fault, hint = find_fault(source)
    if fault:
        raise PinnedAttributeError(fault, hint, name=source.name)
    return get_named(source.module, source.name)


def get_named(module: str, name: str) -> object:
    """Return the object that replaces a name of a module of ZenML.

    Raises:
        PinnedAttributeError: This package does not replace that name.
    """
    home = _homes().get(_unambiguous(module, name))
    if home is None:
        from zenml_pin.base.version import PACKAGE

        raise PinnedAttributeError(
            f"'{name}' of ZenML has no counterpart in {PACKAGE}",
            "install the release of ZenML that has it, or write your own class and pin that",
            name=name,
        )
    from importlib import import_module

    owner, _, attribute = home.partition(":")
    return getattr(import_module(owner), attribute)


def _unambiguous(module: str, name: str) -> str:
    """Return the name of a class that two modules call by one name."""
    if name != "FeedForwardTrainer":
        return name
    return "TorchFeedForwardTrainer" if ".pytorch_trainers." in module else "TFFeedForwardTrainer"


@cache
def _homes() -> dict[str, str]:
    """Return the module and the name of each object of ours, as "module:name", by ZenML's name."""
    homes = {}
    for module, words in _NAMES.items():
        for word in words.split():
            name, _, own = word.partition("=")
            homes[name] = f"{module}:{own or name}"
    homes["FeedForwardTrainer"] = homes["TFFeedForwardTrainer"]
    return homes
