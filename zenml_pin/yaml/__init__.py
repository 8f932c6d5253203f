"""YAML text to plain data that knows its positions, and back. The only room that imports yaml."""
