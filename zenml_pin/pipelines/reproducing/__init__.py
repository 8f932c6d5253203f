"""Reproducing: run again what a recorded run ran, and compare each output with the recorded one.

`reproducing` does it, `choosing` finds the run, `rebuilding` its steps, `context` what differs around it;
`reproduction` is the result. Nothing is written: neither runs nor artifacts.
"""
