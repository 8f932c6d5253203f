"""Isolated loads: the walls, and code that tries to pass them."""
