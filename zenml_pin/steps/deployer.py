"""Deployers: they bring a model to its users."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep


class BaseDeployerStep(BaseStep):
    """Deploys a model: `run_fn(model)` returns where it is. It changes things outside the run, so it always runs."""

    KEY = "deployer"
    OUTPUT = "deployment"
    CACHED = False
