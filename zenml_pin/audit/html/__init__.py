"""HTML: reports as one self-contained file, and what notebooks show.

A page loads nothing, runs nothing and forbids scripts; all content is escaped by `markup`. Light and dark, on a phone,
a screen and paper.
"""
