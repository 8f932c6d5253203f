"""From a source file to code that imports from its pin: imports found, routed, rewritten and compiled.

The commit is known here as a `route.Target`; `importing.namespace` is what it is.
"""
