"""Comparing two values, such as the output of a step and the same output of another run.

`values` compares any two values, `artifacts` two stored outputs; `result` is what they return.
"""
