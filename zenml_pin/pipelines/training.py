"""TrainingPipeline: from data to a model, its metrics and its deployment."""

from __future__ import annotations

from typing import TypeVar

from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.steps.deployer import BaseDeployerStep
from zenml_pin.steps.evaluator import BaseEvaluatorStep
from zenml_pin.steps.preprocesser import BasePreprocesserStep
from zenml_pin.steps.sequencer import BaseSequencerStep
from zenml_pin.steps.split import BaseSplitStep
from zenml_pin.steps.trainer import BaseTrainerStep

Made = TypeVar("Made", bound="TrainingPipeline")


class TrainingPipeline(BasePipeline):
    """Trains a model. A trainer is the only step that it must have; what a missing one would do is passed through."""

    TYPE = "training"
    MANDATORY = ("training",)

    def add_split(self: Made, step: BaseSplitStep) -> Made:
        """Split the data; without this step all of it is the split "train"."""
        return self._put("split", step, BaseSplitStep)

    def add_sequencer(self: Made, step: BaseSequencerStep) -> Made:
        """Make sequences of each split."""
        return self._put("sequencer", step, BaseSequencerStep)

    def add_preprocesser(self: Made, step: BasePreprocesserStep) -> Made:
        """Prepare the splits."""
        return self._put("preprocesser", step, BasePreprocesserStep)

    def add_trainer(self: Made, step: BaseTrainerStep) -> Made:
        """Train the model."""
        return self._put("training", step, BaseTrainerStep)

    def add_evaluator(self: Made, step: BaseEvaluatorStep) -> Made:
        """Measure the model."""
        return self._put("evaluator", step, BaseEvaluatorStep)

    def add_deployment(self: Made, step: BaseDeployerStep) -> Made:
        """Deploy the model."""
        return self._put("deployer", step, BaseDeployerStep)
