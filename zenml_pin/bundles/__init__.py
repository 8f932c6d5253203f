"""Pins in one file, and objects shipped with their code: for where their repository is not.

Used by pipelines and above. A bundle knows sources and commits; documents are only files to it.
"""
