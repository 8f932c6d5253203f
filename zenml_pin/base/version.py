"""The name and the release of this package."""

PACKAGE = "zenml_pin"
__version__ = "0.1.0"
