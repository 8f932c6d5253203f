"""Integrations of zenml_pin in other tools. Each module imports one tool.

No other room imports them, and they do not import each other.
"""
