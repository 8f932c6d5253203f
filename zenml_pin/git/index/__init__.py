"""Reading the index: its file format, its extensions, and searching it without reading all of it.

Source: gitformat-index(5).
"""
