"""Tests of `zenml_pin.backends.environments`."""
