"""Pins in one file, and objects shipped with their code: for machines without the repository.

Used by pipelines and above. A bundle knows sources and commits; a document in it is only a file.
"""
