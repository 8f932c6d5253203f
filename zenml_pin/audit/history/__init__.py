"""The versions of a class through the history of its repository.

`tracing` walks the first parents; `version` and `pinned_by` have the values that it returns.
"""
