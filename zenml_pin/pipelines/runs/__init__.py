"""Runs: the tasks of a pipeline, their order and inputs, and the store that records them.

`plan` orders tasks, `task` does the work of one, `executor` runs all; `store`, `record` and `artifacts` keep results;
`store_contents`, `store_cleaning` and `store_export` show a store, remove what nothing needs, and copy out of it.
"""
