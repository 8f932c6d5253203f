"""Reftables: the refs of a repository in a stack of sorted files, as git writes them. Read only.

A `stack` is `tables.list` and its tables; a newer table overrides older ones. A `table` is one file: header, blocks,
index, footer. A `block` has records in the order of their keys.
"""
