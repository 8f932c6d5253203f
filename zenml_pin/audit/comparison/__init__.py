"""Compare a class at two commits: its text, its files, and its imports.

Used by `diff`, by the page of an audit, and by the versions of a class.
"""
