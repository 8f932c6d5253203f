"""Pipeline documents: YAML files of this package and of ZenML, read to one model, written, found and compared.

Nothing in here runs code that a document names.
"""
