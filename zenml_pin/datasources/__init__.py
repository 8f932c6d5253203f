"""Datasources: where a pipeline's data comes from. One method, `process()`, returns it."""

from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.datasources.csv import CSVDatasource
from zenml_pin.datasources.memory import MemoryDatasource

__all__ = ["BaseDatasource", "CSVDatasource", "MemoryDatasource"]
