"""Runs: the tasks of a pipeline, their order and inputs, and the store that records them.

`plan` orders tasks, `task` does the work of one, `executor` runs all; `store`, `record` and `artifacts` keep results.
"""
