"""Pipelines of ZenML 0.1 to 0.3 of other types than training and data."""

from __future__ import annotations

from typing import Self

from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.deployer import BaseDeployerStep


class ThinPipeline(BasePipeline):
    """A pipeline whose other arguments, such as `model_uri`, are attributes."""

    def __init__(self, /, name: str | None = None, enable_cache: bool = True, **options: object) -> None:
        super().__init__(name=name, enable_cache=enable_cache)
        self.__dict__.update(options)


class BatchInferencePipeline(ThinPipeline):
    """Applied a stored model to data."""

    TYPE = "infer"

    def add_infer_step(self, step: BaseStep) -> Self:
        """Apply the model."""
        return self.add_step("infer", step)


class DeploymentPipeline(ThinPipeline):
    """Deployed a stored model."""

    TYPE = "deploy"

    def add_deployment(self, step: BaseDeployerStep) -> Self:
        """Deploy the model."""
        return self.add_step("deployer", step)


class NLPPipeline(ThinPipeline):
    """Trained on text."""

    TYPE = "nlp"

    def add_split(self, step: BaseStep) -> Self:
        """Split the data."""
        return self.add_step("split", step)

    def add_tokenizer(self, step: BaseStep) -> Self:
        """Turn text into tokens."""
        return self.add_step("tokenizer", step)

    def add_trainer(self, step: BaseStep) -> Self:
        """Train the model."""
        return self.add_step("training", step)
