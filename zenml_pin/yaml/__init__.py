"""YAML text to plain data with positions, and back. Only this room imports yaml."""
