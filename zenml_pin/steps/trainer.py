"""Trainers: data and splits become a model."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep


class BaseTrainerStep(BaseStep):
    """Trains a model: `run_fn(data, splits)` returns it. Anything that pickle takes is a model."""

    KEY = "training"
    OUTPUT = "model"
