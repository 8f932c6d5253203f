"""Backends: they run the steps of a pipeline. A backend is a context manager with one method, `submit`."""

from zenml_pin.backends.base import BaseBackend
from zenml_pin.backends.dask import DaskBackend
from zenml_pin.backends.env import EnvBackend
from zenml_pin.backends.local import LocalBackend
from zenml_pin.backends.processes import ProcessesBackend
from zenml_pin.backends.ray import RayBackend

__all__ = ["BaseBackend", "DaskBackend", "EnvBackend", "LocalBackend", "ProcessesBackend", "RayBackend"]
