"""Carrying pins to where their repository is not: bundles, small and verifiable.

May be used by workspaces, pipelines and above; it knows sources and commits, and documents only as files.
"""
