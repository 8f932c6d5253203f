"""The name of this package, and its release."""

PACKAGE = "zenml_pin"
__version__ = "0.1.0"
