"""Trainers: they turn data and splits into a model."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep


class BaseTrainerStep(BaseStep):
    """Trains a model: `run_fn(data, splits)` returns it. Every object that pickle accepts can be a model."""

    KEY = "training"
    OUTPUT = "model"
