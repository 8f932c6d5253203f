"""Pipeline documents: YAML files of this package and of ZenML, read to one model, written, listed and compared.

Nothing in this room runs the code that a document names.
"""
