"""What an audit finds out, a file for each kind of fact: documents, pins, reachability, requirements, trials.

Each gives facts as the values of `audit.report`; nothing in here decides how they are shown.
"""
