"""The exceptions of ZenML 0.3, which old scripts catch."""

from __future__ import annotations


class InitializationException(Exception):
    """A workspace has not been set up."""


class EmptyDatasourceException(Exception):
    """A datasource has no data yet."""


class DoesNotExistException(Exception):
    """Nothing has that name."""

    def __init__(self, name: str = "", reason: str = "") -> None:
        super().__init__(f"'{name}' does not exist: {reason}" if reason else f"'{name}' does not exist")


class AlreadyExistsException(Exception):
    """Something else has that name already."""

    def __init__(self, name: str = "", resource_type: str = "") -> None:
        super().__init__(f"{resource_type or 'a thing'} of the name '{name}' exists already")


class PipelineNotSucceededException(Exception):
    """A pipeline has no result yet."""

    def __init__(self, name: str = "") -> None:
        super().__init__(f"pipeline '{name}' has not succeeded yet")
