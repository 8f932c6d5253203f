"""From a class to its source, and from a source to its class.

`pinning` and `origin` go one way, `lookup` and `loading` the other; `resolver` is the public door.
"""
