"""What thin classes share: they keep their arguments as attributes, and an error says which library they need."""

from __future__ import annotations

from importlib.util import find_spec

from zenml_pin.errors import UnsupportedError


class KeepsArguments:
    """Takes any argument by keyword and keeps it as an attribute, as the classes of ZenML did.

    Attributes:
        NEEDS: The library that the class of ZenML worked with.
    """

    NEEDS = "tfx"

    def __init__(self, /, **options: object) -> None:
        self.__dict__.update(options)


def needs(component: object, method: str) -> UnsupportedError:
    """Return the error of a method that only ZenML's own class has."""
    name = type(component).__name__
    library = getattr(component, "NEEDS", "tfx")
    return UnsupportedError(
        f"'{method}' of '{name}' needs ZenML's own class, which works with {library}",
        f"override {method} in a class of your own, or run the pipeline with the release of ZenML that wrote it",
    )


def require_library(library: str, component: object) -> None:
    """Check that a library is installed, before it is imported.

    Raises:
        UnsupportedError: It is not installed.
    """
    if find_spec(library) is None:
        raise UnsupportedError(
            f"'{type(component).__name__}' needs {library}, which is not installed", f"install {library}"
        )
