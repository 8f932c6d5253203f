"""From a class to its source, and from a source to its class.

`pinning` and `origin` find the source of a class, `lookup` and `loading` find the class of a source. `resolver` has the
public functions.
"""
