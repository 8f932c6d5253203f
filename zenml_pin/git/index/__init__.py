"""Reading the index: its file format, its extensions, and a search that does not read all of it.

Source: gitformat-index(5).
"""
