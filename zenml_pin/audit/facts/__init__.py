"""The facts of an audit, a file for each kind of fact: documents, pins, reachability, requirements, trials.

The facts are values of `audit.pin_report` and `audit.report`. The writers in `audit.formats` decide how they are shown.
"""
