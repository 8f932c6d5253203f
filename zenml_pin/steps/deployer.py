"""Deployers: a model goes where it is used."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep


class BaseDeployerStep(BaseStep):
    """Deploys a model: `run_fn(model)` returns what tells where it is. It changes the world, so it always runs."""

    KEY = "deployer"
    OUTPUT = "deployment"
    CACHED = False
