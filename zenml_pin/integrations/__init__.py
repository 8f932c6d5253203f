"""Integrations: zenml_pin inside other tools, each in a module of its own that imports the tool.

Nothing below imports them, and none imports another.
"""
