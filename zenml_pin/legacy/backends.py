"""Backends of ZenML 0.1 to 0.3: where it ran pipelines, processed data and trained."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from zenml_pin.backends.base import BaseBackend
from zenml_pin.legacy.needed import KeepsArguments, needs


class ThinBackend(KeepsArguments, BaseBackend):
    """A backend that only ZenML can run on."""

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Raise: another backend is given to `run(backend)`."""
        raise needs(self, "submit")


class OrchestratorGCPBackend(ThinBackend):
    """Ran pipelines on a machine of Google Cloud."""

    NEEDS = "the google-api-python-client of 2021"


class OrchestratorAWSBackend(ThinBackend):
    """Ran pipelines on a machine of AWS."""

    NEEDS = "the boto3 of 2021"


class OrchestratorKubernetesBackend(ThinBackend):
    """Ran pipelines in a job of Kubernetes."""

    NEEDS = "the kubernetes client of 2021"


class OrchestratorKubeFlowBackend(ThinBackend):
    """Ran pipelines on Kubeflow."""

    NEEDS = "kfp"


class OrchestratorBeamBackend(ThinBackend):
    """Ran pipelines on Apache Beam."""

    NEEDS = "apache_beam"


class ProcessingBaseBackend(ThinBackend):
    """Processed data on this machine."""

    NEEDS = "apache_beam"


class ProcessingLocalBackend(ProcessingBaseBackend):
    """Its name in ZenML 0.1 and 0.2."""


class ProcessingDataFlowBackend(ProcessingBaseBackend):
    """Processed data on Google Dataflow."""


class ProcessingSparkBackend(ProcessingBaseBackend):
    """Processed data on Spark."""


class TrainingBaseBackend(ThinBackend):
    """Trained on this machine."""


class TrainingLocalBackend(TrainingBaseBackend):
    """Its name in ZenML 0.1 and 0.2."""


class TrainingGCAIPBackend(TrainingBaseBackend):
    """Trained on Google AI Platform; ZenML 0.1.0 to 0.1.2."""


class SingleGPUTrainingGCAIPBackend(TrainingBaseBackend):
    """Trained on a GPU of Google AI Platform."""
