"""Runs: what is carried out, in which order, with which inputs, and the store that records it.

`plan` and `task` are what runs, `executor` runs it, `store`, `record` and `artifacts` keep it.
"""
