"""Steps: the base classes that a pipeline's steps inherit from, and a few built-in ones in plain Python.

A step has one method, `run_fn`. Its arguments are passed by keyword: those of `data`, `splits`, `model`, `metrics` and
`deployment` that its signature names, or all existing ones with `**kwargs`. Its return value is the step's output.
"""

from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.data import BaseDataStep, CSVDataStep
from zenml_pin.steps.deployer import BaseDeployerStep
from zenml_pin.steps.evaluator import BaseEvaluatorStep, MetricsEvaluator
from zenml_pin.steps.preprocesser import BasePreprocesserStep, StandardPreprocesser
from zenml_pin.steps.sequencer import BaseSequencerStep
from zenml_pin.steps.split import BaseSplitStep, CategoricalSplit, HashSplit, RandomSplit
from zenml_pin.steps.trainer import BaseTrainerStep

__all__ = [
    "BaseDataStep",
    "BaseDeployerStep",
    "BaseEvaluatorStep",
    "BasePreprocesserStep",
    "BaseSequencerStep",
    "BaseSplitStep",
    "BaseStep",
    "BaseTrainerStep",
    "CSVDataStep",
    "CategoricalSplit",
    "HashSplit",
    "MetricsEvaluator",
    "RandomSplit",
    "StandardPreprocesser",
]
