"""Datasources: they provide a pipeline's data. The method `process()` returns it."""

from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.datasources.csv import CSVDatasource
from zenml_pin.datasources.memory import MemoryDatasource

__all__ = ["BaseDatasource", "CSVDatasource", "MemoryDatasource"]
