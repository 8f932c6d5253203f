"""DataPipeline: data, read and kept."""

from __future__ import annotations

from typing import TypeVar

from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.steps.data import BaseDataStep

Made = TypeVar("Made", bound="DataPipeline")


class DataPipeline(BasePipeline):
    """Reads data into the store, from a datasource, a data step or both."""

    TYPE = "data"

    def add_data(self: Made, step: BaseDataStep) -> Made:
        """Read or reshape the data."""
        return self._put("data", step, BaseDataStep)
